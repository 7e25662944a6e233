#include "config/override.hpp"

#include <charconv>
#include <optional>

#include "config/yaml_document.hpp"

namespace haulier::host {

namespace {

std::vector<std::string> split_path(std::string_view path) {
  std::vector<std::string> parts(1);
  for (std::size_t at = 0; at < path.size(); ++at) {
    if (path[at] == '\\' && at + 1 < path.size() && path[at + 1] == '.') {
      parts.back() += path[++at];
    } else if (path[at] == '.') {
      parts.emplace_back();
    } else {
      parts.back() += path[at];
    }
  }
  return parts;
}

std::optional<std::size_t> as_index(const std::string& part) {
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), index);
  if (error != std::errc() || end != part.data() + part.size()) return std::nullopt;
  return index;
}

void set_places(ConfigNode& node, const Place& place) {
  node.place = place;
  for (ConfigNode& item : node.items) set_places(item, place);
  for (ConfigEntry& entry : node.entries) {
    entry.key_place = place;
    set_places(entry.value, place);
  }
}

// Plain text stays plain text: a `#` or `: ` inside a value typed on a command line is no YAML. Only what starts like a
// list, a map or a quoted text is parsed.
ConfigNode parse_value(std::string_view text, const Place& place) {
  ConfigNode node;
  const bool structured = !text.empty() && std::string_view("[{\"'").find(text.front()) != std::string_view::npos;
  if (structured) {
    try {
      node = parse_yaml(text, *place.file);
    } catch (const ConfigError& error) {
      throw ConfigError(place, error.faults().front().words);
    }
  } else if (text != "~" && text != "null") {
    node.kind = ConfigNode::Kind::scalar;
    node.text = std::string(text);
    node.quoted = text.empty();
  }
  set_places(node, place);
  return node;
}

ConfigNode& step_into(ConfigNode& node, const std::string& part, const Place& place) {
  if (node.kind == ConfigNode::Kind::list) {
    const auto index = as_index(part);
    if (!index || *index > node.items.size()) {
      throw ConfigError(place, "\"" + part + "\" is no item of a list with " + std::to_string(node.items.size()) +
                                   " items (the first one is 0)");
    }
    if (*index == node.items.size()) node.items.emplace_back(ConfigNode::Kind::null, place);
    return node.items[*index];
  }
  if (node.kind == ConfigNode::Kind::scalar) {
    throw ConfigError(place, "\"" + part + "\" cannot be set inside a plain value (" + node.place.text() + ")");
  }
  node.kind = ConfigNode::Kind::map;
  if (ConfigNode* child = node.find(part)) return *child;
  node.entries.push_back({part, place, {ConfigNode::Kind::null, place}});
  return node.entries.back().value;
}

}  // namespace

void apply_override(ConfigNode& document, std::string_view assignment) {
  const std::size_t equals = assignment.find('=');
  const std::string_view path = assignment.substr(0, equals);
  Place place;
  place.file = std::make_shared<const std::string>("--set " + std::string(path));
  if (equals == std::string_view::npos) throw ConfigError(place, "no \"=\"; write --set path=value");
  ConfigNode* node = &document;
  for (const std::string& part : split_path(path)) {
    if (part.empty()) throw ConfigError(place, "the path has an empty part");
    node = &step_into(*node, part, place);
  }
  *node = parse_value(assignment.substr(equals + 1), place);
}

void apply_overrides(ConfigNode& document, const std::vector<std::string>& assignments) {
  for (const std::string& assignment : assignments) apply_override(document, assignment);
}

}  // namespace haulier::host
