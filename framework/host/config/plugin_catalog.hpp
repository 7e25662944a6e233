// What the host knows of the plugins it found; the engine implements it by looking into the plugin path.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace haulier::host {

enum class PluginKind { source = 1, transform = 2, sink = 3 };  // the numbers of haulier_kind in the ABI

[[nodiscard]] std::string_view plugin_kind_words(PluginKind kind);

struct PluginDescription {
  PluginKind kind = PluginKind::source;
  std::string id;
  std::string version;
  std::string summary;
  std::string schema_json;
  std::string file;  // path of the shared library
};

// A file on the plugin path that is no usable plugin, and why.
struct PluginProblem {
  std::string file;
  std::string words;
};

class PluginCatalog {
 public:
  virtual ~PluginCatalog() = default;
  // Sorted by kind, then id; each (kind, id) once.
  [[nodiscard]] virtual const std::vector<PluginDescription>& plugins() const = 0;
  [[nodiscard]] virtual const std::vector<PluginProblem>& problems() const = 0;
  // The folders that were looked into, in order.
  [[nodiscard]] virtual const std::vector<std::string>& searched() const = 0;
  // Null when there is none. A catalog may open only the one plugin that is asked for.
  [[nodiscard]] virtual const PluginDescription* find(PluginKind kind, std::string_view id) const {
    for (const PluginDescription& plugin : plugins()) {
      if (plugin.kind == kind && plugin.id == id) return &plugin;
    }
    return nullptr;
  }
};

}  // namespace haulier::host
