// Three invented plugins whose schemas use every keyword, so that no host test needs a real plugin.
#pragma once

#include "config/plugin_catalog.hpp"

namespace haulier::host::testing {

class FakeCatalog final : public PluginCatalog {
 public:
  FakeCatalog();
  [[nodiscard]] const std::vector<PluginDescription>& plugins() const override { return plugins_; }
  [[nodiscard]] const std::vector<PluginProblem>& problems() const override { return problems_; }
  [[nodiscard]] const std::vector<std::string>& searched() const override { return searched_; }

 private:
  std::vector<PluginDescription> plugins_;
  std::vector<PluginProblem> problems_;
  std::vector<std::string> searched_;
};

}  // namespace haulier::host::testing
