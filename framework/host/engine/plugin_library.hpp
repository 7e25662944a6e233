// PluginLibrary: one plugin file, looked at with distrust, then loaded for good.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "config/plugin_catalog.hpp"
#include "haulier/abi/plugin.h"

namespace haulier::host {

// Why a file is no usable plugin; the words do not name the file.
class PluginRefused : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Empty when the file or folder may be trusted, else why not: code that anybody could have changed is not run.
[[nodiscard]] std::string distrust(const std::string& path);

// Throws PluginRefused when the entry is not for this host.
void check_entry(const haulier_plugin_entry& entry);
void check_descriptor(const haulier_descriptor& descriptor);

// A loaded file. Never unloaded: batches, threads and exit handlers may still point into it. Owned by the registry.
class PluginLibrary {
 public:
  // RTLD_NOW | RTLD_LOCAL. Throws PluginRefused.
  explicit PluginLibrary(std::string file);

  [[nodiscard]] const std::string& file() const noexcept { return file_; }
  [[nodiscard]] const std::vector<const haulier_descriptor*>& descriptors() const noexcept { return descriptors_; }
  // Null when it has none.
  [[nodiscard]] const haulier_descriptor* find(PluginKind kind, std::string_view id) const noexcept;

 private:
  std::string file_;
  std::vector<const haulier_descriptor*> descriptors_;
};

}  // namespace haulier::host
