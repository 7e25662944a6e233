// A pipeline file as typed values; its keys are declared in pipeline.schema.json beside this file.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backoff.hpp"
#include "config/config_check.hpp"
#include "config/config_node.hpp"
#include "config/interpolation.hpp"
#include "config/plugin_catalog.hpp"

namespace haulier::host {

// One use of a plugin in the file. `checked` is filled by check_plugins().
struct PluginUse {
  PluginKind kind = PluginKind::source;
  std::string id;
  std::string path;  // where it stands: "source.imap", "sinks.0.sqlite"
  ConfigNode node;
  Place place;
  CheckedConfig checked;
};

struct LimitsConfig {
  std::int64_t memory_bytes = 0;
  std::int64_t spill_bytes = 0;  // a blob of this size or more goes to an unlinked file
  std::optional<std::string> spill_directory;
  std::int64_t workers = 0;  // transform threads; 0: one per processor
  std::int64_t queue_batches = 0;
  std::int64_t commit_bytes = 0;        // a transaction this big is committed
  std::int64_t commit_interval_ms = 0;  // and one this old
};

struct VaultConfig {
  std::optional<std::string> file;
  std::optional<std::string> key_file;
  std::optional<std::string> key_env;
  std::optional<std::string> passphrase_file;
  std::optional<std::string> key_credential;
  std::vector<std::string> key_command;  // argv
  bool ask_passphrase = false;           // on the terminal; not from a file
  std::int64_t expiry_warning_ms = 0;    // 0: the store's default
};

struct RetryConfig {
  BackoffPolicy backoff;
  std::int64_t attempts = 0;          // without progress in between; 0: no limit
  std::int64_t give_up_after_ms = 0;  // without progress in between; 0: no limit
};

enum class OnError { quarantine, stop };
enum class IfLocked { fail, wait, skip, take_over };
enum class AuditSync { each, commit };

struct AuditConfig {
  std::optional<std::string> file;  // none: no audit log
  bool required = true;             // a line that cannot be written stops the run
  AuditSync sync = AuditSync::each;
};

struct PipelineConfig {
  std::string file;
  std::string name;
  PluginUse source;
  std::vector<PluginUse> transforms;
  std::vector<PluginUse> sinks;
  LimitsConfig limits;
  VaultConfig vault;
  OnError on_error = OnError::quarantine;
  bool quarantine_keep_raw = false;
  std::optional<std::string> state_directory;
  IfLocked if_locked = IfLocked::fail;
  std::int64_t lease_ms = 60'000;  // a run that gave no sign of life for so long may be passed over
  RetryConfig retry;
  std::optional<std::string> report_file;
  AuditConfig audit;

  std::vector<std::string> secrets;  // every secret value in the file, for the redaction of logs
  Faults warnings;                   // deprecated keys
};

// Gives the ${credential:NAME} lookup once the vault's place is known; called at most once per file.
using CredentialOpener = std::function<std::function<Lookup(const std::string& name)>(const VaultConfig& vault)>;

struct PipelineOptions {
  std::vector<std::string> overrides;  // the --set assignments
  InterpolationSources sources;        // its `credential` is not used
  CredentialOpener open_credentials;   // empty: a ${credential:...} is a fault
};

// Reads, overrides, interpolates and checks the host's half of the file. Throws ConfigError with all faults.
[[nodiscard]] PipelineConfig load_pipeline(const std::string& path, const PipelineOptions& options);
[[nodiscard]] PipelineConfig read_pipeline(ConfigNode document, const std::string& path,
                                           const PipelineOptions& options);

// Checks every plugin's half against the schema it declares and fills `checked`. Throws ConfigError with all faults;
// SchemaError when a plugin's schema is broken.
void check_plugins(PipelineConfig& config, const PluginCatalog& catalog);

// Every use in the order of the data: source, transforms, sinks.
[[nodiscard]] std::vector<const PluginUse*> plugin_uses(const PipelineConfig& config);

// The built-in schema of the file, without plugins.
[[nodiscard]] std::string_view pipeline_schema_text();

}  // namespace haulier::host
