// How far a run is: a line at the bottom of a terminal, or a log line now and then.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>

#include "clock.hpp"
#include "report/log_sink.hpp"

namespace haulier::host {

struct ProgressState {
  std::int64_t done = 0;
  std::int64_t total = 0;  // 0: not known
  std::int64_t bytes = 0;
  std::string place;  // e.g. "me@example.org / INBOX"
};

// Thread-safe. On a terminal at most one line per second, redrawn in place; otherwise a log line at most every 10 s.
class Progress {
 public:
  static constexpr std::int64_t kTerminalIntervalUs = 1'000'000;
  static constexpr std::int64_t kLogIntervalUs = 10'000'000;

  // quiet: nothing at all. `log` and `clock` outlive it.
  Progress(LogSink& log, const Clock& clock, bool quiet);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void update(const ProgressState& state);
  // Removes the line.
  void finish();

 private:
  LogSink& log_;
  const Clock& clock_;
  const bool quiet_;
  std::mutex mutex_;
  const std::int64_t started_us_;
  std::int64_t next_us_;
};

// "1200 of 5000 (24 %), 310 msg/s, 12.5 MB/s, 12 s left  INBOX"
[[nodiscard]] std::string progress_words(const ProgressState& state, std::int64_t elapsed_us);

}  // namespace haulier::host
