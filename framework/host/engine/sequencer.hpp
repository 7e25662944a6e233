// Sequencer: puts the batches of parallel workers back into the order in which the source made them.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <vector>

#include "engine/sink_inlet.hpp"

namespace haulier::host {

// The order is that of the run, which is more than the order per partition that the state needs, and makes two runs
// over the same data alike. Thread: any worker.
class Sequencer {
 public:
  // A worker this far ahead of the slowest one waits for it.
  static constexpr std::uint64_t kAhead = 64;  // batches

  Sequencer(std::vector<SinkInlet*> outlets, Cancellation& cancel);

  // Gives it, and whatever waited for it, to every sink.
  void put(SharedBatch batch);
  // This batch failed: it and everything after it never reaches a sink.
  void cut(std::uint64_t sequence);
  // False: put() would throw it away.
  [[nodiscard]] bool wants(std::uint64_t sequence);
  // All workers are done.
  void close();

 private:
  std::vector<SinkInlet*> outlets_;
  Cancellation& cancel_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::uint64_t, SharedBatch> early_;
  std::uint64_t next_ = 0;
  std::uint64_t end_ = UINT64_MAX;
  Cancellation::Listener listener_;
};

}  // namespace haulier::host
