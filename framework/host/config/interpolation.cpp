#include "config/interpolation.hpp"

#include <cstdlib>
#include <fstream>

#include "utf8.hpp"

namespace haulier::host {

namespace {

constexpr std::size_t kMaxFileBytes = 64 * 1024;

// One ${...} or the reason why it has no value; kept apart from the walk so that each piece is a plain function.
class Resolver {
 public:
  Resolver(const InterpolationSources& sources, std::vector<std::string>& secrets)
      : sources_(sources), secrets_(secrets) {}

  Lookup resolve(std::string_view reference) {
    const std::size_t colon = reference.find(':');
    const std::string_view kind = reference.substr(0, colon);
    if (colon == std::string_view::npos) {
      return {std::nullopt, "${" + std::string(reference) + "} names no kind; write ${env:" + std::string(reference) +
                                "}, or $${ for a literal ${"};
    }
    const std::string name(reference.substr(colon + 1));
    if (kind == "env") return environment(name);
    if (kind == "file") return hidden(file(name));
    if (kind == "credential") return hidden(credential(name));
    return {std::nullopt, "${" + std::string(kind) + ":...} is not known; use env, file or credential"};
  }

 private:
  Lookup environment(const std::string& reference) {
    const std::size_t dash = reference.find(":-");
    const std::string name = reference.substr(0, dash);
    if (name.empty()) return {std::nullopt, "${env:} names no variable"};
    const char* value = sources_.env ? sources_.env(name.c_str()) : nullptr;
    const bool use_default = dash != std::string::npos && (value == nullptr || *value == '\0');
    if (use_default) return {reference.substr(dash + 2), {}};
    if (value == nullptr) return {std::nullopt, "the environment variable " + name + " is not set"};
    return {std::string(value), {}};
  }

  Lookup file(const std::string& path) {
    if (path.empty()) return {std::nullopt, "${file:} names no file"};
    if (!sources_.file) return {std::nullopt, "files cannot be used here"};
    return sources_.file(path);
  }

  Lookup credential(const std::string& name) {
    if (name.empty()) return {std::nullopt, "${credential:} names no credential"};
    if (!sources_.credential) return {std::nullopt, "credentials cannot be used here"};
    return sources_.credential(name);
  }

  Lookup hidden(Lookup lookup) {
    if (lookup.value && !lookup.value->empty()) secrets_.push_back(*lookup.value);
    return lookup;
  }

  const InterpolationSources& sources_;
  std::vector<std::string>& secrets_;
};

void interpolate_scalar(ConfigNode& node, Resolver& resolver, Faults& faults) {
  const std::string& text = node.text;
  if (text.find("${") == std::string::npos) return;
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    if (text.compare(at, 3, "$${") == 0) {
      out += "${";
      at += 3;
      continue;
    }
    if (text.compare(at, 2, "${") != 0) {
      out += text[at++];
      continue;
    }
    const std::size_t end = text.find('}', at);
    if (end == std::string::npos) {
      faults.push_back({node.place, "\"${\" without \"}\"; write $${ for a literal ${"});
      return;
    }
    Lookup lookup = resolver.resolve(std::string_view(text).substr(at + 2, end - at - 2));
    if (lookup.value && find_invalid_utf8(*lookup.value) != std::string_view::npos) {
      lookup = {std::nullopt, text.substr(at, end - at + 1) + " is not valid UTF-8"};
    }
    if (!lookup.value) {
      faults.push_back({node.place, lookup.reason});
    } else {
      out += *lookup.value;
    }
    node.interpolated = true;
    at = end + 1;
  }
  node.text = std::move(out);
}

void walk(ConfigNode& node, Resolver& resolver, Faults& faults) {
  if (node.kind == ConfigNode::Kind::scalar) interpolate_scalar(node, resolver, faults);
  for (ConfigNode& item : node.items) walk(item, resolver, faults);
  for (ConfigEntry& entry : node.entries) walk(entry.value, resolver, faults);
}

Lookup read_value_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kMaxFileBytes + 1, '\0');
  if (file) file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file && !file.eof()) return {std::nullopt, "cannot read the file " + path};
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kMaxFileBytes) return {std::nullopt, "the file " + path + " is larger than 64 KiB"};
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  return {std::move(text), {}};
}

}  // namespace

InterpolationSources system_sources() {
  return {.env = [](const char* name) -> const char* { return std::getenv(name); },
          .file = read_value_file,
          .credential = {}};
}

void interpolate(ConfigNode& node, const InterpolationSources& sources, Faults& faults,
                 std::vector<std::string>& secrets) {
  Resolver resolver(sources, secrets);
  walk(node, resolver, faults);
}

}  // namespace haulier::host
