// `haulier audit verify`: is the audit log as it was written?
#pragma once

#include "cli/command_line.hpp"

namespace haulier::host {

[[nodiscard]] Command audit_verify_command();

}  // namespace haulier::host
