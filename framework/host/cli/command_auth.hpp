// haulier auth login, status, logout and rekey.
#pragma once

#include "cli/command_line.hpp"

namespace haulier::host {

[[nodiscard]] Command auth_login_command();
[[nodiscard]] Command auth_status_command();
[[nodiscard]] Command auth_logout_command();
[[nodiscard]] Command auth_rekey_command();

}  // namespace haulier::host
