// The steps of `haulier doctor` about this machine; they know no plugin.
#pragma once

#include <cstdint>
#include <string>

#include "cli/doctor_ladder.hpp"
#include "clock.hpp"
#include "config/pipeline_config.hpp"

namespace haulier::host {

// Against the time of the pipeline file, which cannot lie ahead, and by what the kernel says of its own clock.
[[nodiscard]] Finding check_clock(const Clock& clock, const std::string& pipeline_file);

// limits.memory against what this machine or container has, and what the program needs itself.
[[nodiscard]] Finding check_memory(std::int64_t limit_bytes);

// Whether big messages can be spilled there, by writing one.
[[nodiscard]] Finding check_spill(const std::string& directory, std::int64_t limit_bytes);

// The folder that a sink writes to, when its config has a `path`: the right to write, and free space. Gives a SKIP for
// a sink without one.
[[nodiscard]] Finding check_sink_folder(const PluginUse& sink);

}  // namespace haulier::host
