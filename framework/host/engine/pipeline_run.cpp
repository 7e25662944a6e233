#include "engine/pipeline_run.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <thread>
#include <utility>

#include "engine/spill_file.hpp"
#include "report/escape.hpp"

namespace haulier::host {

namespace {

// What program, libraries, stacks and the sinks' caches take, measured with the pipelines of this repository.
constexpr std::uint64_t kProcessBytes = 48 << 20;
constexpr std::uint64_t kLeastBudget = 8 << 20;

// A source that knows how many records it will give in this run sets this gauge; progress is told as a share of it.
constexpr std::string_view kSourceRecords = "haulier_source_records";

std::string new_run_id(Clock& clock, RandomSource& random) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string id = format_utc(clock.now_us()).substr(0, 19) + "Z-";
  std::erase(id, ':');
  for (std::uint64_t i = 0, bits = random.next(); i < 6; ++i, bits >>= 4) id.push_back(kHex[bits & 15]);
  return id;
}

}  // namespace

RunServices RunParts::services(BlobStore& blobs, const std::string& pipeline) const {
  return {clock, log, metrics, crash_points, random, credentials, blobs, audit, pipeline, new_run_id(clock, random)};
}

std::uint64_t blob_budget(std::int64_t limit_bytes) {
  const auto limit = static_cast<std::uint64_t>(std::max<std::int64_t>(limit_bytes, 0));
  return limit > kProcessBytes + kLeastBudget ? limit - kProcessBytes : kLeastBudget;
}

std::size_t worker_count(std::int64_t configured) {
  if (configured > 0) return static_cast<std::size_t>(configured);
  return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, 16);
}

PipelineRun::PipelineRun(const PipelineConfig& config, const PluginRegistry& registry, const RunParts& parts,
                         RunOptions options)
    : config_(config),
      parts_(parts),
      options_(std::move(options)),
      started_at_us_(parts.clock.now_us()),
      started_us_(parts.clock.monotonic_us()),
      budget_({.memory_bytes = blob_budget(config.limits.memory_bytes), .spill_bytes = std::uint64_t{4} << 30}),
      blobs_({.spill_from = static_cast<std::uint64_t>(config.limits.spill_bytes),
              .directory = spill_directory(config.limits.spill_directory.value_or(""), parts.tmpdir)},
             budget_),
      services_(parts.services(blobs_, config.name)),
      ledger_(config.sinks.size()),
      pipeline_(config, registry, services_, stop_reading_, stop_all_, worker_count(config.limits.workers),
                parts.state_place),
      lock_(config, parts.state_place, parts.clock),
      queue_(static_cast<std::size_t>(config.limits.queue_batches), budget_.limits().memory_bytes, stop_all_),
      transform_us_(config.transforms.size()) {}

PipelineRun::~PipelineRun() = default;

void PipelineRun::request_stop(const std::string& why) {
  const std::lock_guard lock(mutex_);
  if (!stop_) stop_ = why;
  changed_.notify_all();
}

// The first failure is the run's; what follows from it (cancelled, queues dropped) is not.
void PipelineRun::fail(Failure failure) {
  const std::lock_guard lock(mutex_);
  if (!failure_) failure_ = std::move(failure);
  changed_.notify_all();
}

template <class F>
void PipelineRun::guarded(F&& f) {
  try {
    f();
  } catch (const Stopped&) {
  } catch (const PluginFault& fault) {
    fail(fault.failure());
  } catch (const Failed& failed) {
    fail(failed.failure());
  } catch (const std::exception& fault) {
    fail({.exit_code = ExitCode::bug, .what = fault.what()});
  }
}

RunReport PipelineRun::run() {
  services_.log.log(LogLevel::info, "host", "run started", {{"pipeline", config_.name}, {"run_id", services_.run_id}});
  std::thread conductor([this] {
    guarded([this] { conduct(); });
    const std::lock_guard lock(mutex_);
    done_ = true;
    changed_.notify_all();
  });
  supervise();
  conductor.join();
  RunReport out = report();
  if (parts_.audit) guarded([&] { audit_end(out); });
  services_.log.log(LogLevel::debug, "host", "run ended", {{"outcome", std::string(exit_code_words(out.exit_code))}});
  return out;
}

void PipelineRun::supervise() {
  std::unique_lock lock(mutex_);
  Clock& clock = services_.clock;
  std::int64_t at = options_.deadline_ms > 0 ? started_us_ + options_.deadline_ms * 1000 : kForever;
  const auto stopping = [this] { return stop_ || failure_; };
  enum { running, draining, cancelled, stuck } phase = running;
  while (!done_) {
    clock.wait(lock, changed_, at, [&] { return done_ || (phase == running && stopping()); });
    if (done_) return;
    if (phase == running) {
      if (!stopping()) stop_ = "the deadline has passed";
      phase = opened_ ? draining : cancelled;
      at = clock.monotonic_us() + (opened_ ? options_.drain_ms : options_.stuck_ms) * 1000;
    } else if (phase == draining) {
      phase = cancelled;
      at = clock.monotonic_us() + options_.stuck_ms * 1000;
    } else {
      phase = stuck;
      at = kForever;
    }
    lock.unlock();
    stop_reading_.cancel();
    if (phase != draining) stop_all_.cancel();
    if (phase == stuck && options_.stuck) options_.stuck();
    lock.lock();
  }
}

void PipelineRun::conduct() {
  if (parts_.audit) parts_.audit->record("run_started", {{"pipeline", config_.name}, {"run_id", services_.run_id}});
  take_lock();
  pipeline_.source().prepare();
  open_sinks();
  if (options_.watch) erase_old();
  open_source();
  std::vector<std::thread> workers;
  std::vector<std::thread> writers;
  start_threads(workers, writers);
  guarded([this] { reader_->run(); });
  queue_.close();
  for (std::thread& worker : workers) worker.join();
  sequencer_->close();
  for (std::thread& writer : writers) writer.join();
  reader_->tell_committed();
  if (!options_.watch) erase_old();
}

// All are opened before the first is taken over: one that is down costs no other run its fence.
void PipelineRun::open_sinks() {
  if (config_.retention_days > 0) require_erasing_sinks(pipeline_, config_);
  Retrier retrier(config_.retry, services_, stop_all_);
  for (const Pipeline::Sink& sink : pipeline_.sinks()) {
    if (!with_retries(retrier, [&] { sink.instance->open(pipeline_.schema().c(), false); })) throw Stopped{};
    services_.crash_points.step("engine.sink.opened");
  }
  for (const Pipeline::Sink& sink : pipeline_.sinks()) take_over(sink, retrier);
  align_sinks();
  pipeline_.offer_lookups();
}

void PipelineRun::take_over(const Pipeline::Sink& sink, Retrier& retrier) {
  const auto step = [&](auto&& f) {
    if (!with_retries(retrier, f)) throw Stopped{};
  };
  StateRows rows;
  step([&] { (void)sink.protocol->fence(); });
  services_.crash_points.step("engine.sink.fenced");
  step([&] { rows = sink.protocol->load(); });
  known_.push_back(std::move(rows));
}

void PipelineRun::align_sinks() {
  order_ = pipeline_.state_order();
  if (!order_) pipeline_.forget_state_order();
  Resume resume = resume_from(known_, order_.get());
  for (const std::string& key : resume.unknown) {
    services_.log.log(LogLevel::warning, "host",
                      "the sinks differ in their state and nobody knows which is older; "
                      "reading this place from the start",
                      {{"place", key}});
  }
  if (!resume.lacking.empty()) {
    services_.log.log(LogLevel::info, "host", "a sink has nothing of some places; reading them from the start",
                      {{"places", std::to_string(resume.lacking.size())}});
  }
  resume_ = std::move(resume.rows);
  if (!order_) return;
  for (std::size_t i = 0; i < known_.size(); ++i) {
    if (!resume.resets[i].empty()) go_back(i, resume.resets[i]);
  }
  services_.crash_points.step("engine.sinks.aligned");
  order_->begin(resume_, known_.size());
}

// Rows that the source makes from here on and rows of an earlier reading have no order, so the state of a sink that is
// ahead goes back to what the source starts from. Its data stays; keys make the overlap harmless.
void PipelineRun::go_back(std::size_t sink, const StateRows& rows) {
  SinkProtocol& protocol = *pipeline_.sinks()[sink].protocol;
  Retrier retrier(config_.retry, services_, stop_all_);
  for (bool done = false; !done;) {
    try {
      protocol.begin();
      protocol.commit(rows);
      done = true;
    } catch (const PluginFault& fault) {
      const bool passing = fault.status() == HAULIER_RETRY || fault.status() == HAULIER_COMMIT_UNKNOWN;
      if (fault.status() == HAULIER_CANCELLED && stop_all_.cancelled()) throw Stopped{};
      if (!passing) throw;
      protocol.rollback_quietly();
      if (!retrier.wait(fault)) throw Stopped{};
    }
  }
  services_.log.log(LogLevel::info, "host", "this sink is ahead of another; its state goes back to the other's",
                    {{"sink", config_.sinks[sink].path}, {"places", std::to_string(rows.size())}});
  for (const auto& [key, row] : rows) known_[sink].insert_or_assign(key, OwnedRecord(row.c()));
  services_.crash_points.step("engine.sink.went_back");
}

// Returns with the lock, or without where one cannot be had; leaves by Stopped or Failed when another run keeps it.
void PipelineRun::take_lock() {
  const bool fenced =
      std::none_of(pipeline_.sinks().begin(), pipeline_.sinks().end(), [](const auto& sink) { return sink.store; });
  const auto pause = [this] { return stop_all_.pause(services_.clock, services_.clock.monotonic_us() + 1'000'000); };
  const LockAnswer answer = lock_.take(config_.if_locked, fenced, services_.log, pause);
  if (answer == LockAnswer::stopped) throw Stopped{};
  if (answer == LockAnswer::occupied) {
    if (config_.if_locked == IfLocked::skip) throw skip();
    Failure failure = lock_.occupied(config_.name);
    failure.data_safety = "nothing was read or written by this run";
    failure.next = "stopped; the other run goes on";
    throw Failed(std::move(failure));
  }
  services_.crash_points.step("engine.locked");
}

PipelineRun::Stopped PipelineRun::skip() {
  services_.log.log(LogLevel::info, "host", "another run of this pipeline is at work; nothing to do here");
  const std::lock_guard lock(mutex_);
  skipped_ = true;
  return {};
}

void PipelineRun::open_source() {
  const StateBatch state(resume_, pipeline_.schema().source_state().value_or(0));
  if (options_.recheck && !pipeline_.source().recheck()) {
    throw Failed({.exit_code = ExitCode::bad_config,
                  .what = config_.source.path + " cannot check again what it has read",
                  .data_safety = "nothing was read or written"});
  }
  const haulier_source_options options{sizeof options, options_.watch ? 1u : 0u, options_.limit};
  Retrier retrier(config_.retry, services_, stop_reading_);
  if (!with_retries(retrier, [&] { pipeline_.source().open(options, state.c()); })) throw Stopped{};
  services_.crash_points.step("engine.source.opened");
}

SinkWriterParts PipelineRun::writer_parts(std::size_t sink) {
  // Each commit costs syncs, so a group may hold most of the memory; the rest keeps the source going meanwhile.
  const CommitPolicy policy{
      .bytes = std::min(static_cast<std::uint64_t>(config_.limits.commit_bytes), budget_.limits().memory_bytes / 4 * 3),
      .interval_us = config_.limits.commit_interval_ms * 1000};
  std::function<void(const StateRows&, const StatePositions&)> before_commit;
  if (order_) {
    before_commit = [this, sink](const StateRows& rows, const StatePositions& positions) {
      order_->note(sink, rows, positions);
    };
  }
  return {.index = sink,
          .use = config_.sinks[sink],
          .protocol = *pipeline_.sinks()[sink].protocol,
          .inlet = *inlets_[sink],
          .schema = pipeline_.schema(),
          .run = services_,
          .config = config_,
          .ledger = ledger_,
          .cancel = stop_all_,
          .policy = policy,
          .before_commit = std::move(before_commit),
          .on_commit = [this, sink](const std::vector<Ledger::Settled>& batches) { committed(sink, batches); }};
}

void PipelineRun::start_threads(std::vector<std::thread>& workers, std::vector<std::thread>& writers) {
  std::vector<SinkInlet*> outlets;
  for (std::size_t i = 0; i < pipeline_.sinks().size(); ++i) {
    inlets_.push_back(std::make_unique<SinkInlet>(services_.clock, budget_, stop_all_));
    outlets.push_back(inlets_.back().get());
    writers_.push_back(std::make_unique<SinkWriter>(writer_parts(i), std::move(known_[i])));
  }
  budget_.on_pressure([this] {
    for (const auto& inlet : inlets_) inlet->poke();
  });
  sequencer_ = std::make_unique<Sequencer>(std::move(outlets), stop_all_);
  reader_ = std::make_unique<SourceReader>(SourceReaderParts{.source = pipeline_.source(),
                                                             .queue = queue_,
                                                             .schema = pipeline_.schema(),
                                                             .budget = budget_,
                                                             .run = services_,
                                                             .config = config_,
                                                             .ledger = ledger_,
                                                             .stop_reading = stop_reading_,
                                                             .limit = options_.limit});
  {
    const std::lock_guard lock(mutex_);
    opened_ = true;
  }
  for (Pipeline::Chain& chain : pipeline_.chains()) {
    workers.emplace_back([this, &chain] { work(chain); });
  }
  for (std::size_t i = 0; i < writers_.size(); ++i) {
    writers.emplace_back([this, i] { write(i); });
  }
}

void PipelineRun::work(Pipeline::Chain& chain) {
  while (std::optional<Envelope> envelope = queue_.pop()) {
    const std::uint64_t sequence = envelope->sequence;
    if (!sequencer_->wants(sequence)) continue;
    bool whole = false;
    guarded([&] {
      if (!transform(chain, *envelope)) return;
      services_.crash_points.step("engine.transformed");
      sequencer_->put(std::make_shared<const SinkBatch>(std::move(*envelope), pipeline_.schema(), budget_));
      whole = true;
    });
    if (!whole) sequencer_->cut(sequence);
  }
}

// False: cancelled.
bool PipelineRun::transform(Pipeline::Chain& chain, Envelope& envelope) {
  check_rejects(envelope);
  Retrier retrier(config_.retry, services_, stop_all_);
  for (std::size_t i = 0; i < chain.size(); ++i) {
    TransformInstance& stage = *chain[i];
    const std::int64_t start = services_.clock.monotonic_us();
    Batch out;
    for (bool done = false; !done;) {
      try {
        out = stage.apply(envelope.batch, envelope.origin_count);
        done = true;
      } catch (const PluginFault& fault) {
        if (fault.status() == HAULIER_CANCELLED && stop_all_.cancelled()) return false;
        // It can only be called again when it left the batch alone.
        if (fault.status() != HAULIER_RETRY || !envelope.batch.c().release) throw;
        if (!retrier.wait(fault)) return false;
      }
    }
    envelope.batch = std::move(out);
    take_rejects(envelope, pipeline_.schema(), stage.use().id, config_.quarantine_keep_raw, services_.clock.now_us());
    check_rejects(envelope);
    const std::int64_t spent = services_.clock.monotonic_us() - start;
    const std::lock_guard lock(mutex_);
    transform_us_[i] += spent;
  }
  return true;
}

void PipelineRun::check_rejects(const Envelope& envelope) {
  if (config_.on_error != OnError::stop || envelope.quarantined.empty()) return;
  const OwnedRecord& row = envelope.quarantined.front();
  throw Failed({.exit_code = ExitCode::bad_state,
                .what = "a record cannot go through: " + std::string(view(row[SinkSchema::kReason].v.s)) + " (" +
                        std::string(view(row[SinkSchema::kStage].v.s)) + ", " +
                        std::string(view(row[SinkSchema::kOrigin].v.s)) + ")",
                .command = "set on_error: quarantine in the pipeline file to put such records aside and go on"});
}

void PipelineRun::write(std::size_t sink) {
  guarded([&] { writers_[sink]->run(); });
  // After a failure nothing may pile up here; after a normal end there is nothing.
  inlets_[sink]->abandon();
}

void PipelineRun::committed(std::size_t sink, const std::vector<Ledger::Settled>& batches) {
  RunCounters sum;
  std::uint64_t bytes = 0;
  for (const Ledger::Settled& batch : batches) {
    add(sum, batch.counters);
    bytes += batch.bytes;
  }
  if (parts_.audit && config_.audit.sync == AuditSync::commit) parts_.audit->flush();
  const MetricLabels labels{{"sink", config_.sinks[sink].label()}};
  Metrics& metrics = services_.metrics;
  metrics.add("haulier_commits_total", labels);
  metrics.add("haulier_records_written_total", labels, static_cast<double>(sum.written));
  metrics.add("haulier_records_unchanged_total", labels, static_cast<double>(sum.unchanged));
  metrics.add("haulier_records_quarantined_total", labels, static_cast<double>(sum.quarantined));
  metrics.add("haulier_records_filtered_total", labels, static_cast<double>(sum.filtered));
  metrics.add("haulier_committed_bytes_total", labels, static_cast<double>(bytes));
  if (sink != 0 || !options_.progress) return;
  options_.progress({.done = ledger_.counters().read,
                     .total = static_cast<std::int64_t>(pipeline_.source().metric(kSourceRecords)),
                     .bytes = static_cast<std::int64_t>(ledger_.bytes()),
                     .place = batches.empty() ? std::string() : batches.back().partition->name});
}

}  // namespace haulier::host
