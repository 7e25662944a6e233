// haulier doctor
#pragma once

#include "cli/command_line.hpp"

namespace haulier::host {

[[nodiscard]] Command doctor_command();

}  // namespace haulier::host
