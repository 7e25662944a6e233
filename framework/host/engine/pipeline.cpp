#include "engine/pipeline.hpp"

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <utility>

namespace haulier::host {

namespace {

Pipeline::Chain make_chain(const PipelineConfig& config, const PluginRegistry& registry, RunServices& run,
                           Cancellation& cancel, const haulier_schema& from) {
  Pipeline::Chain chain;
  const haulier_schema* in = &from;
  for (const PluginUse& use : config.transforms) {
    const haulier_descriptor& descriptor = registry.descriptor(PluginKind::transform, use.id);
    chain.push_back(std::make_unique<TransformInstance>(descriptor, use, run, cancel, *in));
    in = &chain.back()->schema();
  }
  return chain;
}

}  // namespace

Pipeline::Pipeline(const PipelineConfig& config, const PluginRegistry& registry, RunServices& run,
                   Cancellation& stop_reading, Cancellation& stop_all, std::size_t workers,
                   const StatePlace& state_place)
    : config_(config), state_place_(state_place), run_(run) {
  run_.lookups = &lookups_;
  source_ = std::make_unique<SourceInstance>(registry.descriptor(PluginKind::source, config.source.id), config.source,
                                             run, stop_reading);
  for (std::size_t i = 0; i < std::max<std::size_t>(workers, 1); ++i) {
    chains_.push_back(make_chain(config, registry, run, stop_all, source_->schema()));
  }
  const haulier_schema& last = chains_[0].empty() ? source_->schema() : chains_[0].back()->schema();
  try {
    schema_ = std::make_unique<SinkSchema>(last, source_->schema());
  } catch (const std::invalid_argument& fault) {
    throw PluginFault(config.transforms.empty() ? config.source : config.transforms.back(), "schema", fault.what());
  }
  for (const PluginUse& use : config.sinks) add_sink(use, registry, config, run, stop_all, state_place);
}

Pipeline::~Pipeline() {
  lookups_.close();
  // Back to front: a stage borrows the schema of the one before it until it is destroyed.
  sinks_.clear();
  for (Chain& chain : chains_) {
    while (!chain.empty()) chain.pop_back();
  }
  source_.reset();
  run_.lookups = nullptr;
}

void Pipeline::add_sink(const PluginUse& use, const PluginRegistry& registry, const PipelineConfig& config,
                        RunServices& run, Cancellation& cancel, const StatePlace& state_place) {
  Sink sink;
  sink.instance = std::make_unique<SinkInstance>(registry.descriptor(PluginKind::sink, use.id), use, run, cancel);
  if (sink.instance->transactional()) {
    sink.protocol = std::make_unique<TransactionProtocol>(*sink.instance, *schema_);
  } else {
    std::unique_ptr<StateStore> store;
    if (schema_->state()) {
      const std::string folder = state_folder(config.state_directory.value_or(""), config.name, state_place);
      store = std::make_unique<StateStore>(folder, config.name, use.label(), schema_->stream(*schema_->state()),
                                           *schema_->state(), run.clock, run.crash_points);
    }
    sink.store = store.get();
    sink.protocol = std::make_unique<FlushProtocol>(*sink.instance, std::move(store));
  }
  sinks_.push_back(std::move(sink));
}

std::vector<PluginInstance*> Pipeline::instances() {
  std::vector<PluginInstance*> out{source_.get()};
  for (const auto& transform : chains_[0]) out.push_back(transform.get());
  for (const Sink& sink : sinks_) out.push_back(sink.instance.get());
  return out;
}

void Pipeline::offer_lookups() {
  std::vector<SinkInstance*> all;
  for (const Sink& sink : sinks_) {
    if (!sink.instance->can_look_up()) return;
    all.push_back(sink.instance.get());
  }
  lookups_.open(std::move(all), schema_->c());
}

std::string Pipeline::order_file() const {
  const std::filesystem::path folder = state_folder(config_.state_directory.value_or(""), config_.name, state_place_);
  return (folder / (config_.name + ".order")).string();
}

std::unique_ptr<StateOrder> Pipeline::state_order() const {
  if (sinks_.size() < 2 || !schema_->state()) return nullptr;
  return std::make_unique<StateOrder>(order_file());
}

void Pipeline::forget_state_order() const noexcept {
  try {
    std::error_code ignored;
    std::filesystem::remove(order_file(), ignored);
  } catch (const std::exception&) {
    // There is no folder for state, so there is no such file.
  }
}

std::string Pipeline::guarantee(std::size_t sink) const {
  return sinks_[sink].protocol->exactly_once() ? "exactly once" : "at least once";
}

std::string Pipeline::guarantee() const {
  const bool all = std::all_of(sinks_.begin(), sinks_.end(), [](const Sink& s) { return s.protocol->exactly_once(); });
  return all ? "exactly once" : "at least once";
}

}  // namespace haulier::host
