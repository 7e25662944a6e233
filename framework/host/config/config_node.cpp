#include "config/config_node.hpp"

#include <utility>

namespace haulier::host {

ConfigNode::ConfigNode() = default;

ConfigNode::ConfigNode(Kind what, Place where) : kind(what), place(std::move(where)) {}

const ConfigNode* ConfigNode::find(std::string_view key) const {
  for (const ConfigEntry& entry : entries) {
    if (entry.key == key) return &entry.value;
  }
  return nullptr;
}

ConfigNode* ConfigNode::find(std::string_view key) {
  for (ConfigEntry& entry : entries) {
    if (entry.key == key) return &entry.value;
  }
  return nullptr;
}

}  // namespace haulier::host
