#include "engine/sequencer.hpp"

#include <algorithm>
#include <utility>

namespace haulier::host {

Sequencer::Sequencer(std::vector<SinkInlet*> outlets, Cancellation& cancel)
    : outlets_(std::move(outlets)), cancel_(cancel) {
  listener_ = cancel.listen([this] {
    const std::lock_guard lock(mutex_);
    changed_.notify_all();
  });
}

void Sequencer::put(SharedBatch batch) {
  std::map<std::uint64_t, SharedBatch> dropped;  // released after the lock
  std::unique_lock lock(mutex_);
  const std::uint64_t sequence = batch->sequence();
  changed_.wait(lock, [&] { return sequence < next_ + kAhead || sequence >= end_ || cancel_.cancelled(); });
  if (cancel_.cancelled()) return;
  early_.emplace(sequence, std::move(batch));
  while (!early_.empty() && early_.begin()->first == next_ && next_ < end_) {
    const SharedBatch ready = std::move(early_.begin()->second);
    early_.erase(early_.begin());
    ++next_;
    for (SinkInlet* outlet : outlets_) outlet->push(ready);
  }
  if (next_ >= end_) dropped.swap(early_);
  changed_.notify_all();
}

void Sequencer::cut(std::uint64_t sequence) {
  const std::lock_guard lock(mutex_);
  end_ = std::min(end_, sequence);
  changed_.notify_all();
}

bool Sequencer::wants(std::uint64_t sequence) {
  const std::lock_guard lock(mutex_);
  return sequence < end_;
}

void Sequencer::close() {
  std::map<std::uint64_t, SharedBatch> dropped;
  {
    const std::lock_guard lock(mutex_);
    dropped.swap(early_);
  }
  for (SinkInlet* outlet : outlets_) outlet->close();
}

}  // namespace haulier::host
