// `haulier erase`.
#pragma once

#include "cli/command_line.hpp"

namespace haulier::host {

[[nodiscard]] Command erase_command();

}  // namespace haulier::host
