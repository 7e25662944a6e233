// PipelineRun: one run of a pipeline, from opening the sinks to the report.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/eraser.hpp"
#include "engine/pipeline.hpp"
#include "engine/run_lock.hpp"
#include "engine/sequencer.hpp"
#include "engine/sink_writer.hpp"
#include "engine/source_reader.hpp"
#include "engine/state_order.hpp"
#include "engine/work_queue.hpp"
#include "report/progress.hpp"
#include "report/run_report.hpp"

namespace haulier::host {

// What main() lends to a run; the references outlive it.
struct RunParts {
  Clock& clock;
  LogSink& log;
  Metrics& metrics;
  CrashPoints& crash_points;
  RandomSource& random;
  CredentialProvider& credentials;
  Audit* audit = nullptr;
  StatePlace state_place;
  const char* tmpdir = nullptr;  // environment: where spill files go

  // With a run id of its own.
  [[nodiscard]] RunServices services(BlobStore& blobs, const std::string& pipeline) const;
};

struct RunOptions {
  std::uint64_t limit = 0;       // source records; 0: none
  std::int64_t deadline_ms = 0;  // 0: none
  bool watch = false;
  bool recheck = false;            // do not believe the state; see haulier_recheck
  std::int64_t drain_ms = 20'000;  // what is read may still be committed so long after a stop
  std::int64_t stuck_ms = 10'000;  // a plugin that does not return so long after everything was cancelled hangs
  std::function<void(const ProgressState&)> progress = {};
  std::function<void()> stuck = {};  // does not return, or the run goes on waiting
};

// The memory that blobs and batches may use: the goal for the whole process less what program, libraries and the
// sinks' own caches take.
[[nodiscard]] std::uint64_t blob_budget(std::int64_t limit_bytes);
// Transform threads for `limits.workers`.
[[nodiscard]] std::size_t worker_count(std::int64_t configured);

// Threads: the caller of run() watches over stop and deadline; one thread opens everything and then is the source's;
// `workers` threads run transforms; one per sink writes. All are joined before run() returns.
class PipelineRun {
 public:
  // Makes every instance. Throws PluginFault or Failed.
  PipelineRun(const PipelineConfig& config, const PluginRegistry& registry, const RunParts& parts, RunOptions options);
  ~PipelineRun();
  PipelineRun(const PipelineRun&) = delete;
  PipelineRun& operator=(const PipelineRun&) = delete;

  // Once. Does not throw for what stops a run: that is in the report's failure and exit code.
  [[nodiscard]] RunReport run();
  // Thread: any. Stop reading, commit what was read, then end with exit code 75. `why` in words.
  void request_stop(const std::string& why);

 private:
  void conduct();
  void open_sinks();
  [[nodiscard]] bool has_ended_badly() const;
  void erase_old();
  void take_over(const Pipeline::Sink& sink, Retrier& retrier);
  void align_sinks();
  void go_back(std::size_t sink, const StateRows& rows);
  void take_lock();
  void open_source();
  void start_threads(std::vector<std::thread>& workers, std::vector<std::thread>& writers);
  void work(Pipeline::Chain& chain);
  [[nodiscard]] bool transform(Pipeline::Chain& chain, Envelope& envelope);
  void write(std::size_t sink);
  void committed(std::size_t sink, const std::vector<Ledger::Settled>& batches);
  void supervise();
  void fail(Failure failure);
  // Thrown to leave conduct() when the run was asked to stop.
  struct Stopped {};
  [[nodiscard]] Stopped skip();
  template <class F>
  void guarded(F&& f);
  void check_rejects(const Envelope& envelope);
  [[nodiscard]] RunReport report();
  void audit_end(const RunReport& report);
  [[nodiscard]] Failure verdict() const;
  [[nodiscard]] SinkWriterParts writer_parts(std::size_t sink);

  const PipelineConfig& config_;
  const RunParts parts_;
  const RunOptions options_;
  const std::int64_t started_at_us_;
  const std::int64_t started_us_;  // monotonic
  Cancellation stop_reading_;
  Cancellation stop_all_;
  MemoryBudget budget_;
  BlobStore blobs_;
  RunServices services_;
  Ledger ledger_;
  Pipeline pipeline_;
  RunLock lock_;
  WorkQueue queue_;
  std::vector<std::unique_ptr<SinkInlet>> inlets_;
  std::unique_ptr<Sequencer> sequencer_;
  std::unique_ptr<SourceReader> reader_;
  std::unique_ptr<StateOrder> order_;  // only with several sinks
  std::vector<StateRows> known_;       // by sink, as they are when the source opens
  StateRows resume_;                   // what the source goes on from
  std::vector<std::unique_ptr<SinkWriter>> writers_;

  std::vector<SinkErasure> erased_;  // by sink, when the pipeline has a retention

  mutable std::mutex mutex_;  // guards the rest
  std::condition_variable changed_;
  std::optional<Failure> failure_;
  std::optional<std::string> stop_;  // why
  bool skipped_ = false;             // if_locked: skip
  bool opened_ = false;
  bool done_ = false;
  std::vector<std::int64_t> transform_us_;  // by transform, all workers
};

}  // namespace haulier::host
