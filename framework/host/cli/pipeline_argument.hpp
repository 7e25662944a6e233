// The pipeline file of a command line: loaded, overridden by --set, checked.
#pragma once

#include <memory>

#include "cli/command_line.hpp"

namespace haulier::host {

// `--set path=value`, for the option list of every command that takes a pipeline.
[[nodiscard]] OptionSpec set_option();

// Never null. Throws Failed (exit 78) when no catalog is built in.
[[nodiscard]] std::unique_ptr<PluginCatalog> open_catalog(Invocation& invocation);

// Loads arguments[0] with the --set options and checks the host's and every plugin's half. Hides its secrets from the
// log and logs its warnings. Throws ConfigError with every fault; SchemaError when a plugin is broken.
[[nodiscard]] PipelineConfig load_checked_pipeline(Invocation& invocation, const PluginCatalog& catalog);

}  // namespace haulier::host
