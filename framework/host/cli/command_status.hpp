// `haulier status`: see its --help.
#pragma once

#include "cli/command_line.hpp"

namespace haulier::host {

[[nodiscard]] Command status_command();

}  // namespace haulier::host
