// One table of commands and options: parsing, --help and suggestions come from it.
//
// The seam for whoever adds a command: a function `Command <name>_command()` in a file of its own (command_version.cpp
// is the smallest example), added to command_table() in command_table.cpp. A command prints data on invocation.out,
// logs through invocation.services.log, throws Failed for anything that stops it (main prints it and exits with its
// code), throws UsageError for a wrong argument, and returns an exit code otherwise.
#pragma once

#include <functional>
#include <istream>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "cli/exit_code.hpp"
#include "clock.hpp"
#include "config/interpolation.hpp"
#include "config/pipeline_config.hpp"
#include "config/plugin_catalog.hpp"
#include "crash_point.hpp"
#include "report/log_sink.hpp"
#include "report/redact.hpp"
#include "stop_event.hpp"

namespace haulier::credentials {
class Redactor;
}

namespace haulier::host {

struct Invocation;
class CredentialProvider;

struct OptionSpec {
  std::string name;      // without the dashes
  std::string argument;  // placeholder such as FILE; empty: a flag
  std::string summary;
  bool repeatable = false;
  bool may_stand_alone = false;  // with an argument: only as --name=VALUE, and --name alone means something, too
};

struct ArgumentSpec {
  std::string name;  // as in the usage line, e.g. PIPELINE.yaml
  bool required = true;
};

struct Example {
  std::string line;
  std::string meaning;
};

struct Command {
  std::string name;     // one or two words: "run", "plugins list"
  std::string summary;  // one line, for the list
  std::string description = {};
  std::vector<ArgumentSpec> arguments = {};
  std::vector<OptionSpec> options = {};
  std::vector<ExitCode> exit_codes = {};
  std::vector<Example> examples = {};
  int (*run)(Invocation&) = nullptr;
};

// Exit 64. `command`: whose --help to point at; empty: the global one.
class UsageError : public std::runtime_error {
 public:
  UsageError(const std::string& words, std::string command = {})
      : std::runtime_error(words), command_(std::move(command)) {}
  [[nodiscard]] const std::string& command() const { return command_; }

 private:
  std::string command_;
};

struct GlobalOptions {
  std::vector<std::string> plugin_paths;
  LogLevel log_level = LogLevel::info;
  LogFormat log_format = LogFormat::text;
  bool quiet = false;
  bool no_color = false;
};

// What main lends to every command; the references live as long as the process.
struct Services {
  Clock& clock;
  LogSink& log;
  CrashPoints& crash_points;
  StopEvent& stop;  // set by the first SIGTERM or SIGINT
  // Looks for plugins in the given folders, then in the built-in ones. Never null when a plugin can be used.
  std::function<std::unique_ptr<PluginCatalog>(const std::vector<std::string>& plugin_paths)> open_catalog = {};
  CredentialOpener open_credentials = {};
  // Where the source's and sinks' requests for credentials go. Empty: nowhere, they are refused.
  std::function<std::unique_ptr<CredentialProvider>(const VaultConfig& vault)> open_provider = {};
  // `validate --connect`: the engine's half. Empty: not built in.
  int (*connect)(Invocation& invocation, PipelineConfig& config, PluginCatalog& catalog) = nullptr;
  // Values that must never be printed from now on.
  std::function<void(const std::vector<std::string>& secrets)> hide = {};
  Redact redact = {};                         // for files; the log and `out` are masked already
  credentials::Redactor* redactor = nullptr;  // borrowed by credential stores, which register their secrets there
};

struct Invocation {
  const Command& command;
  const GlobalOptions& global;
  Services& services;
  std::istream& in;
  std::ostream& out;  // data for people and scripts; secrets are masked line by line
  std::vector<std::string> arguments;
  std::map<std::string, std::vector<std::string>> options;  // name -> values; a flag has one empty value

  [[nodiscard]] bool has(const std::string& option) const { return options.count(option) != 0; }
  // The last value given.
  [[nodiscard]] std::optional<std::string> option(const std::string& name) const;
  [[nodiscard]] std::vector<std::string> all(const std::string& name) const;
  // Throw UsageError that names the option.
  [[nodiscard]] std::optional<std::int64_t> count_option(const std::string& name) const;
  [[nodiscard]] std::optional<std::int64_t> milliseconds_option(const std::string& name) const;
};

// What the arguments ask for.
struct ParsedLine {
  const Command* command = nullptr;  // null: only `print`
  std::string print = {};            // help or version: goes to stdout, exit 0
  GlobalOptions global = {};
  std::vector<std::string> arguments = {};
  std::map<std::string, std::vector<std::string>> options = {};
};

// The table. A value; made in main.
class CommandLine {
 public:
  explicit CommandLine(std::vector<Command> commands) : commands_(std::move(commands)) {}

  // Without argv[0]. Throws UsageError. Option names are exact: no abbreviations, so a new option never changes what an
  // old script means. Global options may stand anywhere, a command's own options anywhere behind its name.
  [[nodiscard]] ParsedLine parse(const std::vector<std::string>& arguments) const;
  [[nodiscard]] const std::vector<Command>& commands() const { return commands_; }

 private:
  static ParsedLine parse_command(const Command& command, std::map<std::string, std::vector<std::string>> before,
                                  const std::vector<std::string>& arguments, std::size_t at);
  const Command& find_command(const std::string& first, const std::vector<std::string>& arguments,
                              std::size_t& at) const;
  [[nodiscard]] std::string help_for(const std::vector<std::string>& words) const;

  std::vector<Command> commands_;
};

}  // namespace haulier::host
