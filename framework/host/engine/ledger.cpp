#include "engine/ledger.hpp"

#include <algorithm>
#include <utility>

namespace haulier::host {

void add(RunCounters& to, const RunCounters& more) noexcept {
  to.read += more.read;
  to.written += more.written;
  to.filtered += more.filtered;
  to.quarantined += more.quarantined;
  to.unchanged += more.unchanged;
}

void Ledger::read(std::uint64_t origins) noexcept {
  const std::lock_guard lock(mutex_);
  read_ += origins;
}

void Ledger::settle(std::size_t sink, const std::vector<Settled>& batches) {
  const std::lock_guard lock(mutex_);
  Sink& mine = sinks_[sink];
  ++mine.commits;
  for (const Settled& batch : batches) {
    add(mine.counters, batch.counters);
    mine.bytes += batch.bytes;
    mine.done[batch.partition] = batch.number;
    if (sink == 0) add(partitions_[batch.partition], batch.counters);
    changed_.push_back(batch.partition);
  }
}

std::uint64_t Ledger::done_everywhere(const Partition* partition) const {
  std::uint64_t least = UINT64_MAX;
  for (const Sink& sink : sinks_) {
    const auto at = sink.done.find(partition);
    least = std::min(least, at == sink.done.end() ? 0 : at->second);
  }
  return least;
}

Ledger::Committed Ledger::take_committed() {
  const std::lock_guard lock(mutex_);
  Committed news;
  for (const Partition* partition : std::exchange(changed_, {})) {
    const std::uint64_t n = done_everywhere(partition);
    if (n > std::exchange(told_[partition], n)) news[partition] = n;
  }
  return news;
}

RunCounters Ledger::counters(std::size_t sink) const {
  const std::lock_guard lock(mutex_);
  return sinks_[sink].counters;
}

std::vector<PartitionReport> Ledger::partitions() const {
  const std::lock_guard lock(mutex_);
  std::vector<PartitionReport> out;
  for (const auto& [partition, counters] : partitions_) out.push_back({partition->name, counters, {}});
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return out;
}

std::uint64_t Ledger::read_total() const {
  const std::lock_guard lock(mutex_);
  return read_;
}

std::uint64_t Ledger::bytes() const {
  const std::lock_guard lock(mutex_);
  return sinks_[0].bytes;
}

std::uint64_t Ledger::commits_total() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t total = 0;
  for (const Sink& sink : sinks_) total += sink.commits;
  return total;
}

}  // namespace haulier::host
