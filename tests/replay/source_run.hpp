#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "scripted_stream.hpp"

namespace replay {

// What a run of the IMAP source over a trace gave, as lines of text.
struct RunOptions {
  std::uint64_t max_records = 0;
  bool cancelled = false;
  bool watch = false;
  unsigned calls_after_retry = 0;  // how often read() is called again after HAULIER_RETRY
};

struct RunResult {
  std::vector<std::string> records;  // in order; the state row behind the records of its batch
  std::string end;                   // "end", or the error's status, words and hint
  std::vector<std::string> audits;
  std::vector<std::string> logs;
  std::string ahead;  // the first state that names what was not handed over; see Delivered
  double bodies = 0;
  double connects = 0;
  double round_trips = 0;
};

// `config`: JSON of the source. A config with "oauth2" gets a token, any other one a password.
[[nodiscard]] RunResult run_source(const Trace& trace, const std::string& config, Cuts cuts,
                                   const std::vector<std::pair<std::string, std::string>>& state = {},
                                   const RunOptions& options = {});

// What "# key: value" says at the top of a trace file; empty when it is not there.
[[nodiscard]] std::string trace_header(const std::string& path, const std::string& key);

}  // namespace replay
