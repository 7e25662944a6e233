// --help, printed from the table of commands.
#pragma once

#include <string>
#include <vector>

#include "cli/command_line.hpp"

namespace haulier::host {

// The options every command takes.
[[nodiscard]] const std::vector<OptionSpec>& global_options();

[[nodiscard]] std::string usage_line(const Command& command);
[[nodiscard]] std::string global_help(const std::vector<Command>& commands);
[[nodiscard]] std::string command_help(const Command& command);
// `haulier plugins --help`: the commands that start with the word.
[[nodiscard]] std::string group_help(const std::string& word, const std::vector<Command>& commands);
// "haulier 0.1.0 (plugin ABI 1.0)"
[[nodiscard]] std::string version_line();

}  // namespace haulier::host
