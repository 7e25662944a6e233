#include "engine/work_queue.hpp"

#include <utility>

namespace haulier::host {

WorkQueue::WorkQueue(std::size_t max_batches, std::uint64_t max_bytes, Cancellation& cancel)
    : max_batches_(max_batches), max_bytes_(max_bytes), cancel_(cancel) {
  listener_ = cancel.listen([this] {
    const std::lock_guard lock(mutex_);
    room_.notify_all();
    work_.notify_all();
  });
}

bool WorkQueue::push(Envelope&& envelope) {
  std::unique_lock lock(mutex_);
  const std::uint64_t bytes = envelope.size_bytes;
  room_.wait(lock, [&] {
    const bool room = queue_.size() < max_batches_ && bytes_ + bytes <= max_bytes_;
    return room || queue_.empty() || cancel_.cancelled();
  });
  if (cancel_.cancelled()) return false;
  bytes_ += bytes;
  queue_.push_back(std::move(envelope));
  lock.unlock();  // or the worker wakes up only to wait for the mutex
  work_.notify_one();
  return true;
}

void WorkQueue::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  work_.notify_all();
}

std::optional<Envelope> WorkQueue::pop() {
  std::unique_lock lock(mutex_);
  work_.wait(lock, [&] { return !queue_.empty() || closed_ || cancel_.cancelled(); });
  if (queue_.empty() || cancel_.cancelled()) return std::nullopt;
  std::optional<Envelope> out(std::move(queue_.front()));
  queue_.pop_front();
  bytes_ -= out->size_bytes;
  lock.unlock();
  room_.notify_one();
  return out;
}

}  // namespace haulier::host
