#pragma once

#include "cli/command_line.hpp"

namespace haulier::host {

// `haulier verify`: what the source has now against what the sinks hold.
[[nodiscard]] Command verify_command();

}  // namespace haulier::host
