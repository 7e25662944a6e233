// Envelope and SinkBatch: a batch on its way from the source to the workers, and from the workers to the sinks.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/batch.hpp"
#include "engine/memory_budget.hpp"
#include "engine/owned_record.hpp"
#include "engine/sink_schema.hpp"

namespace haulier::host {

// Named by the source; what is committed in order. Lives as long as the run. `produced` belongs to the source's thread.
struct Partition {
  std::string name;
  std::uint64_t produced = 0;  // batches
};

// What the host carries past the transforms. Moves from thread to thread; one owner at a time.
struct Envelope {
  std::uint64_t sequence = 0;  // of the run, from 0
  const Partition* partition = nullptr;
  std::uint64_t number = 0;  // of the partition, from 1
  std::uint64_t origin_count = 0;
  std::uint64_t size_bytes = 0;
  InFlight in_flight;  // first in, last out: everything below is freed before it says so
  Batch batch;
  std::optional<OwnedRecord> state;      // stream index of the sink schema
  std::vector<OwnedRecord> quarantined;  // rejects of the stages so far
  MemoryCharge charge;
};

// Bytes that a batch holds besides blobs: its records and their texts. An estimate that may count borrowed text twice.
[[nodiscard]] std::uint64_t text_bytes(const haulier_batch& batch);

// Moves the rejects of envelope.batch into envelope.quarantined. keep_raw: with their bytes.
void take_rejects(Envelope& envelope, const SinkSchema& schema, std::string_view stage, bool keep_raw,
                  std::int64_t now_us);

// What a sink is to write: without transient streams and rejected origins, with the quarantine rows. Values are not
// copied. Immutable, shared by all sinks; it and its memory go with the last of them.
class SinkBatch {
 public:
  SinkBatch(Envelope&& envelope, const SinkSchema& schema, MemoryBudget& budget);
  SinkBatch(const SinkBatch&) = delete;
  SinkBatch& operator=(const SinkBatch&) = delete;

  [[nodiscard]] std::uint64_t sequence() const noexcept { return envelope_.sequence; }
  [[nodiscard]] const Partition& partition() const noexcept { return *envelope_.partition; }
  [[nodiscard]] std::uint64_t number() const noexcept { return envelope_.number; }
  [[nodiscard]] std::uint64_t origin_count() const noexcept { return envelope_.origin_count; }
  [[nodiscard]] std::uint64_t size_bytes() const noexcept { return envelope_.size_bytes; }
  // What goes back to the budget with it, estimated from above: records, texts, blobs in memory, and, when there are
  // blobs, the messages that they may be slices of.
  [[nodiscard]] std::uint64_t memory_bytes() const noexcept { return memory_bytes_; }
  [[nodiscard]] const OwnedRecord* state() const noexcept { return envelope_.state ? &*envelope_.state : nullptr; }

  // Data records first, then the quarantine rows.
  [[nodiscard]] const std::vector<haulier_record>& records() const noexcept { return records_; }
  [[nodiscard]] std::size_t data_records() const noexcept { return data_records_; }
  [[nodiscard]] bool rejected(std::uint64_t origin) const noexcept { return !rejected_.empty() && rejected_[origin]; }
  // The batch as a sink gets it.
  [[nodiscard]] const haulier_batch& c() const noexcept { return c_; }
  // The same with other records; `records` outlives the result.
  [[nodiscard]] haulier_batch with_records(const std::vector<haulier_record>& records) const noexcept;

 private:
  Envelope envelope_;
  std::vector<haulier_record> records_;
  std::size_t data_records_ = 0;
  std::uint64_t memory_bytes_ = 0;
  std::vector<bool> rejected_;  // by origin; empty: none
  haulier_batch c_{};
};

}  // namespace haulier::host
