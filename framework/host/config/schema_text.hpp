// A schema printed for people and for editors.
#pragma once

#include <string>
#include <vector>

#include "config/json_schema.hpp"
#include "config/plugin_catalog.hpp"

namespace haulier::host {

// | key | type | default | meaning |, nested keys with dots; for a plugin's README.
[[nodiscard]] std::string schema_markdown(const Schema& schema);

// Indented, wrapped at 100 columns; for `plugins describe`.
[[nodiscard]] std::string schema_words(const Schema& schema);

// Standard JSON Schema (draft 7) for editors: additionalProperties spelt out, units and ${...} allowed as text.
[[nodiscard]] std::string schema_json(const Schema& schema);

// The whole pipeline file: the built-in schema with the config of every plugin in its place. Pretty-printed.
[[nodiscard]] std::string pipeline_json_schema(const std::vector<PluginDescription>& plugins);

}  // namespace haulier::host
