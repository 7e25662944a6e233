// `haulier plan`: see its --help.
#pragma once

#include "cli/command_line.hpp"

namespace haulier::host {

[[nodiscard]] Command plan_command();

}  // namespace haulier::host
