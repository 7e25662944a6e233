#include "batch_queue.hpp"

#include <utility>

namespace haulier::imap {

bool BatchQueue::push(Batch batch) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return closed_ || batches_.size() < capacity_; });
  if (closed_) return false;
  batches_.push_back(std::move(batch));
  lock.unlock();
  changed_.notify_all();
  return true;
}

std::optional<Batch> BatchQueue::pop() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return ended_ || !batches_.empty(); });
  if (batches_.empty()) return std::nullopt;
  Batch batch = std::move(batches_.front());
  batches_.pop_front();
  lock.unlock();
  changed_.notify_all();
  return batch;
}

void BatchQueue::end() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  changed_.notify_all();
}

void BatchQueue::close() {
  std::deque<Batch> dropped;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    dropped.swap(batches_);
  }
  changed_.notify_all();
}

}  // namespace haulier::imap
