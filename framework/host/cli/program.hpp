// From arguments to an exit code: the part of main() that tests can call.
#pragma once

#include <functional>
#include <istream>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "cli/command_line.hpp"

namespace haulier::host {

// Where a program reads and writes, and what it may do there.
struct ProgramStreams {
  std::istream& in;
  std::ostream& out;  // data only
  std::ostream& err;  // everything else
  bool err_is_terminal = false;
  bool colors = false;  // false when NO_COLOR is set
};

// What main() builds; a test passes its own.
struct ProgramParts {
  Clock& clock;
  CrashPoints& crash_points;
  StopEvent& stop;
  std::function<std::unique_ptr<PluginCatalog>(const std::vector<std::string>& plugin_paths)> open_catalog = {};
  CredentialOpener open_credentials = {};
  std::function<std::unique_ptr<CredentialProvider>(const VaultConfig& vault)> open_provider = {};
  int (*connect)(Invocation& invocation, PipelineConfig& config, PluginCatalog& catalog) = nullptr;
  std::function<void(const std::vector<std::string>& secrets)> hide = {};
  Redact redact = {};
  credentials::Redactor* redactor = nullptr;
};

// Never throws. Prints what stopped the command and returns its exit code.
int run_program(const CommandLine& table, const std::vector<std::string>& arguments, const ProgramStreams& streams,
                const ProgramParts& parts);

}  // namespace haulier::host
