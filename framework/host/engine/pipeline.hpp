// Pipeline: the instances of one pipeline file, put together: who produces what, who writes what, who knows which
// state.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/pipeline_config.hpp"
#include "engine/lookup_desk.hpp"
#include "engine/plugin_instance.hpp"
#include "engine/plugin_registry.hpp"
#include "engine/sink_protocol.hpp"
#include "engine/sink_schema.hpp"

namespace haulier::host {

// How the state files are found.
struct StatePlace {
  const char* xdg_state_home = nullptr;  // environment
  const char* home = nullptr;
};

// Owned by one command. Nothing connects before open_...(). The references outlive it.
class Pipeline {
 public:
  struct Sink {
    std::unique_ptr<SinkInstance> instance;
    std::unique_ptr<SinkProtocol> protocol;
    StateStore* store = nullptr;  // owned by the protocol; null: the sink keeps its state itself, or there is none
  };
  using Chain = std::vector<std::unique_ptr<TransformInstance>>;

  // workers: how many chains of transforms. Throws PluginFault or Failed.
  Pipeline(const PipelineConfig& config, const PluginRegistry& registry, RunServices& run, Cancellation& stop_reading,
           Cancellation& stop_all, std::size_t workers, const StatePlace& state_place);
  ~Pipeline();
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  [[nodiscard]] SourceInstance& source() noexcept { return *source_; }
  [[nodiscard]] std::vector<Chain>& chains() noexcept { return chains_; }
  [[nodiscard]] std::vector<Sink>& sinks() noexcept { return sinks_; }
  [[nodiscard]] const SinkSchema& schema() const noexcept { return *schema_; }
  // Every instance in the order of the data, of transforms the first worker's.
  [[nodiscard]] std::vector<PluginInstance*> instances();
  // "exactly once" or "at least once": what all the sinks together give.
  [[nodiscard]] std::string guarantee() const;
  // The sinks are open: from now on the source may look rows up, when there is one sink and it can.
  void offer_lookups();

 private:
  void add_sink(const PluginUse& use, const PluginRegistry& registry, const PipelineConfig& config, RunServices& run,
                Cancellation& cancel, const StatePlace& state_place);

  RunServices& run_;
  LookupDesk lookups_;
  // In this order: each borrows the schema of those above it.
  std::unique_ptr<SourceInstance> source_;
  std::vector<Chain> chains_;
  std::unique_ptr<SinkSchema> schema_;
  std::vector<Sink> sinks_;
};

}  // namespace haulier::host
