#include "cli/help.hpp"

#include <haulier/abi/version.h>

#include <algorithm>
#include <utility>

namespace haulier::host {

namespace {

using Row = std::pair<std::string, std::string>;

// Two columns; a left side that is too long gets a line of its own.
std::string table(const std::vector<Row>& rows) {
  constexpr std::size_t kMaxLeft = 26;
  std::size_t width = 0;
  for (const Row& row : rows) width = std::max(width, std::min(row.first.size(), kMaxLeft));
  std::string out;
  for (const Row& row : rows) {
    out += "  " + row.first;
    const bool too_long = row.first.size() > width;
    out += too_long ? "\n" + std::string(width + 4, ' ') : std::string(width + 2 - row.first.size(), ' ');
    out += row.second + "\n";
  }
  return out;
}

std::string options_table(const std::vector<OptionSpec>& options) {
  std::vector<Row> rows;
  for (const OptionSpec& option : options) {
    const std::string argument = option.argument.empty()  ? ""
                                 : option.may_stand_alone ? "[=" + option.argument + "]"
                                                          : " " + option.argument;
    rows.emplace_back("--" + option.name + argument, option.summary + (option.repeatable ? " (may be repeated)" : ""));
  }
  return table(rows);
}

std::string commands_table(const std::vector<Command>& commands, const std::string& first_word) {
  std::vector<Row> rows;
  for (const Command& command : commands) {
    const bool listed = first_word.empty() || command.name.substr(0, command.name.find(' ')) == first_word;
    if (listed) rows.emplace_back(command.name, command.summary);
  }
  return table(rows);
}

}  // namespace

const std::vector<OptionSpec>& global_options() {
  static const std::vector<OptionSpec> kOptions = {
      {"help", "", "explain the command and stop"},
      {"plugin-path", "DIR", "look for plugins here first", true},
      {"log-level", "LEVEL", "debug, info, warning, error or none (default: info)"},
      {"log-format", "FORMAT", "text or json, one object per line (default: text)"},
      {"quiet", "", "no progress, no log lines below error"},
      {"no-color", "", "no colours (also: NO_COLOR in the environment)"},
  };
  return kOptions;
}

std::string version_line() {
  return std::string("haulier " HAULIER_VERSION " (plugin ABI ") + std::to_string(HAULIER_ABI_MAJOR) + "." +
         std::to_string(HAULIER_ABI_MINOR) + ")\n";
}

std::string usage_line(const Command& command) {
  std::string line = "haulier " + command.name;
  if (!command.options.empty()) line += " [options]";
  for (const ArgumentSpec& argument : command.arguments) {
    line += argument.required ? " " + argument.name : " [" + argument.name + "]";
  }
  return line;
}

std::string global_help(const std::vector<Command>& commands) {
  std::string out =
      "haulier - move mail (and other data) into a database, incrementally, nothing lost, nothing twice\n\n"
      "Usage: haulier COMMAND [options] [arguments]\n\nCommands:\n";
  out += commands_table(commands, "");
  out += "\nOptions of every command:\n" + options_table(global_options());
  out +=
      "\nA pipeline file names a source, transforms and sinks:\n"
      "  haulier: 1\n"
      "  name: mailbox\n"
      "  source: { imap: { host: imap.example.org, ... } }\n"
      "  sinks: [ { sqlite: { path: mail.db } } ]\n"
      "\nBegin with:\n"
      "  haulier plugins list             what can be a source, a transform, a sink\n"
      "  haulier validate PIPELINE.yaml   is the file right?\n"
      "  haulier run PIPELINE.yaml        do it; run it again to fetch what is new\n"
      "  haulier COMMAND --help           more about one command\n";
  return out;
}

std::string command_help(const Command& command) {
  std::string out = "haulier " + command.name + " - " + command.summary + "\n\nUsage: " + usage_line(command) + "\n";
  if (!command.description.empty()) out += "\n" + command.description + "\n";
  if (!command.options.empty()) out += "\nOptions:\n" + options_table(command.options);
  out += "\nOptions of every command:\n" + options_table(global_options());
  out += "\nExit codes:\n";
  std::vector<Row> codes;
  for (const ExitCode code : command.exit_codes) {
    codes.emplace_back(std::to_string(to_int(code)), exit_code_words(code));
  }
  out += table(codes);
  out += "\nExamples:\n";
  for (const Example& example : command.examples) out += "  " + example.line + "\n      " + example.meaning + "\n";
  return out;
}

std::string group_help(const std::string& word, const std::vector<Command>& commands) {
  return "haulier " + word + " - needs one more word\n\nCommands:\n" + commands_table(commands, word) +
         "\nMore about one: haulier " + word + " COMMAND --help\n";
}

}  // namespace haulier::host
