#include "cli/command_run.hpp"

#include <unistd.h>

#include <cstdio>
#include <string>

#include "cli/pipeline_argument.hpp"
#include "cli/pipeline_setup.hpp"
#include "config/quantity.hpp"

namespace haulier::host {

namespace {

std::string number(double value, const char* format) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

// "520 read: 500 written, 0 unchanged, 18 filtered, 2 quarantined; 12.3 MB in 3.2 s; peak memory 48 MiB; exactly once"
std::string summary(const RunReport& report, std::uint64_t bytes) {
  const RunCounters& n = report.counters;
  const double seconds = static_cast<double>(report.duration_us) / 1e6;
  std::string out = std::to_string(n.read) + " read: " + std::to_string(n.written) + " written, " +
                    std::to_string(n.unchanged) + " unchanged, " + std::to_string(n.filtered) + " filtered, " +
                    std::to_string(n.quarantined) + " quarantined; ";
  out += number(static_cast<double>(bytes) / 1e6, "%.1f MB in ") + number(seconds, "%.2f s");
  if (seconds > 0 && n.read > 0) {
    out += number(static_cast<double>(n.read) / seconds, " (%.0f/s, ") +
           number(static_cast<double>(bytes) / 1e6 / seconds, "%.1f MB/s)");
  }
  out += "; peak memory " + number(static_cast<double>(report.peak_memory_bytes) / 1048576, "%.0f MiB");
  return out + "; " + report.guarantee;
}

// A plugin that does not return although everything was cancelled cannot be joined. Nothing that is not committed is
// lost by leaving: the next run does it again.
[[noreturn]] void leave(LogSink& log) {
  log.set_progress("");
  log.write_raw(failure_text({.exit_code = ExitCode::try_again,
                              .what = "a plugin does not return; leaving without it",
                              .data_safety = "everything up to the last commit is stored"},
                             false));
  ::_exit(to_int(ExitCode::try_again));
}

int run_pipeline(Invocation& invocation) {
  RunOptions options;
  options.watch = invocation.has("watch");
  options.recheck = invocation.has("recheck");
  options.limit = static_cast<std::uint64_t>(invocation.count_option("limit").value_or(0));
  options.deadline_ms = invocation.milliseconds_option("deadline").value_or(0);
  PipelineSetup setup(invocation);
  setup.open_audit();
  LogSink& log = invocation.services.log;
  Progress progress(log, invocation.services.clock, invocation.global.quiet);
  std::int64_t bytes = 0;
  options.progress = [&](const ProgressState& state) {
    bytes = state.bytes;
    progress.update(state);
  };
  options.stuck = [&log] { leave(log); };
  PipelineRun run(setup.config(), setup.registry(), setup.parts(), std::move(options));
  RunReport report;
  {
    const StopWatcher watcher(invocation.services.stop, [&run] { run.request_stop("a signal asked for it"); });
    report = run.run();
  }
  progress.finish();
  for (std::string& words : setup.credential_warnings()) report.warnings.push_back(std::move(words));
  const auto report_file = invocation.option("report");
  const std::string file = report_file.value_or(setup.config().report_file.value_or(""));
  // What is committed is in the sinks; a report that a power cut takes is no loss worth two syncs of each poll.
  if (!file.empty()) write_file_atomically(file, run_report_json(report, invocation.services.redact), Durable::no);
  log.log(LogLevel::info, "host", summary(report, static_cast<std::uint64_t>(bytes)));
  if (report.failure) {
    Failure failure = *report.failure;
    if (failure.exit_code == ExitCode::try_again && failure.command.empty()) {
      failure.command = "haulier run " + invocation.arguments[0];
    }
    throw Failed(std::move(failure));
  }
  return to_int(report.exit_code);
}

}  // namespace

Command run_command() {
  return {.name = "run",
          .summary = "run a pipeline: read what is new, write it, remember how far it came",
          .description =
              "Goes on where the last run ended. It may be stopped or killed at any moment: the next run continues\n"
              "from the last commit, nothing is lost and nothing is there twice. The first SIGTERM or SIGINT stops\n"
              "reading and commits what was read; the second ends the process at once.",
          .arguments = {{"PIPELINE.yaml"}},
          .options = {{"watch", "", "do not end: wait for what is new, until a signal or --deadline stops it"},
                      {"limit", "N", "stop after about N records of the source (default: no limit)"},
                      {"deadline", "TIME", "commit and stop after this time (exit code 75), e.g. 10m (default: none)"},
                      {"recheck", "", "look into the sink and read again what is missing there (see haulier verify)"},
                      {"report", "FILE", "write what the run did as JSON"},
                      set_option()},
          .exit_codes = {ExitCode::ok, ExitCode::quarantined, ExitCode::usage, ExitCode::bad_state, ExitCode::bug,
                         ExitCode::local_io, ExitCode::try_again, ExitCode::protocol, ExitCode::needs_auth,
                         ExitCode::bad_config},
          .examples = {{"haulier run pipelines/mail_files_to_sqlite.yaml", "once, now"},
                       {"haulier run mail.yaml --deadline 10m --report run.json", "from a scheduler"}},
          .run = [](Invocation& invocation) { return with_plugin_faults([&] { return run_pipeline(invocation); }); }};
}

}  // namespace haulier::host
