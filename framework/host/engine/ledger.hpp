// Ledger: what became of every record of the source, counted only once it is durable.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "engine/sink_batch.hpp"
#include "report/run_report.hpp"

namespace haulier::host {

// Thread-safe. Owned by the run.
class Ledger {
 public:
  struct Settled {
    const Partition* partition = nullptr;
    std::uint64_t number = 0;    // of the partition
    std::uint64_t sequence = 0;  // of the run
    std::uint64_t bytes = 0;
    RunCounters counters;  // `read` = the batch's origins
  };
  // What the source may be told: batches of this partition up to n are durable in every sink.
  using Committed = std::map<const Partition*, std::uint64_t>;

  explicit Ledger(std::size_t sinks) : sinks_(sinks) {}

  void read(std::uint64_t origins) noexcept;
  // One commit of one sink.
  void settle(std::size_t sink, const std::vector<Settled>& batches);
  // Partitions that went on since the last call.
  [[nodiscard]] Committed take_committed();

  // Of the first sink: every sink sees the same records, the numbers of the others are theirs alone.
  [[nodiscard]] RunCounters counters() const { return counters(0); }
  [[nodiscard]] RunCounters counters(std::size_t sink) const;
  [[nodiscard]] std::vector<PartitionReport> partitions() const;
  [[nodiscard]] std::uint64_t read_total() const;
  [[nodiscard]] std::uint64_t bytes() const;
  // Of all sinks.
  [[nodiscard]] std::uint64_t commits_total() const;

 private:
  struct Sink {
    RunCounters counters;
    std::uint64_t bytes = 0;
    std::uint64_t commits = 0;
    std::map<const Partition*, std::uint64_t> done;  // n-th batch that is durable
  };
  [[nodiscard]] std::uint64_t done_everywhere(const Partition* partition) const;

  mutable std::mutex mutex_;
  std::uint64_t read_ = 0;
  std::vector<Sink> sinks_;
  std::map<const Partition*, RunCounters> partitions_;  // of the first sink
  Committed told_;
  std::vector<const Partition*> changed_;
};

void add(RunCounters& to, const RunCounters& more) noexcept;

}  // namespace haulier::host
