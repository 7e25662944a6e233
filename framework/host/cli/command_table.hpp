// Every command of the program, in the order in which --help lists them.
#pragma once

#include "cli/command_line.hpp"

namespace haulier::host {

[[nodiscard]] CommandLine command_table();

}  // namespace haulier::host
