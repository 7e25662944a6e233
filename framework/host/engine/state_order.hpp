// StateOrder: remembers which of two state rows is the older one, for pipelines with several sinks.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/state_rows.hpp"

namespace haulier::host {

// Each sink commits on its own, so after a crash one may be ahead of another, and their rows do not say which. Before a
// row is committed anywhere, its fingerprint is written to a small local file with a number that only grows. Losing the
// file costs reading a place again, never data. Thread-safe.
class StateOrder {
 public:
  // Reads what is there. A file that is missing or damaged is an empty one.
  explicit StateOrder(std::string file);
  ~StateOrder();
  StateOrder(const StateOrder&) = delete;
  StateOrder& operator=(const StateOrder&) = delete;

  // Starts the file anew with what is known of these rows. Throws Failed (exit 74).
  void keep_only(const std::vector<StateRows>& rows);
  // Numbers the rows that have no number yet. Throws Failed (exit 74).
  void note(const StateRows& rows);
  // A row that returned keeps its first number: resuming there gives everything after it again, which is safe.
  [[nodiscard]] std::optional<std::uint64_t> number(const std::string& key, const OwnedRecord& row) const;

 private:
  const std::string file_;
  mutable std::mutex mutex_;
  std::map<std::string, std::uint64_t> numbers_;  // fingerprint -> number
  std::uint64_t next_ = 1;
  int fd_ = -1;
};

// The rows to give to the source so that no sink misses anything: a row that a sink lacks is left out, of rows that
// differ the oldest counts, and without knowing which that is the row is left out too. `unknown`: keys of that last
// case.
[[nodiscard]] StateRows oldest_rows(const std::vector<StateRows>& sinks, const StateOrder* order,
                                    std::vector<std::string>& unknown);

}  // namespace haulier::host
