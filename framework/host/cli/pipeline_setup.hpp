// PipelineSetup: what every command that uses a pipeline's plugins needs, made from the command line.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "cli/command_line.hpp"
#include "cli/failure.hpp"
#include "engine/pipeline_run.hpp"
#include "engine/plugin_registry.hpp"
#include "engine/retrier.hpp"
#include "stop_event.hpp"

namespace haulier::host {

// Owned by one command; outlives every instance it makes.
class PipelineSetup {
 public:
  // Loads and checks the pipeline of arguments[0]. Throws ConfigError, Failed.
  explicit PipelineSetup(Invocation& invocation);
  // For a pipeline that is loaded already; the references outlive this.
  PipelineSetup(Invocation& invocation, PipelineConfig config, const PluginCatalog& catalog);

  [[nodiscard]] const PipelineConfig& config() const noexcept { return config_; }
  [[nodiscard]] const PluginRegistry& registry() const noexcept { return registry_; }
  [[nodiscard]] RunParts parts();
  // What is to be known about the sign-ins of the accounts that the source's settings name.
  [[nodiscard]] std::vector<std::string> sign_in_warnings() const;
  // Once, before parts(): only a run writes to the audit log.
  void open_audit();
  // What was said about credentials so far: refresh tokens that end soon, a refresh that was cut off.
  [[nodiscard]] std::vector<std::string> credential_warnings() const;

 private:
  PipelineSetup(Invocation& invocation, std::unique_ptr<PluginCatalog> catalog);
  void listen_to_credentials();

  Invocation& invocation_;
  std::unique_ptr<PluginCatalog> own_catalog_;
  const PluginRegistry& registry_;
  PipelineConfig config_;
  Metrics metrics_;
  RandomSource random_;
  std::unique_ptr<CredentialProvider> credentials_;
  std::optional<Audit> audit_;
  mutable std::mutex warnings_mutex_;
  std::vector<std::string> credential_warnings_;
};

// Calls `stop` (on a thread of its own) when the process is to stop. Until destroyed.
class StopWatcher {
 public:
  StopWatcher(StopEvent& stop, std::function<void()> on_stop);
  ~StopWatcher();
  StopWatcher(const StopWatcher&) = delete;
  StopWatcher& operator=(const StopWatcher&) = delete;

 private:
  StopEvent ended_;
  std::thread thread_;
};

// Instances of a pipeline that are not run: for plan, preview, status and validate --connect. Stops with the process.
class IdlePipeline {
 public:
  IdlePipeline(PipelineSetup& setup, StopEvent& stop);
  ~IdlePipeline();

  [[nodiscard]] Pipeline& pipeline() noexcept { return *pipeline_; }
  [[nodiscard]] RunServices& services() noexcept { return services_; }
  // Opens every sink read-only and gives what they hold; calls f until it does not report a passing fault any more.
  [[nodiscard]] std::vector<StateRows> inspect_sinks();
  template <class F>
  void retried(F&& f) {
    Retrier retrier(config_.retry, services_, cancel_);
    if (!with_retries(retrier, f)) throw Failed(stopped());
  }

 private:
  [[nodiscard]] static Failure stopped();

  const PipelineConfig& config_;
  Cancellation cancel_;
  MemoryBudget budget_;
  BlobStore blobs_;
  RunServices services_;
  std::unique_ptr<Pipeline> pipeline_;
  StopWatcher watcher_;
};

// Runs a command's body; a PluginFault becomes Failed, which main() prints.
template <class F>
int with_plugin_faults(F&& f) {
  try {
    return f();
  } catch (const PluginFault& fault) {
    throw Failed(fault.failure());
  }
}

}  // namespace haulier::host
