// PluginHandle: drives a plugin through its C table, as the host does, from a descriptor or a built .so.
#pragma once

#include <dlfcn.h>

#include <stdexcept>
#include <string>
#include <string_view>

#include "haulier/abi/sink.h"
#include "haulier/abi/source.h"
#include "haulier/abi/transform.h"
#include "haulier/batch.hpp"
#include "haulier/error.hpp"

namespace haulier::testing {

// The descriptor `id` of a shared library; the library stays loaded.
inline const haulier_descriptor& load_descriptor(const std::string& file, std::string_view id) {
  void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library) throw std::runtime_error(dlerror());
  const auto* entry = static_cast<const haulier_plugin_entry*>(dlsym(library, HAULIER_PLUGIN_SYMBOL));
  if (!entry || entry->magic != HAULIER_ABI_MAGIC) throw std::runtime_error(file + " is not a Haulier plugin");
  for (std::uint32_t i = 0; i < entry->n_descriptors; ++i) {
    if (id == entry->descriptors[i]->id) return *entry->descriptors[i];
  }
  throw std::runtime_error(file + " has no plugin " + std::string(id));
}

// Owns one instance. Failures come as haulier::Error with the plugin's status.
class PluginHandle {
 public:
  PluginHandle(const haulier_descriptor& descriptor, const haulier_host* host, std::string_view config_json) {
    call([&](haulier_error* error) { return descriptor.create(host, str(config_json), &instance_, error); });
  }
  PluginHandle(const PluginHandle&) = delete;
  PluginHandle& operator=(const PluginHandle&) = delete;
  ~PluginHandle() {
    if (instance_) instance_->destroy(instance_);
  }

  template <class Ability>
  const Ability& ability(const char* id) const {
    const void* found = instance_->ability(instance_, id);
    if (!found) throw std::runtime_error(std::string("no ability ") + id);
    return *static_cast<const Ability*>(found);
  }
  bool has(const char* id) const { return instance_->ability(instance_, id) != nullptr; }
  void* self() const noexcept { return instance_->self; }

  const haulier_source& source() const { return ability<haulier_source>(HAULIER_ABILITY_SOURCE); }
  const haulier_transform& transform() const { return ability<haulier_transform>(HAULIER_ABILITY_TRANSFORM); }
  const haulier_sink& sink() const { return ability<haulier_sink>(HAULIER_ABILITY_SINK); }
  const haulier_transaction& transaction() const { return ability<haulier_transaction>(HAULIER_ABILITY_TRANSACTION); }

  // Runs a C call that fills an error; returns OK or END, throws otherwise.
  template <class F>
  static int32_t call(F&& f) {
    haulier_error error = detail::new_error();
    const int32_t status = f(&error);
    if (status == HAULIER_OK || status == HAULIER_END) return status;
    if (status == HAULIER_BAD_RECORD) throw Error::bad_record(error.record_index, error.message);
    if (status == HAULIER_BAD_CONFIG) throw Error::bad_config(error.pointer, error.message);
    detail::require_ok(status, error);
    return status;
  }

 private:
  haulier_instance* instance_ = nullptr;
};

}  // namespace haulier::testing
