#include "cli/command_version.hpp"

#include "cli/help.hpp"

namespace haulier::host {

namespace {

int run_version(Invocation& invocation) {
  invocation.out << version_line();
  return to_int(ExitCode::ok);
}

}  // namespace

Command version_command() {
  return {.name = "version",
          .summary = "print the version of haulier and of its plugin boundary",
          .description = "Plugins built for the same ABI major version load.",
          .exit_codes = {ExitCode::ok},
          .examples = {{"haulier version", "prints: haulier, its version, the ABI version"}},
          .run = run_version};
}

}  // namespace haulier::host
