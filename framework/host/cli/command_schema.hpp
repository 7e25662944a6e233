// haulier schema
#pragma once

#include "cli/command_line.hpp"

namespace haulier::host {

[[nodiscard]] Command schema_command();

}  // namespace haulier::host
