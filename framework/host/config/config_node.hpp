// A YAML document as plain values: what the checker and the overrides work on. yaml-cpp stays inside yaml_document.cpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/place.hpp"

namespace haulier::host {

struct ConfigEntry;

// One node and all below it; copies and compares like a value. Scalars stay text: the schema says what they mean, so
// `no` and `012` are what the field wants them to be.
struct ConfigNode {
  enum class Kind { null, scalar, list, map };

  Kind kind = Kind::null;
  std::string text;                  // scalar
  bool quoted = false;               // scalar: written in quotes or as a block, so never a number or a boolean
  bool interpolated = false;         // scalar: came from ${...}; may be a number although quoted, and is never shown
  std::vector<ConfigNode> items;     // list
  std::vector<ConfigEntry> entries;  // map, in the order of the file, keys unique
  Place place;

  // Out of line: the vector of entries needs the complete ConfigEntry.
  ConfigNode();
  ConfigNode(Kind what, Place where);

  [[nodiscard]] const ConfigNode* find(std::string_view key) const;
  [[nodiscard]] ConfigNode* find(std::string_view key);
};

struct ConfigEntry {
  std::string key;
  Place key_place;
  ConfigNode value;
};

}  // namespace haulier::host
