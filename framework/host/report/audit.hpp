// The audit log: JSON lines, each with the hash of the one before, so that a changed, removed or added line is found.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "clock.hpp"
#include "report/redact.hpp"

namespace haulier::host {

using AuditField = std::pair<std::string, std::string>;

enum class AuditFlush { each_line, on_flush };

struct AuditOptions {
  std::string file;
  bool fail_closed = true;  // a line that cannot be written throws; otherwise it is lost and counted
  AuditFlush flush = AuditFlush::each_line;
  Redact redact = {};  // for the values of fields
};

// Thread-safe; several processes may append to the same file (each line is written under a file lock). A torn last line
// of a crash is cut off and noted in the log itself. Owned by the run.
class Audit {
 public:
  // Opens or creates the file (0600). Throws Failed (exit 74), also when the file is no audit log.
  Audit(AuditOptions options, const Clock& clock);
  ~Audit();
  Audit(const Audit&) = delete;
  Audit& operator=(const Audit&) = delete;

  // Never content; a registered secret in a value is masked before the line is sealed. Throws Failed (exit 74) when it
  // cannot be written and fail_closed is set.
  void record(std::string_view event, const std::vector<AuditField>& fields = {});
  // Makes every line so far durable. Throws as record() does.
  void flush();
  // Lines that could not be written (only without fail_closed).
  [[nodiscard]] std::uint64_t lost() const;

 private:
  void append(std::string_view event, const std::vector<AuditField>& fields);
  void catch_up();
  void write_line(std::string_view event, const std::vector<AuditField>& fields);

  const AuditOptions options_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  int fd_ = -1;
  std::int64_t known_size_ = -1;  // file size after our last look; another size means another process wrote
  std::uint64_t number_ = 0;      // of the last line
  std::string hash_;              // of the last line, 64 hex digits
  std::uint64_t lost_ = 0;
};

struct AuditVerdict {
  bool intact = false;
  std::uint64_t lines = 0;     // good lines from the start
  std::uint64_t bad_line = 0;  // 1-based; 0: none
  std::string words;           // what was found
  std::string last_hash;       // of the last good line: keep it elsewhere, it proves that nothing was cut off later
};

// Reads line by line. `sought`: a hash that an earlier verdict gave and that must be there; empty: none. Throws Failed
// (exit 74) when the file cannot be read.
[[nodiscard]] AuditVerdict verify_audit(const std::string& file, std::string_view sought = {});

}  // namespace haulier::host
