// Wires everything by hand: clock, signals, secrets, plugins, vault.
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "cli/command_table.hpp"
#include "cli/connect.hpp"
#include "cli/credential_values.hpp"
#include "cli/credential_wiring.hpp"
#include "cli/program.hpp"
#include "credentials/redactor.hpp"
#include "engine/malloc_tuning.hpp"
#include "engine/plugin_registry.hpp"
#include "signals.hpp"

namespace {

using namespace haulier::host;

bool is_set(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

std::unique_ptr<PluginCatalog> find_plugins(const std::vector<std::string>& folders) {
  return std::make_unique<PluginRegistry>(
      plugin_search_path(folders, std::getenv("HAULIER_PLUGIN_PATH"), executable_path()));
}

}  // namespace

int main(int argc, char** argv) {
  tune_malloc();
  block_signals();
  SystemClock clock;
  const auto get_env = [](const char* name) -> const char* { return std::getenv(name); };
  CrashPoints crash_points(CrashPoints::stop_at(get_env), CrashPoints::list_file(get_env));
  StopEvent stop;
  const SignalThread signals([&stop](int) { stop.set(); });
  haulier::credentials::Redactor redactor;

  ProgramParts parts{.clock = clock, .crash_points = crash_points, .stop = stop};
  parts.open_catalog = find_plugins;
  parts.open_provider = [&](const VaultConfig& vault) { return vault_provider(vault, crash_points, stop, redactor); };
  parts.open_credentials = credential_values(crash_points, stop, redactor);
  parts.connect = connect_stages;
  parts.hide = [&redactor](const std::vector<std::string>& secrets) {
    for (const std::string& secret : secrets) redactor.add(haulier::credentials::Secret(secret));
  };
  parts.redactor = &redactor;
  parts.redact = [&redactor](std::string_view line) { return redactor.mask(line); };

  const ProgramStreams streams{.in = std::cin,
                               .out = std::cout,
                               .err = std::cerr,
                               .err_is_terminal = ::isatty(STDERR_FILENO) == 1,
                               .colors = !is_set("NO_COLOR")};
  const int exit_code = run_program(command_table(), {argv + 1, argv + argc}, streams, parts);
  std::cerr.flush();
#ifndef __SANITIZE_ADDRESS__  // whose check for leaks runs at the end
  // All is written, closed and unlocked; taking a dozen libraries apart first would only make a poll longer.
  ::_exit(exit_code);
#endif
  return exit_code;
}
