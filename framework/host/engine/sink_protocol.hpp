// SinkProtocol: one way to use a sink, whether it has transactions or the host keeps its state.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/plugin_instance.hpp"
#include "engine/sink_schema.hpp"
#include "engine/state_rows.hpp"
#include "engine/state_store.hpp"

namespace haulier::host {

// Order of calls: fence, load, then any number of { begin, write..., commit | rollback }. One thread at a time.
// Faults come as PluginFault or Failed.
class SinkProtocol {
 public:
  virtual ~SinkProtocol() = default;
  // Exactly once: data and state are one transaction.
  [[nodiscard]] virtual bool exactly_once() const noexcept = 0;
  virtual std::uint64_t fence() = 0;
  [[nodiscard]] virtual StateRows load() = 0;
  virtual void begin() = 0;
  virtual void write(const haulier_batch& batch, std::uint8_t* outcomes) = 0;
  virtual void commit(const StateRows& states) = 0;
  virtual void rollback() = 0;
  // For a fault that is on its way up already. When this fails, the sink is in no transaction that could still be
  // committed: it lost it, or loses it with its connection.
  void rollback_quietly() noexcept;
};

class TransactionProtocol final : public SinkProtocol {
 public:
  TransactionProtocol(SinkInstance& sink, const SinkSchema& schema) : sink_(sink), schema_(schema) {}
  [[nodiscard]] bool exactly_once() const noexcept override { return true; }
  std::uint64_t fence() override { return sink_.fence(); }
  [[nodiscard]] StateRows load() override;
  void begin() override { sink_.begin(); }
  void write(const haulier_batch& batch, std::uint8_t* outcomes) override { sink_.write(batch, outcomes); }
  void commit(const StateRows& states) override;
  void rollback() override { sink_.rollback(); }

 private:
  SinkInstance& sink_;
  const SinkSchema& schema_;
};

// At least once: the sink makes its writes durable, then the host saves the state.
class FlushProtocol final : public SinkProtocol {
 public:
  // store: null when the source keeps no state.
  FlushProtocol(SinkInstance& sink, std::unique_ptr<StateStore> store) : sink_(sink), store_(std::move(store)) {}
  [[nodiscard]] bool exactly_once() const noexcept override { return false; }
  [[nodiscard]] StateStore* store() noexcept { return store_.get(); }
  std::uint64_t fence() override { return store_ ? store_->fence() : 0; }
  [[nodiscard]] StateRows load() override { return store_ ? store_->load() : StateRows(); }
  void begin() override {}
  void write(const haulier_batch& batch, std::uint8_t* outcomes) override { sink_.write(batch, outcomes); }
  void commit(const StateRows& states) override;
  void rollback() override {}

 private:
  SinkInstance& sink_;
  std::unique_ptr<StateStore> store_;
};

}  // namespace haulier::host
