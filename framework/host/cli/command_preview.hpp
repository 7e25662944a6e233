// `haulier preview`: see its --help.
#pragma once

#include "cli/command_line.hpp"

namespace haulier::host {

[[nodiscard]] Command preview_command();

}  // namespace haulier::host
