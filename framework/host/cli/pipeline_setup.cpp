#include "cli/pipeline_setup.hpp"

#include <poll.h>

#include <cstdlib>
#include <random>
#include <utility>

#include "cli/failure.hpp"
#include "cli/pipeline_argument.hpp"
#include "engine/spill_file.hpp"
#include "json_writer.hpp"

namespace haulier::host {

namespace {

const PluginRegistry& registry_of(const PluginCatalog& catalog) {
  const auto* registry = dynamic_cast<const PluginRegistry*>(&catalog);
  if (!registry) throw Failed({.exit_code = ExitCode::bug, .what = "this program was built without its engine"});
  return *registry;
}

std::uint64_t seed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

std::unique_ptr<CredentialProvider> provider(Invocation& invocation, const PipelineConfig& config) {
  if (invocation.services.open_provider) return invocation.services.open_provider(config.vault);
  return std::make_unique<NoCredentials>();
}

}  // namespace

PipelineSetup::PipelineSetup(Invocation& invocation) : PipelineSetup(invocation, open_catalog(invocation)) {}

PipelineSetup::PipelineSetup(Invocation& invocation, std::unique_ptr<PluginCatalog> catalog)
    : invocation_(invocation),
      own_catalog_(std::move(catalog)),
      registry_(registry_of(*own_catalog_)),
      config_(load_checked_pipeline(invocation, *own_catalog_)),
      random_(seed()),
      credentials_(provider(invocation, config_)) {
  listen_to_credentials();
}

PipelineSetup::PipelineSetup(Invocation& invocation, PipelineConfig config, const PluginCatalog& catalog)
    : invocation_(invocation),
      registry_(registry_of(catalog)),
      config_(std::move(config)),
      random_(seed()),
      credentials_(provider(invocation, config_)) {
  listen_to_credentials();
}

void PipelineSetup::listen_to_credentials() {
  CredentialEvents events;
  events.warn = [this](const std::string& words) {
    invocation_.services.log.log(LogLevel::warning, "auth", words);
    const std::lock_guard lock(warnings_mutex_);
    credential_warnings_.push_back(words);
  };
  events.audit = [this](std::string_view action, std::string_view account, std::string_view result,
                        std::string_view detail) {
    if (!audit_) return;
    audit_->record(
        "credential_" + std::string(action),
        {{"account", std::string(account)}, {"result", std::string(result)}, {"detail", std::string(detail)}});
  };
  credentials_->set_events(std::move(events));
}

std::vector<std::string> PipelineSetup::credential_warnings() const {
  const std::lock_guard lock(warnings_mutex_);
  return credential_warnings_;
}

std::vector<std::string> PipelineSetup::sign_in_warnings() const {
  std::vector<std::string> out;
  for (AccountWarning& warning : credentials_->warnings()) {
    if (config_.source.checked.json.find(json_string(warning.account)) != std::string::npos)
      out.push_back(std::move(warning.words));
  }
  return out;
}

void PipelineSetup::open_audit() {
  if (!config_.audit.file) return;
  audit_.emplace(
      AuditOptions{.file = *config_.audit.file,
                   .fail_closed = config_.audit.required,
                   .flush = config_.audit.sync == AuditSync::each ? AuditFlush::each_line : AuditFlush::on_flush,
                   .redact = invocation_.services.redact},
      invocation_.services.clock);
}

RunParts PipelineSetup::parts() {
  return {.clock = invocation_.services.clock,
          .log = invocation_.services.log,
          .metrics = metrics_,
          .crash_points = invocation_.services.crash_points,
          .random = random_,
          .credentials = *credentials_,
          .audit = audit_ ? &*audit_ : nullptr,
          .state_place = {.xdg_state_home = std::getenv("XDG_STATE_HOME"), .home = std::getenv("HOME")},
          .tmpdir = std::getenv("TMPDIR")};
}

StopWatcher::StopWatcher(StopEvent& stop, std::function<void()> on_stop)
    : thread_([this, &stop, on_stop = std::move(on_stop)] {
        pollfd events[] = {{stop.fd(), POLLIN, 0}, {ended_.fd(), POLLIN, 0}};
        while (::poll(events, 2, -1) < 0) {
        }
        if (events[0].revents != 0 && events[1].revents == 0) on_stop();
      }) {}

StopWatcher::~StopWatcher() {
  ended_.set();
  thread_.join();
}

IdlePipeline::IdlePipeline(PipelineSetup& setup, StopEvent& stop)
    : config_(setup.config()),
      budget_({.memory_bytes = blob_budget(config_.limits.memory_bytes), .spill_bytes = std::uint64_t{4} << 30}),
      blobs_({.spill_from = static_cast<std::uint64_t>(config_.limits.spill_bytes),
              .directory = spill_directory(config_.limits.spill_directory.value_or(""), setup.parts().tmpdir)},
             budget_),
      services_(setup.parts().services(blobs_, config_.name)),
      pipeline_(std::make_unique<Pipeline>(config_, setup.registry(), services_, cancel_, cancel_, 1,
                                           setup.parts().state_place)),
      watcher_(stop, [this] { cancel_.cancel(); }) {}

IdlePipeline::~IdlePipeline() = default;

Failure IdlePipeline::stopped() {
  return {.exit_code = ExitCode::try_again, .what = "stopped on request", .data_safety = "nothing was written"};
}

std::vector<StateRows> IdlePipeline::inspect_sinks() {
  std::vector<StateRows> out;
  for (const Pipeline::Sink& sink : pipeline_->sinks()) {
    StateRows rows;
    retried([&] { sink.instance->open(pipeline_->schema().c(), true); });
    retried([&] { rows = sink.protocol->load(); });
    out.push_back(std::move(rows));
  }
  return out;
}

}  // namespace haulier::host
