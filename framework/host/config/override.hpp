// `--set path=value`: a value from the command line over the value in the file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/config_node.hpp"

namespace haulier::host {

// Path: keys and list indexes joined by dots (`sinks.0.sqlite.path`; a dot inside a key is written `\.`). Missing maps
// on the way are made; a list grows only by its next index. The value is one scalar, or a flow list or map when it
// starts with [ or {. Throws ConfigError whose place is the option itself.
void apply_override(ConfigNode& document, std::string_view assignment);

void apply_overrides(ConfigNode& document, const std::vector<std::string>& assignments);

}  // namespace haulier::host
