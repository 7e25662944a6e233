// haulier version
#pragma once

#include "cli/command_line.hpp"

namespace haulier::host {

[[nodiscard]] Command version_command();

}  // namespace haulier::host
