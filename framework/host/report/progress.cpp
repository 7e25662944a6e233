#include "report/progress.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace haulier::host {

namespace {

std::string fixed(double value) {
  std::array<char, 32> buffer{};
  std::snprintf(buffer.data(), buffer.size(), value < 10 ? "%.1f" : "%.0f", value);
  return buffer.data();
}

std::string time_words(double seconds) {
  const auto whole = static_cast<std::int64_t>(seconds);
  if (whole >= 3600) return std::to_string(whole / 3600) + " h " + std::to_string(whole / 60 % 60) + " min";
  if (whole >= 60) return std::to_string(whole / 60) + " min " + std::to_string(whole % 60) + " s";
  return std::to_string(whole) + " s";
}

}  // namespace

std::string progress_words(const ProgressState& state, std::int64_t elapsed_us) {
  const double seconds = std::max(static_cast<double>(elapsed_us) / 1e6, 1e-3);
  const double rate = static_cast<double>(state.done) / seconds;
  std::string text = std::to_string(state.done);
  if (state.total > 0) {
    text += " of " + std::to_string(state.total) + " (" + std::to_string(100 * state.done / state.total) + " %)";
  }
  text += ", " + fixed(rate) + "/s, " + fixed(static_cast<double>(state.bytes) / 1e6 / seconds) + " MB/s";
  if (state.total > state.done && rate > 0) {
    text += ", " + time_words(static_cast<double>(state.total - state.done) / rate) + " left";
  }
  return state.place.empty() ? text : text + "  " + state.place;
}

Progress::Progress(LogSink& log, const Clock& clock, bool quiet)
    : log_(log), clock_(clock), quiet_(quiet), started_us_(clock.monotonic_us()) {
  next_us_ = started_us_ + (log.options().terminal ? kTerminalIntervalUs : kLogIntervalUs);
}

Progress::~Progress() { log_.set_progress(""); }

void Progress::update(const ProgressState& state) {
  if (quiet_) return;
  const std::lock_guard lock(mutex_);
  const std::int64_t now_us = clock_.monotonic_us();
  if (now_us < next_us_) return;
  const std::string words = progress_words(state, now_us - started_us_);
  if (log_.options().terminal) {
    next_us_ = now_us + kTerminalIntervalUs;
    log_.set_progress(words);
  } else {
    next_us_ = now_us + kLogIntervalUs;
    log_.log(LogLevel::info, "host", words);
  }
}

void Progress::finish() { log_.set_progress(""); }

}  // namespace haulier::host
