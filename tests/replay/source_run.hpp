#pragma once
#include <string>
#include <vector>

#include "scripted_stream.hpp"

namespace replay {

// What a run of the IMAP source over a trace gave, as lines of text.
struct RunResult {
  std::vector<std::string> records;  // in order; the state row behind the records of its batch
  std::string end;                   // "end", or the error's status, words and hint
  std::vector<std::string> audits;
  double bodies = 0;
  double round_trips = 0;
};

// `config`: JSON of the source. The header lines of the trace (# config: {...}) are used when it is empty.
[[nodiscard]] RunResult run_source(const Trace& trace, const std::string& config, Cuts cuts,
                                   const std::vector<std::pair<std::string, std::string>>& state = {});

// What "# key: value" says at the top of a trace file; empty when it is not there.
[[nodiscard]] std::string trace_header(const std::string& path, const std::string& key);

}  // namespace replay
