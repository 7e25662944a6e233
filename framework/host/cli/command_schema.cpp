#include "cli/command_schema.hpp"

#include "cli/pipeline_argument.hpp"
#include "config/schema_text.hpp"

namespace haulier::host {

namespace {

int run_schema(Invocation& invocation) {
  const auto catalog = open_catalog(invocation);
  invocation.out << pipeline_json_schema(catalog->plugins());
  return to_int(ExitCode::ok);
}

}  // namespace

Command schema_command() {
  return {.name = "schema",
          .summary = "print the JSON Schema of a pipeline file with every plugin that was found",
          .description =
              "For editors: they complete keys and mark mistakes while you type. Begin a pipeline file with\n"
              "  # yaml-language-server: $schema=pipeline.schema.json",
          .exit_codes = {ExitCode::ok, ExitCode::usage, ExitCode::local_io, ExitCode::bad_config},
          .examples = {{"haulier schema > pipeline.schema.json", "writes the schema for your editor"}},
          .run = run_schema};
}

}  // namespace haulier::host
