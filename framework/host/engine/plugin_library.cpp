#include "engine/plugin_library.hpp"

#include <dlfcn.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace haulier::host {

namespace {

bool valid_id(std::string_view id) {
  if (id.empty() || id.size() > 63 || id[0] < 'a' || id[0] > 'z') return false;
  return id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

std::string version_words(std::uint32_t major, std::uint32_t minor) {
  return std::to_string(major) + "." + std::to_string(minor);
}

}  // namespace

std::string distrust(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::strerror(errno);
  if (status.st_mode & S_IWOTH) return "anybody may write to " + path + " (chmod o-w " + path + ")";
  if (status.st_uid != 0 && status.st_uid != ::geteuid()) {
    return path + " belongs to user " + std::to_string(status.st_uid) + ", neither to root nor to you";
  }
  return {};
}

void check_entry(const haulier_plugin_entry& entry) {
  if (entry.magic != HAULIER_ABI_MAGIC) throw PluginRefused("it is not a Haulier plugin (wrong magic number)");
  if (entry.abi_major != HAULIER_ABI_MAJOR) {
    throw PluginRefused("it was built for plugin interface " + version_words(entry.abi_major, entry.abi_minor) +
                        ", this haulier has " + version_words(HAULIER_ABI_MAJOR, HAULIER_ABI_MINOR) +
                        "; rebuild the plugin against these headers");
  }
  if (entry.struct_size < sizeof(haulier_plugin_entry)) throw PluginRefused("its entry is too short");
  if (entry.n_descriptors == 0 || entry.n_descriptors > 1000 || !entry.descriptors) {
    throw PluginRefused("it declares no plugin");
  }
}

void check_descriptor(const haulier_descriptor& descriptor) {
  if (descriptor.struct_size < sizeof(haulier_descriptor)) throw PluginRefused("a descriptor is too short");
  if (!descriptor.id || !valid_id(descriptor.id)) throw PluginRefused("a descriptor has no valid id");
  const std::string id = descriptor.id;
  if (descriptor.kind < HAULIER_SOURCE || descriptor.kind > HAULIER_SINK) {
    throw PluginRefused(id + " is of unknown kind " + std::to_string(descriptor.kind));
  }
  if (!descriptor.version || !descriptor.summary || !descriptor.config_schema_json || !descriptor.create) {
    throw PluginRefused("the descriptor of " + id + " is not complete");
  }
}

PluginLibrary::PluginLibrary(std::string file) : file_(std::move(file)) {
  if (const std::string why = distrust(file_); !why.empty()) throw PluginRefused(why);
  void* library = ::dlopen(file_.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    const char* words = ::dlerror();
    throw PluginRefused(words ? words : "it cannot be loaded");
  }
  const auto* entry = static_cast<const haulier_plugin_entry*>(::dlsym(library, HAULIER_PLUGIN_SYMBOL));
  if (!entry) throw PluginRefused("it is not a Haulier plugin (no symbol " HAULIER_PLUGIN_SYMBOL ")");
  check_entry(*entry);
  for (std::uint32_t i = 0; i < entry->n_descriptors; ++i) {
    if (!entry->descriptors[i]) throw PluginRefused("a descriptor is missing");
    check_descriptor(*entry->descriptors[i]);
    descriptors_.push_back(entry->descriptors[i]);
  }
}

const haulier_descriptor* PluginLibrary::find(PluginKind kind, std::string_view id) const noexcept {
  for (const haulier_descriptor* descriptor : descriptors_) {
    if (descriptor->kind == static_cast<std::uint32_t>(kind) && id == descriptor->id) return descriptor;
  }
  return nullptr;
}

}  // namespace haulier::host
