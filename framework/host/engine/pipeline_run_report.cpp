// How a run ended, and what it did.
#include <string>
#include <utility>

#include "engine/pipeline_run.hpp"

namespace haulier::host {

Failure PipelineRun::verdict() const {
  const std::lock_guard lock(mutex_);
  if (failure_) return *failure_;
  if (skipped_) return {.exit_code = ExitCode::ok};
  // What was read and not committed when the drain time ended is read again: that is not a lost record.
  if (stop_ && (stop_all_.cancelled() || !(reader_ && reader_->reached_end()))) {
    return {.exit_code = ExitCode::try_again,
            .what = "stopped: " + *stop_,
            .data_safety = "everything up to the last commit is stored; the next run goes on from there"};
  }
  for (std::size_t i = 0; i < config_.sinks.size(); ++i) {
    const RunCounters counters = ledger_.counters(i);
    if (counters.balanced() && counters.read == static_cast<std::int64_t>(ledger_.read_total())) continue;
    return {.exit_code = ExitCode::bug,
            .what = "the numbers of " + config_.sinks[i].path +
                    " do not balance: " + std::to_string(ledger_.read_total()) + " records read, " +
                    std::to_string(counters.written) + " written, " + std::to_string(counters.unchanged) +
                    " unchanged, " + std::to_string(counters.filtered) + " filtered, " +
                    std::to_string(counters.quarantined) + " quarantined"};
  }
  std::int64_t quarantined = 0;
  for (std::size_t i = 0; i < config_.sinks.size(); ++i) quarantined += ledger_.counters(i).quarantined;
  return {.exit_code = quarantined > 0 ? ExitCode::quarantined : ExitCode::ok};
}

bool PipelineRun::has_ended_badly() const {
  const std::lock_guard lock(mutex_);
  return failure_ || stop_ || skipped_;
}

void PipelineRun::audit_end(const RunReport& report) {
  const RunCounters& n = report.counters;
  parts_.audit->record("run_ended", {{"pipeline", config_.name},
                                     {"run_id", services_.run_id},
                                     {"exit_code", std::to_string(to_int(report.exit_code))},
                                     {"read", std::to_string(n.read)},
                                     {"written", std::to_string(n.written)},
                                     {"quarantined", std::to_string(n.quarantined)}});
  parts_.audit->flush();
}

namespace {

StageReport stage_report(const PluginInstance& instance) {
  StageReport out;
  out.id = instance.use().id;
  out.version = instance.version();
  out.metrics = instance.metrics();
  out.name = instance.use().name;
  return out;
}

double seconds(std::int64_t us) { return static_cast<double>(us) / 1e6; }

}  // namespace

RunReport PipelineRun::report() {
  RunReport out;
  const Failure end = verdict();
  out.haulier_version = HAULIER_VERSION;
  out.pipeline = config_.name;
  out.run_id = services_.run_id;
  out.guarantee = pipeline_.guarantee();
  out.exit_code = end.exit_code;
  if (end.exit_code != ExitCode::ok && end.exit_code != ExitCode::quarantined) {
    out.failure = end;
    const bool wrote = ledger_.commits_total() > 0;
    if (!wrote && out.failure->data_safety.empty()) {
      out.failure->data_safety = "this run wrote nothing; what earlier runs stored is as it was";
    }
  }
  out.started_at_us = started_at_us_;
  out.ended_at_us = services_.clock.now_us();
  out.duration_us = services_.clock.monotonic_us() - started_us_;
  // What was read but not settled is read again by the next run, and counted there.
  out.counters = ledger_.counters();
  out.partitions = ledger_.partitions();
  out.source = stage_report(pipeline_.source());
  if (reader_) {
    out.source.metrics["busy_seconds"] = seconds(reader_->busy_us());
    out.source.metrics["batches"] = static_cast<double>(reader_->batches());
  }
  for (std::size_t i = 0; i < config_.transforms.size(); ++i) {
    out.transforms.push_back(stage_report(*pipeline_.chains()[0][i]));
    out.transforms.back().metrics["busy_seconds"] = seconds(transform_us_[i]);
  }
  for (std::size_t i = 0; i < config_.sinks.size(); ++i) {
    out.sinks.push_back(stage_report(*pipeline_.sinks()[i].instance));
    out.sinks.back().guarantee = pipeline_.guarantee(i);
    out.sinks.back().counters = ledger_.counters(i);
    if (i >= writers_.size()) continue;
    const SinkStats stats = writers_[i]->stats();
    auto& metrics = out.sinks.back().metrics;
    metrics["busy_seconds"] = seconds(stats.busy_us);
    metrics["commits"] = static_cast<double>(stats.commits);
    metrics["records"] = static_cast<double>(stats.records);
    metrics["retries"] = static_cast<double>(stats.retries);
  }
  const haulier_comparison* comparison = erased_.empty() ? nullptr : pipeline_.source().comparison();
  for (const SinkErasure& sink : erased_) {
    if (!out.erased) out.erased.emplace();
    const auto messages = sink.tables.find(std::string(view(comparison->detail)));
    out.erased->rows += messages == sink.tables.end() ? 0 : messages->second.rows;
    out.erased->bytes += sink.total().bytes + sink.outside.bytes;
  }
  out.peak_memory_bytes = peak_memory_bytes();
  return out;
}

}  // namespace haulier::host
