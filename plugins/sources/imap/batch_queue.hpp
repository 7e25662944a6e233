#pragma once
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>

#include "haulier/batch.hpp"

namespace haulier::imap {

/// Batches on their way from the threads of a source to the host's. What lies here counts against the host's memory
/// and is not yet on its way there, so it is short: as long as the host takes nothing, the connections wait. Any
/// thread; the order of one sender is kept.
class BatchQueue {
 public:
  explicit BatchQueue(std::size_t capacity) : capacity_(capacity) {}

  /// Waits for room. False: nobody takes anything any more.
  [[nodiscard]] bool push(Batch batch);
  /// Waits for a batch; nullopt: end() was called and all were taken.
  [[nodiscard]] std::optional<Batch> pop();
  /// No more batches will come.
  void end();
  /// Wakes every sender; what was not taken is dropped.
  void close();

 private:
  const std::size_t capacity_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Batch> batches_;
  bool ended_ = false;
  bool closed_ = false;
};

}  // namespace haulier::imap
