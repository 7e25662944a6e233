#include "engine/plugin_registry.hpp"

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>
#include <tuple>
#include <utility>

#include "cli/failure.hpp"
#include "config/suggestion.hpp"

namespace haulier::host {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kSuffix = ".so";

PluginDescription describe(const haulier_descriptor& from, const std::string& file) {
  return {static_cast<PluginKind>(from.kind), from.id, from.version, from.summary, from.config_schema_json, file};
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

// Files that look like plugins, sorted by name.
std::vector<std::string> plugin_files(const std::string& folder) {
  std::vector<std::string> out;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() == kSuffix) out.push_back(entry.path().string());
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

std::string executable_path() {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error).string();
}

std::vector<std::string> plugin_search_path(const std::vector<std::string>& options, const char* environment,
                                            const std::string& executable) {
  std::vector<std::string> out = options;
  const auto add_existing = [&out](const fs::path& folder) {
    std::error_code error;
    const std::string path = fs::weakly_canonical(folder, error).string();
    if (error || !fs::is_directory(path, error)) return;
    if (std::find(out.begin(), out.end(), path) == out.end()) out.push_back(path);
  };
  std::string_view rest = environment ? environment : "";
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(':'), rest.size());
    if (end > 0) add_existing(std::string(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  const fs::path home = fs::path(executable).parent_path();
  add_existing(home / "plugins-out");
  add_existing(home / "../plugins-out");
  add_existing(home / "../lib/haulier/plugins");
#ifdef HAULIER_INSTALL_LIBDIR
  add_existing(home / ".." / HAULIER_INSTALL_LIBDIR / "haulier/plugins");
#endif
  return out;
}

PluginRegistry::PluginRegistry(std::vector<std::string> folders) : folders_(std::move(folders)) {}

void PluginRegistry::add(const haulier_descriptor& descriptor) {
  check_descriptor(descriptor);
  linked_.push_back(&descriptor);
}

PluginRegistry::Found& PluginRegistry::open(const std::string& file) const {
  const auto [at, is_new] = files_.try_emplace(file);
  if (!is_new) return at->second;
  try {
    const std::string folder = fs::path(file).parent_path().string();
    if (const std::string why = distrust(folder.empty() ? "." : folder); !why.empty()) throw PluginRefused(why);
    at->second.library = std::make_unique<PluginLibrary>(file);
  } catch (const PluginRefused& refused) {
    at->second.why = refused.what();
    problems_.push_back({file, refused.what()});
  }
  return at->second;
}

const PluginDescription* PluginRegistry::find(PluginKind kind, std::string_view id) const {
  const auto key = std::make_pair(kind, std::string(id));
  if (const auto known = found_.find(key); known != found_.end()) return &known->second;
  for (const haulier_descriptor* linked : linked_) {
    if (linked->kind == static_cast<std::uint32_t>(kind) && id == linked->id) {
      return &found_.emplace(key, describe(*linked, {})).first->second;
    }
  }
  for (const std::string& folder : folders_) {
    const std::string file = (fs::path(folder) / key.second).string() + std::string(kSuffix);
    std::error_code error;
    if (!fs::exists(file, error)) continue;
    const Found& found = open(file);
    const haulier_descriptor* descriptor = found.library ? found.library->find(kind, id) : nullptr;
    if (descriptor) return &found_.emplace(key, describe(*descriptor, file)).first->second;
  }
  return nullptr;
}

const haulier_descriptor& PluginRegistry::descriptor(PluginKind kind, std::string_view id) const {
  for (const haulier_descriptor* linked : linked_) {
    if (linked->kind == static_cast<std::uint32_t>(kind) && id == linked->id) return *linked;
  }
  if (const PluginDescription* known = find(kind, id)) {
    return *files_.at(known->file).library->find(kind, id);
  }
  Failure failure;
  failure.exit_code = ExitCode::bad_config;
  failure.what = "there is no " + std::string(plugin_kind_words(kind)) + " plugin \"" + std::string(id) + "\"";
  const std::vector<std::string> ids = file_ids();
  if (const std::string near = nearest(id, ids); !near.empty() && near != id) {
    failure.what += "; did you mean \"" + near + "\"?";
  }
  for (const PluginProblem& problem : problems_) failure.details.push_back(problem.file + ": " + problem.words);
  failure.details.push_back(ids.empty() ? "no plugins were found" : "found: " + joined(ids));
  failure.details.push_back("looked in: " + (folders_.empty() ? "nowhere" : joined(folders_)));
  failure.command = "haulier plugins list";
  throw Failed(std::move(failure));
}

std::vector<std::string> PluginRegistry::file_ids() const {
  std::set<std::string> ids;
  for (const haulier_descriptor* linked : linked_) ids.insert(linked->id);
  for (const std::string& folder : folders_) {
    for (const std::string& file : plugin_files(folder)) ids.insert(fs::path(file).stem().string());
  }
  return {ids.begin(), ids.end()};
}

void PluginRegistry::list_all() const {
  std::vector<PluginDescription> all;
  const auto add_new = [&all](PluginDescription&& one) {
    const auto same = [&one](const PluginDescription& it) { return it.kind == one.kind && it.id == one.id; };
    if (std::none_of(all.begin(), all.end(), same)) all.push_back(std::move(one));
  };
  for (const haulier_descriptor* linked : linked_) add_new(describe(*linked, {}));
  for (const std::string& folder : folders_) {
    for (const std::string& file : plugin_files(folder)) {
      const Found& found = open(file);
      if (!found.library) continue;
      for (const haulier_descriptor* descriptor : found.library->descriptors()) add_new(describe(*descriptor, file));
    }
  }
  std::sort(all.begin(), all.end(), [](const PluginDescription& a, const PluginDescription& b) {
    return std::tie(a.kind, a.id) < std::tie(b.kind, b.id);
  });
  plugins_ = std::move(all);
}

const std::vector<PluginDescription>& PluginRegistry::plugins() const {
  if (!plugins_) list_all();
  return *plugins_;
}

const std::vector<PluginProblem>& PluginRegistry::problems() const {
  if (!plugins_) list_all();
  return problems_;
}

}  // namespace haulier::host
