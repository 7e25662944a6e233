// WorkQueue: batches between the source and the workers, bounded by number and bytes.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>

#include "engine/cancellation.hpp"
#include "engine/sink_batch.hpp"

namespace haulier::host {

// One thread pushes, any number pop.
class WorkQueue {
 public:
  WorkQueue(std::size_t max_batches, std::uint64_t max_bytes, Cancellation& cancel);

  // Waits for room; one batch always fits. False: cancelled.
  [[nodiscard]] bool push(Envelope&& envelope);
  void close();
  // Waits for work. None: closed and empty, or cancelled.
  [[nodiscard]] std::optional<Envelope> pop();

 private:
  const std::size_t max_batches_;
  const std::uint64_t max_bytes_;
  Cancellation& cancel_;
  std::mutex mutex_;
  std::condition_variable room_;  // waited for by the one that pushes
  std::condition_variable work_;
  std::deque<Envelope> queue_;
  std::uint64_t bytes_ = 0;
  bool closed_ = false;
  Cancellation::Listener listener_;
};

}  // namespace haulier::host
