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
#include "engine/state_order.hpp"

namespace haulier::host {

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
  // What one of them gives.
  [[nodiscard]] std::string guarantee(std::size_t sink) const;
  // The sinks are open: from now on the source may look rows up, when every sink can.
  void offer_lookups();
  // Which of two state rows is older, as the last run left it; null with one sink, or without state.
  [[nodiscard]] std::unique_ptr<StateOrder> state_order() const;
  // A run with one sink goes on without the others: what is known of their order is of no use any more.
  void forget_state_order() const noexcept;

 private:
  void add_sink(const PluginUse& use, const PluginRegistry& registry, const PipelineConfig& config, RunServices& run,
                Cancellation& cancel, const StatePlace& state_place);

  [[nodiscard]] std::string order_file() const;

  const PipelineConfig& config_;
  const StatePlace state_place_;
  RunServices& run_;
  LookupDesk lookups_;
  // In this order: each borrows the schema of those above it.
  std::unique_ptr<SourceInstance> source_;
  std::vector<Chain> chains_;
  std::unique_ptr<SinkSchema> schema_;
  std::vector<Sink> sinks_;
};

}  // namespace haulier::host
