// PluginRegistry: finds plugins on the plugin path and loads the ones that are asked for.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/plugin_catalog.hpp"
#include "engine/plugin_library.hpp"

namespace haulier::host {

// The folders to look into: --plugin-path, HAULIER_PLUGIN_PATH (colon-separated), then the build tree's and the
// installed one beside the executable. Those that do not exist are left out, except the ones from the command line.
[[nodiscard]] std::vector<std::string> plugin_search_path(const std::vector<std::string>& options,
                                                          const char* environment, const std::string& executable);

// The path of this program, from /proc.
[[nodiscard]] std::string executable_path();

// Made in main, one per process; one thread. A plugin's file is named after its id: find() opens only that file,
// plugins() opens all of them.
class PluginRegistry final : public PluginCatalog {
 public:
  explicit PluginRegistry(std::vector<std::string> folders);

  [[nodiscard]] const std::vector<PluginDescription>& plugins() const override;
  [[nodiscard]] const std::vector<PluginProblem>& problems() const override;
  [[nodiscard]] const std::vector<std::string>& searched() const override { return folders_; }
  [[nodiscard]] const PluginDescription* find(PluginKind kind, std::string_view id) const override;

  // The descriptor to make instances from. Throws Failed (exit 78): the words say what is there, what is near, or why
  // the file was refused.
  [[nodiscard]] const haulier_descriptor& descriptor(PluginKind kind, std::string_view id) const;

  // Ids of the files on the path, without opening them. Sorted.
  [[nodiscard]] std::vector<std::string> file_ids() const;

  // For plugins that are linked in (tests). The descriptor outlives the registry.
  void add(const haulier_descriptor& descriptor);

 private:
  struct Found {
    std::unique_ptr<PluginLibrary> library;  // null: refused
    std::string why;
  };
  Found& open(const std::string& file) const;
  void list_all() const;

  std::vector<std::string> folders_;
  std::vector<const haulier_descriptor*> linked_;
  // Filled on demand; a lookup changes nothing that a caller can see.
  mutable std::map<std::string, Found> files_;  // by path
  mutable std::map<std::pair<PluginKind, std::string>, PluginDescription> found_;
  mutable std::optional<std::vector<PluginDescription>> plugins_;
  mutable std::vector<PluginProblem> problems_;
};

}  // namespace haulier::host
