#include "config/yaml_document.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "cli/failure.hpp"
#include "utf8.hpp"

namespace haulier::host {

namespace {

std::vector<std::size_t> line_starts(std::string_view text) {
  std::vector<std::size_t> starts{0};
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\n') starts.push_back(at + 1);
  }
  return starts;
}

// Turns byte positions of one text into places that count characters.
class Locator {
 public:
  Locator(std::string_view text, const std::string& name)
      : text_(text), starts_(line_starts(text)), file_(std::make_shared<const std::string>(name)) {}

  [[nodiscard]] Place at(const YAML::Mark& mark) const {
    if (mark.is_null() || mark.line < 0) return {file_, 0, 0};
    const auto line = static_cast<std::size_t>(mark.line);
    if (line >= starts_.size()) return {file_, mark.line + 1, mark.column + 1};
    const std::string_view before = text_.substr(starts_[line], static_cast<std::size_t>(mark.column));
    return {file_, mark.line + 1, static_cast<int>(utf8_length(before)) + 1};
  }

  [[nodiscard]] Place at_offset(std::size_t offset) const {
    const auto after = std::upper_bound(starts_.begin(), starts_.end(), offset);
    const auto line = static_cast<std::size_t>(after - starts_.begin());
    const std::string_view before = text_.substr(starts_[line - 1], offset - starts_[line - 1]);
    return {file_, static_cast<int>(line), static_cast<int>(utf8_length(before)) + 1};
  }

  [[nodiscard]] Place whole_file() const { return {file_, 0, 0}; }

 private:
  std::string_view text_;
  std::vector<std::size_t> starts_;
  std::shared_ptr<const std::string> file_;
};

// Walks yaml-cpp's graph once and copies it into a tree, aliases expanded.
class TreeBuilder {
 public:
  TreeBuilder(const Locator& locator, const YamlLimits& limits) : locator_(locator), limits_(limits) {}

  ConfigNode build(const YAML::Node& node, int depth) {
    const Place place = locator_.at(node.Mark());
    spend(place, depth);
    check_tag(node, place);
    ConfigNode out;
    out.place = place;
    switch (node.Type()) {
      case YAML::NodeType::Scalar:
        out.kind = ConfigNode::Kind::scalar;
        out.text = node.Scalar();
        out.quoted = node.Tag() == "!";
        break;
      case YAML::NodeType::Sequence:
        out.kind = ConfigNode::Kind::list;
        for (const auto& item : node) out.items.push_back(build(item, depth + 1));
        break;
      case YAML::NodeType::Map:
        out.kind = ConfigNode::Kind::map;
        for (const auto& pair : node) add_entry(out, pair.first, pair.second, depth);
        break;
      default:
        break;
    }
    return out;
  }

  Faults faults;

 private:
  // Both limits end the walk: a bomb must not be walked to collect more faults.
  void spend(const Place& place, int depth) {
    if (depth > limits_.depth) {
      throw ConfigError(place, "nested deeper than " + std::to_string(limits_.depth) + " levels");
    }
    if (++nodes_ > limits_.nodes) {
      throw ConfigError(place, "more than " + std::to_string(limits_.nodes) + " values once aliases are expanded");
    }
  }

  void check_tag(const YAML::Node& node, const Place& place) {
    const std::string& tag = node.Tag();
    if (tag.empty() || tag == "?" || tag == "!") return;
    faults.push_back({place, "YAML tags are not supported (" + tag + "); remove the tag"});
  }

  void add_entry(ConfigNode& out, const YAML::Node& key, const YAML::Node& value, int depth) {
    const Place place = locator_.at(key.Mark());
    if (key.IsNull()) {
      faults.push_back({place, "a key is empty"});
      return;
    }
    if (!key.IsScalar()) {
      faults.push_back({place, "a key must be plain text, not a list or a map"});
      return;
    }
    check_tag(key, place);
    const std::string& name = key.Scalar();
    if (name == "<<" && key.Tag() != "!") {
      faults.push_back({place, "merge keys (<<) are not supported; write the keys out"});
      return;
    }
    const auto twin = std::find_if(out.entries.begin(), out.entries.end(),
                                   [&](const ConfigEntry& entry) { return entry.key == name; });
    if (twin != out.entries.end()) {
      faults.push_back({place, "key \"" + name + "\" appears twice; it first stands at line " +
                                   std::to_string(twin->key_place.line)});
      return;
    }
    ConfigEntry entry{name, place, build(value, depth + 1)};
    // An empty value has no mark of its own worth showing; its key has.
    if (entry.value.kind == ConfigNode::Kind::null) entry.value.place = place;
    out.entries.push_back(std::move(entry));
  }

  const Locator& locator_;
  const YamlLimits& limits_;
  std::size_t nodes_ = 0;
};

// yaml-cpp's words for a tab in the indentation ("illegal map value") help nobody.
std::string tab_hint(std::string_view text, const YAML::Mark& mark) {
  int line = 1;
  std::size_t at = 0;
  while (at < text.size() && line <= mark.line + 1) {
    const std::size_t first = text.find_first_not_of(' ', at);
    if (first != std::string_view::npos && text[first] == '\t') {
      return "; line " + std::to_string(line) + " is indented with a tab, YAML wants spaces";
    }
    const std::size_t end = text.find('\n', at);
    if (end == std::string_view::npos) break;
    at = end + 1;
    ++line;
  }
  return {};
}

void check_bytes(std::string_view text, const Locator& locator, const YamlLimits& limits) {
  if (text.size() > limits.size_bytes) {
    throw ConfigError(locator.whole_file(),
                      "larger than " + std::to_string(limits.size_bytes) + " bytes; this is no pipeline file");
  }
  const std::size_t bad = find_invalid_utf8(text);
  if (bad != std::string_view::npos) throw ConfigError(locator.at_offset(bad), "not valid UTF-8");
  const std::size_t nul = text.find('\0');
  if (nul != std::string_view::npos) throw ConfigError(locator.at_offset(nul), "a NUL byte");
}

}  // namespace

ConfigNode parse_yaml(std::string_view text, const std::string& name, const YamlLimits& limits) {
  if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);  // a byte order mark of an editor
  const Locator locator(text, name);
  check_bytes(text, locator, limits);
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(std::string(text));
    if (documents.empty()) return {ConfigNode::Kind::null, locator.whole_file()};
    if (documents.size() > 1) {
      throw ConfigError(locator.at(documents[1].Mark()), "a second document (---); one file holds one pipeline");
    }
    TreeBuilder builder(locator, limits);
    ConfigNode root = builder.build(documents[0], 1);
    if (!builder.faults.empty()) throw ConfigError(std::move(builder.faults));
    return root;
  } catch (const YAML::Exception& error) {
    throw ConfigError(locator.at(error.mark), "not valid YAML: " + error.msg + tab_hint(text, error.mark));
  }
}

ConfigNode read_yaml_file(const std::string& path, const YamlLimits& limits) {
  std::ifstream file(path, std::ios::binary);
  std::string text;
  // In pieces: a buffer for the limit would be a MiB of fresh pages for a file of one KiB. parse_yaml() refuses what is
  // longer than the limit.
  char piece[16384];
  while (text.size() <= limits.size_bytes && (file.read(piece, sizeof piece), file.gcount() > 0)) {
    text.append(piece, static_cast<std::size_t>(file.gcount()));
  }
  // A folder opens but does not read, hence both checks.
  if (!file && !file.eof()) {
    throw Failed({.exit_code = ExitCode::bad_config,
                  .what = "cannot read the pipeline file " + path,
                  .command = "ls -l " + path});
  }
  return parse_yaml(text, path, limits);
}

}  // namespace haulier::host
