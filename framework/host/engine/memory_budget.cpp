#include "engine/memory_budget.hpp"

namespace haulier::host {

bool MemoryBudget::wait_for_room(Cancellation& cancel) {
  if (!must_wait()) return !cancel.cancelled();
  waiting_.fetch_add(1, std::memory_order_seq_cst);
  if (wake_holders_) wake_holders_();
  {
    const auto listener = cancel.listen([this] { wake_waiters(); });
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !must_wait() || cancel.cancelled(); });
  }
  waiting_.fetch_sub(1, std::memory_order_seq_cst);
  return !cancel.cancelled();
}

void MemoryBudget::wake_waiters() noexcept {
  // The empty critical section orders this wake after the waiter's test of its condition.
  { const std::lock_guard lock(mutex_); }
  changed_.notify_all();
}

}  // namespace haulier::host
