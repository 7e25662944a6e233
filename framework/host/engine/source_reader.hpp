// SourceReader: the source's thread. Reads batches, gives them a number, detaches what transforms must not touch.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "engine/ledger.hpp"
#include "engine/memory_budget.hpp"
#include "engine/plugin_instance.hpp"
#include "engine/retrier.hpp"
#include "engine/sink_schema.hpp"
#include "engine/work_queue.hpp"

namespace haulier::host {

struct SourceReaderParts {
  SourceInstance& source;
  WorkQueue& queue;
  const SinkSchema& schema;
  MemoryBudget& budget;
  RunServices& run;
  const PipelineConfig& config;
  Ledger& ledger;
  Cancellation& stop_reading;
  std::uint64_t limit = 0;  // records; 0: none
};

class SourceReader {
 public:
  explicit SourceReader(SourceReaderParts parts);

  // Until the source ends, the limit is reached or reading is to stop. Throws PluginFault or Failed; what was read
  // before is on its way then.
  void run();
  // Tells the source what is durable now. On the source's thread, or after it ended.
  void tell_committed();
  [[nodiscard]] std::int64_t busy_us() const noexcept { return busy_us_; }
  [[nodiscard]] std::uint64_t batches() const noexcept { return sequence_; }
  // True when the source itself said that there is no more.
  [[nodiscard]] bool reached_end() const noexcept { return reached_end_; }

 private:
  // False: END or stop.
  [[nodiscard]] bool read(Batch& batch);
  [[nodiscard]] Envelope wrap(Batch&& batch);
  [[nodiscard]] Partition& partition(std::string_view name);

  SourceReaderParts p_;
  Retrier retrier_;
  std::map<std::string, std::unique_ptr<Partition>, std::less<>> partitions_;
  std::uint64_t sequence_ = 0;
  std::uint64_t origins_ = 0;
  std::int64_t busy_us_ = 0;
  bool reached_end_ = false;
};

}  // namespace haulier::host
