#include "engine/sink_inlet.hpp"

#include <utility>

namespace haulier::host {

SinkInlet::SinkInlet(Clock& clock, const MemoryBudget& budget, Cancellation& cancel)
    : clock_(clock), budget_(budget), cancel_(cancel) {
  listener_ = cancel.listen([this] { poke(); });
}

void SinkInlet::push(SharedBatch batch) {
  {
    const std::lock_guard lock(mutex_);
    if (abandoned_) return;
    queue_.push_back(std::move(batch));
  }
  changed_.notify_one();
}

void SinkInlet::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  changed_.notify_all();
}

void SinkInlet::poke() {
  const std::lock_guard lock(mutex_);
  changed_.notify_all();
}

SharedBatch SinkInlet::pop(std::int64_t deadline_us, const MemoryBudget::Held& held) {
  std::unique_lock lock(mutex_);
  const auto ready = [&] { return !queue_.empty() || closed_ || budget_.wants_back(held) || cancel_.cancelled(); };
  clock_.wait(lock, changed_, deadline_us, ready);
  if (queue_.empty() || cancel_.cancelled()) return nullptr;
  SharedBatch out = std::move(queue_.front());
  queue_.pop_front();
  return out;
}

bool SinkInlet::ended() const {
  const std::lock_guard lock(mutex_);
  return closed_ && queue_.empty();
}

void SinkInlet::abandon() {
  std::deque<SharedBatch> dropped;
  {
    const std::lock_guard lock(mutex_);
    abandoned_ = true;
    dropped.swap(queue_);
  }
}

}  // namespace haulier::host
