// `haulier run`: reads, transforms, writes.
#pragma once

#include "cli/command_line.hpp"

namespace haulier::host {

[[nodiscard]] Command run_command();

}  // namespace haulier::host
