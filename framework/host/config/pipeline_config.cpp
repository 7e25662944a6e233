#include "config/pipeline_config.hpp"

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>

#include <algorithm>
#include <tuple>

#include "config/json_schema.hpp"
#include "config/override.hpp"
#include "config/suggestion.hpp"
#include "config/yaml_document.hpp"
#include "pipeline_schema.hpp"

namespace haulier::host {

namespace {

using Poco::JSON::Object;

bool is_plugin_section(const std::string& key) { return key == "source" || key == "transforms" || key == "sinks"; }

void sort_by_place(Faults& faults) {
  std::stable_sort(faults.begin(), faults.end(), [](const Fault& a, const Fault& b) {
    return std::tie(a.place.line, a.place.column) < std::tie(b.place.line, b.place.column);
  });
}

void throw_if_any(Faults& faults) {
  if (faults.empty()) return;
  sort_by_place(faults);
  throw ConfigError(std::move(faults));
}

// The vault's place is in the same file as the ${credential:...} that need it, so the host's own keys come first.
// Asking for a credential while an earlier key has a fault would only repeat it: then credentials stay closed.
void interpolate_plugins(ConfigNode& document, const VaultConfig& vault, const PipelineOptions& options, Faults& faults,
                         std::vector<std::string>& secrets) {
  InterpolationSources sources = options.sources;
  std::function<Lookup(const std::string&)> open;
  sources.credential = nullptr;
  if (options.open_credentials) {
    sources.credential = [&](const std::string& name) {
      if (!open) open = options.open_credentials(vault);
      return open ? open(name) : Lookup{std::nullopt, "there is no credential vault"};
    };
  }
  for (ConfigEntry& entry : document.entries) {
    if (is_plugin_section(entry.key)) interpolate(entry.value, sources, faults, secrets);
  }
}

void interpolate_host(ConfigNode& document, const PipelineOptions& options, Faults& faults,
                      std::vector<std::string>& secrets) {
  InterpolationSources sources = options.sources;
  sources.credential = nullptr;
  for (ConfigEntry& entry : document.entries) {
    if (!is_plugin_section(entry.key)) interpolate(entry.value, sources, faults, secrets);
  }
}

// Reads the checked JSON, in which every key with a default is present.
class Section {
 public:
  explicit Section(Object::Ptr object) : object_(std::move(object)) {}

  [[nodiscard]] Section section(const std::string& key) const {
    const Object::Ptr inner = object_ ? object_->getObject(key) : nullptr;
    return Section(inner);
  }
  [[nodiscard]] std::optional<std::string> text(const std::string& key) const {
    if (!object_ || !object_->has(key)) return std::nullopt;
    return object_->getValue<std::string>(key);
  }
  [[nodiscard]] std::int64_t integer(const std::string& key) const { return object_->getValue<Poco::Int64>(key); }
  [[nodiscard]] std::int64_t integer_or(const std::string& key, std::int64_t fallback) const {
    return object_ && object_->has(key) ? integer(key) : fallback;
  }
  [[nodiscard]] std::vector<std::string> texts(const std::string& key) const {
    std::vector<std::string> all;
    const Poco::JSON::Array::Ptr list = object_ ? object_->getArray(key) : nullptr;
    for (unsigned i = 0; list && i < list->size(); ++i) all.push_back(list->getElement<std::string>(i));
    return all;
  }
  [[nodiscard]] bool flag(const std::string& key) const { return object_->getValue<bool>(key); }

 private:
  Object::Ptr object_;
};

Section parsed(const std::string& json) {
  Poco::JSON::Parser parser;
  return Section(parser.parse(json).extract<Object::Ptr>());
}

void read_limits(const Section& limits, LimitsConfig& out) {
  out.memory_bytes = limits.integer("memory");
  out.spill_bytes = limits.integer("spill");
  out.spill_directory = limits.text("spill_directory");
  out.workers = limits.integer("workers");
  out.queue_batches = limits.integer("queue");
  const Section commit = limits.section("commit");
  out.commit_bytes = commit.integer("bytes");
  out.commit_interval_ms = commit.integer("interval");
}

VaultConfig read_auth(const Section& auth) {
  const Section vault = auth.section("vault");
  VaultConfig out;
  out.file = vault.text("file");
  out.key_file = vault.text("key_file");
  out.key_env = vault.text("key_env");
  out.passphrase_file = vault.text("passphrase_file");
  out.key_credential = vault.text("key_credential");
  out.key_command = vault.texts("key_command");
  out.expiry_warning_ms = auth.integer_or("expiry_warning", 0);
  return out;
}

void read_retry(const Section& retry, RetryConfig& out) {
  out.backoff.first_wait_ms = retry.integer("first_wait");
  out.backoff.max_wait_ms = retry.integer("max_wait");
  out.attempts = retry.integer("attempts");
  out.give_up_after_ms = retry.integer("give_up_after");
}

IfLocked if_locked_of(const std::string& word) {
  if (word == "wait") return IfLocked::wait;
  if (word == "skip") return IfLocked::skip;
  return word == "take_over" ? IfLocked::take_over : IfLocked::fail;
}

void read_host_keys(const Section& root, PipelineConfig& out) {
  out.name = root.text("name").value_or("");
  read_limits(root.section("limits"), out.limits);
  read_retry(root.section("retry"), out.retry);
  out.on_error = root.text("on_error") == "stop" ? OnError::stop : OnError::quarantine;
  out.quarantine_keep_raw = root.section("quarantine").flag("keep_raw");
  out.state_directory = root.section("state").text("directory");
  out.if_locked = if_locked_of(root.text("if_locked").value_or(""));
  out.lease_ms = root.integer("lease");
  out.report_file = root.section("report").text("file");
  const Section audit = root.section("audit");
  out.audit.file = audit.text("file");
  out.audit.required = audit.flag("required");
  out.audit.sync = audit.text("sync") == "commit" ? AuditSync::commit : AuditSync::each;
}

void check_vault(const ConfigNode& document, Faults& faults) {
  const ConfigNode* auth = document.find("auth");
  const ConfigNode* vault = auth != nullptr ? auth->find("vault") : nullptr;
  if (vault == nullptr) return;
  int ways = 0;
  for (const ConfigEntry& entry : vault->entries) {
    const bool is_key = entry.key == "passphrase_file" || entry.key.starts_with("key_");
    if (is_key && ++ways > 1) faults.push_back({entry.key_place, "a second way to the vault's key; keep one"});
  }
}

PluginUse plugin_use(PluginKind kind, const ConfigNode& holder, const std::string& path) {
  const ConfigEntry& entry = holder.entries.front();
  PluginUse use;
  use.kind = kind;
  use.id = entry.key;
  use.path = path + "." + entry.key;
  use.node = entry.value;
  use.place = entry.key_place;
  return use;
}

std::vector<PluginUse> plugin_list(PluginKind kind, const ConfigNode* list, const std::string& path) {
  std::vector<PluginUse> uses;
  if (list == nullptr) return uses;
  for (std::size_t i = 0; i < list->items.size(); ++i) {
    uses.push_back(plugin_use(kind, list->items[i], path + "." + std::to_string(i)));
  }
  return uses;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text.empty() ? "nowhere" : text;
}

Fault unknown_plugin(const PluginUse& use, const PluginCatalog& catalog) {
  std::vector<std::string> ids;
  for (const PluginDescription& plugin : catalog.plugins()) {
    if (plugin.kind == use.kind) ids.push_back(plugin.id);
    if (plugin.id == use.id) {
      return {use.place, "\"" + use.id + "\" is a " + std::string(plugin_kind_words(plugin.kind)) + ", not a " +
                             std::string(plugin_kind_words(use.kind))};
    }
  }
  std::string words = "there is no " + std::string(plugin_kind_words(use.kind)) + " plugin \"" + use.id + "\"";
  words += did_you_mean(use.id, ids);
  for (const PluginProblem& problem : catalog.problems()) {
    if (problem.file.find("/" + use.id + ".so") != std::string::npos)
      words += "; " + problem.file + ": " + problem.words;
  }
  return {use.place, words + " (looked in: " + joined(catalog.searched()) + ")"};
}

void check_plugin(PluginUse& use, const PluginCatalog& catalog, Faults& faults, Faults& warnings) {
  const PluginDescription* plugin = catalog.find(use.kind, use.id);
  if (plugin == nullptr) {
    faults.push_back(unknown_plugin(use, catalog));
    return;
  }
  try {
    use.checked = check_config(use.node, parse_schema(plugin->schema_json), faults, warnings);
  } catch (const SchemaError& error) {
    throw SchemaError("plugin " + plugin->file + ": " + error.what());
  }
}

}  // namespace

std::string_view plugin_kind_words(PluginKind kind) {
  switch (kind) {
    case PluginKind::source:
      return "source";
    case PluginKind::transform:
      return "transform";
    case PluginKind::sink:
      return "sink";
  }
  return "plugin";
}

std::string_view pipeline_schema_text() { return pipeline_schema; }

PipelineConfig read_pipeline(ConfigNode document, const std::string& path, const PipelineOptions& options) {
  PipelineConfig out;
  out.file = path;
  if (document.kind == ConfigNode::Kind::null && document.entries.empty()) {
    throw ConfigError(document.place, "the file is empty; it needs haulier, name, source and sinks");
  }
  apply_overrides(document, options.overrides);
  Faults faults;
  interpolate_host(document, options, faults, out.secrets);
  // The host's half is checked before the vault is opened, but all faults are told together.
  const CheckedConfig checked = check_config(document, parse_schema(pipeline_schema), faults, out.warnings);
  check_vault(document, faults);
  throw_if_any(faults);
  const Section root = parsed(checked.json);
  out.vault = read_auth(root.section("auth"));
  interpolate_plugins(document, out.vault, options, faults, out.secrets);
  throw_if_any(faults);
  read_host_keys(root, out);
  out.source = plugin_use(PluginKind::source, *document.find("source"), "source");
  out.transforms = plugin_list(PluginKind::transform, document.find("transforms"), "transforms");
  out.sinks = plugin_list(PluginKind::sink, document.find("sinks"), "sinks");
  return out;
}

PipelineConfig load_pipeline(const std::string& path, const PipelineOptions& options) {
  return read_pipeline(read_yaml_file(path), path, options);
}

void check_plugins(PipelineConfig& config, const PluginCatalog& catalog) {
  Faults faults;
  check_plugin(config.source, catalog, faults, config.warnings);
  for (PluginUse& use : config.transforms) check_plugin(use, catalog, faults, config.warnings);
  for (PluginUse& use : config.sinks) check_plugin(use, catalog, faults, config.warnings);
  throw_if_any(faults);
  for (const PluginUse* use : plugin_uses(config)) {
    const auto& secrets = use->checked.secrets;
    config.secrets.insert(config.secrets.end(), secrets.begin(), secrets.end());
  }
}

std::vector<const PluginUse*> plugin_uses(const PipelineConfig& config) {
  std::vector<const PluginUse*> uses{&config.source};
  for (const PluginUse& use : config.transforms) uses.push_back(&use);
  for (const PluginUse& use : config.sinks) uses.push_back(&use);
  return uses;
}

}  // namespace haulier::host
