// haulier plugins list, haulier plugins describe
#pragma once

#include "cli/command_line.hpp"

namespace haulier::host {

[[nodiscard]] Command plugins_list_command();
[[nodiscard]] Command plugins_describe_command();

}  // namespace haulier::host
