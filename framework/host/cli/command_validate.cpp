#include "cli/command_validate.hpp"

#include "cli/failure.hpp"
#include "cli/pipeline_argument.hpp"

namespace haulier::host {

namespace {

std::string ids(const std::vector<PluginUse>& uses) {
  std::string text;
  for (const PluginUse& use : uses) text += " -> " + use.id;
  return text;
}

int run_validate(Invocation& invocation) {
  const auto catalog = open_catalog(invocation);
  PipelineConfig config = load_checked_pipeline(invocation, *catalog);
  invocation.out << config.file << ": ok (" << config.name << ": " << config.source.id << ids(config.transforms)
                 << ids(config.sinks) << ")\n";
  if (!invocation.has("connect")) return to_int(ExitCode::ok);
  if (invocation.services.connect == nullptr) {
    throw Failed({.exit_code = ExitCode::bad_config, .what = "this program was built without --connect"});
  }
  return invocation.services.connect(invocation, config, *catalog);
}

}  // namespace

Command validate_command() {
  return {.name = "validate",
          .summary = "check a pipeline file; nothing is read from the source or written to a sink",
          .description =
              "Checks the file against the settings that haulier and every plugin in it declare, and tells\n"
              "all faults at once, each with file:line:column. With --connect it also signs in to the\n"
              "source and opens the sinks, changes nothing, and closes them again.\n\n"
              "Text in the file may hold ${env:NAME}, ${env:NAME:-default}, ${file:PATH} and, in the sections of\n"
              "plugins, ${credential:NAME}: a password from the vault, which is stored for pipeline files with\n"
              "haulier auth login NAME --app-password --host pipeline. A source signs in to its mailbox by itself\n"
              "and needs none of them. $${ is a literal ${.",
          .arguments = {{"PIPELINE.yaml"}},
          .options = {{"connect", "", "also connect to the source and the sinks"}, set_option()},
          .exit_codes = {ExitCode::ok, ExitCode::usage, ExitCode::bad_state, ExitCode::local_io, ExitCode::try_again,
                         ExitCode::protocol, ExitCode::needs_auth, ExitCode::bad_config},
          .examples = {{"haulier validate pipelines/imap_to_sqlite.yaml", "is the file right?"},
                       {"haulier validate --connect mail.yaml", "and do host, password and database work?"}},
          .run = run_validate};
}

}  // namespace haulier::host
