// SinkWriter: the thread of one sink. Groups batches into transactions, replays them when one fails, and counts what
// became of every record once it is durable.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/ledger.hpp"
#include "engine/retrier.hpp"
#include "engine/sink_inlet.hpp"
#include "engine/sink_protocol.hpp"

namespace haulier::host {

struct CommitPolicy {
  std::uint64_t bytes = 32 << 20;
  std::int64_t interval_us = 1'000'000;
};

struct SinkStats {
  std::uint64_t commits = 0;
  std::uint64_t records = 0;  // written or unchanged
  std::uint64_t retries = 0;
  std::int64_t busy_us = 0;  // inside the sink
};

// Everything a writer works with; the references outlive it.
struct SinkWriterParts {
  std::size_t index = 0;  // of the sink in the pipeline
  const PluginUse& use;
  SinkProtocol& protocol;
  SinkInlet& inlet;
  const SinkSchema& schema;
  RunServices& run;
  const PipelineConfig& config;
  Ledger& ledger;
  Cancellation& cancel;
  CommitPolicy policy;
  // Both on the writer's thread, either may be empty.
  std::function<void(const StateRows&, const StatePositions&)> before_commit;
  std::function<void(const std::vector<Ledger::Settled>&)> on_commit;
};

class SinkWriter {
 public:
  // known: the state rows that the sink holds now.
  SinkWriter(SinkWriterParts parts, StateRows known);

  // Until the inlet ends or the run is cancelled (then what is not committed is rolled back). Throws PluginFault or
  // Failed; nothing since the last commit is in the sink then.
  void run();
  [[nodiscard]] SinkStats stats() const;

 private:
  // One batch of the open transaction.
  struct Entry {
    SharedBatch batch;
    std::vector<std::uint64_t> bad_origins;  // refused by this sink, sorted
    std::vector<OwnedRecord> quarantined;    // one row for each of them
    RunCounters counters;                    // of the last write
    std::uint64_t records = 0;
  };

  void accept(SharedBatch batch);
  [[nodiscard]] bool due() const;
  // Writes group_[from..]; after a fault the whole group in a new transaction.
  void write_from(std::size_t from);
  void write_entry(Entry& entry);
  void write_filtered(Entry& entry);
  void count(Entry& entry, const std::vector<haulier_record>& records, std::size_t data_records);
  void set_aside(std::size_t index, const PluginFault& fault);
  void quarantine(Entry& entry, std::uint64_t origin, const std::vector<haulier_record>& records,
                  haulier_record refused, const PluginFault& fault);
  [[nodiscard]] std::string keys_beside(const std::vector<haulier_record>& records,
                                        const haulier_record& refused) const;
  void commit();
  [[nodiscard]] bool try_commit(const StateRows& states);
  [[nodiscard]] bool was_committed(const StateRows& states);
  [[nodiscard]] StateRows latest_states(StatePositions& positions) const;
  void settle(StateRows&& states);
  void roll_back() noexcept;
  void pause_after(const PluginFault& fault);
  void step(const char* name) const;

  SinkWriterParts p_;
  StateRows known_;
  Retrier retrier_;
  std::vector<Entry> group_;
  std::uint64_t group_bytes_ = 0;
  std::int64_t begun_us_ = 0;           // monotonic, of the oldest batch in the group
  bool open_ = false;                   // a transaction is open in the sink
  std::vector<std::uint8_t> outcomes_;  // scratch
  std::vector<std::uint8_t> fates_;     // scratch, by origin
  SinkStats stats_;
};

}  // namespace haulier::host
