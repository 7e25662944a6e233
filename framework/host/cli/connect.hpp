// `haulier validate --connect`: the engine's half.
#pragma once

#include "cli/command_line.hpp"

namespace haulier::host {

// Asks every stage that can to connect, look and change nothing; opens the sinks read-only. Prints one line per stage.
int connect_stages(Invocation& invocation, PipelineConfig& config, PluginCatalog& catalog);

}  // namespace haulier::host
