// A YAML node against a schema: the JSON that a plugin gets, or every fault with its place.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/config_node.hpp"
#include "config/json_schema.hpp"

namespace haulier::host {

// JSON Pointer (RFC 6901) -> where that value was written.
class PlaceMap {
 public:
  void add(const std::string& pointer, const Place& place) { places_.emplace(pointer, place); }
  // The place of the value, or of the nearest value around it (a default has no place of its own).
  [[nodiscard]] Place find(std::string_view pointer) const;

 private:
  std::map<std::string, Place, std::less<>> places_;
};

struct CheckedConfig {
  std::string json;  // compact, defaults filled in; meaningless when faults were found
  PlaceMap places;
  std::vector<std::string> secrets;  // values of fields marked secret
};

// Appends to faults (all of them, not only the first) and warnings (deprecated keys).
[[nodiscard]] CheckedConfig check_config(const ConfigNode& node, const Schema& schema, Faults& faults,
                                         Faults& warnings);

}  // namespace haulier::host
