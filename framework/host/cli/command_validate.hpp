// haulier validate
#pragma once

#include "cli/command_line.hpp"

namespace haulier::host {

[[nodiscard]] Command validate_command();

}  // namespace haulier::host
