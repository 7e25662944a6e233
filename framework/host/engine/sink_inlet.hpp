// SinkInlet: the queue before one sink. Its size is bounded by the memory budget, which the source obeys.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>

#include "clock.hpp"
#include "engine/cancellation.hpp"
#include "engine/memory_budget.hpp"
#include "engine/sink_batch.hpp"

namespace haulier::host {

using SharedBatch = std::shared_ptr<const SinkBatch>;  // shared: every sink holds it until its own commit

// One thread pushes at a time, one pops.
class SinkInlet {
 public:
  SinkInlet(Clock& clock, const MemoryBudget& budget, Cancellation& cancel);

  void push(SharedBatch batch);
  // Nothing more comes.
  void close();
  // Makes a waiting pop() look again: the source began to wait for memory.
  void poke();

  // The next batch; null at the deadline, at the end, when cancelled, or while the source waits for memory of which the
  // caller holds a share that matters.
  [[nodiscard]] SharedBatch pop(std::int64_t deadline_us, const MemoryBudget::Held& held);
  // Closed and empty.
  [[nodiscard]] bool ended() const;
  // Throws away what is queued and what comes: the sink has failed.
  void abandon();

 private:
  Clock& clock_;
  const MemoryBudget& budget_;
  Cancellation& cancel_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<SharedBatch> queue_;
  bool closed_ = false;
  bool abandoned_ = false;
  Cancellation::Listener listener_;
};

}  // namespace haulier::host
