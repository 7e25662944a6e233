// What one run did, as one JSON file that scripts read. Additive: keys are never renamed or removed while
// report_version is 1.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/exit_code.hpp"
#include "cli/failure.hpp"
#include "report/redact.hpp"

namespace haulier::host {

struct RunCounters {
  std::int64_t read = 0;
  std::int64_t written = 0;
  std::int64_t filtered = 0;
  std::int64_t quarantined = 0;
  std::int64_t unchanged = 0;

  // Nothing may vanish between the source and the sinks.
  [[nodiscard]] bool balanced() const { return read == written + filtered + quarantined + unchanged; }
};

// A source, transform or sink.
struct StageReport {
  std::string id;
  std::string version;
  std::map<std::string, double> metrics;
};

struct PartitionReport {
  std::string name;
  RunCounters counters;
  std::string error;  // empty: none
};

struct RunReport {
  std::string haulier_version;
  std::string pipeline;
  std::string run_id;
  std::string guarantee;  // "exactly once", "at least once": what this pipeline really has
  ExitCode exit_code = ExitCode::ok;
  std::optional<Failure> failure;
  std::int64_t started_at_us = 0;
  std::int64_t ended_at_us = 0;
  std::int64_t duration_us = 0;  // monotonic
  RunCounters counters;
  StageReport source;
  std::vector<StageReport> transforms;
  std::vector<StageReport> sinks;
  std::vector<PartitionReport> partitions;  // may be empty
  std::int64_t peak_memory_bytes = 0;
  std::vector<std::string> warnings;
};

// Pretty-printed, keys in a fixed order, ends with a newline. Texts lose their secrets; numbers and times stay.
[[nodiscard]] std::string run_report_json(const RunReport& report, const Redact& redact = {});

// VmHWM of this process in bytes; 0 when unknown.
[[nodiscard]] std::int64_t peak_memory_bytes();

enum class Durable { yes, no };

// Writes a new file beside `path` and renames it, so a reader sees the old or the new text, never half; with
// Durable::yes after a power cut too. Throws Failed (exit 74).
void write_file_atomically(const std::string& path, const std::string& text, Durable durable);

}  // namespace haulier::host
