// StateOrder: remembers which of two state rows is the older one, for pipelines with several sinks.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/state_rows.hpp"

namespace haulier::host {

// Each sink commits on its own, so after a crash one may be ahead of another, and their rows do not say which. Two rows
// can be put in order only when they come from the same reading of the source: that is why every sink holds the rows
// the source starts from before it reads (Resume::resets), and why the file starts anew then. From there on a row's
// place in the order is the number of the batch that brought it, whichever sink commits it first; its fingerprint is
// written down with that number before any sink commits it. Losing the file costs reading a place again, never data.
// Thread-safe.
class StateOrder {
 public:
  // The batches that brought this row: the first and the last, when a source came back to a row that it had before.
  struct Span {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
  };

  // Reads what is there. A file that is missing is an empty one, a line that is damaged is none.
  explicit StateOrder(std::string file);
  ~StateOrder();
  StateOrder(const StateOrder&) = delete;
  StateOrder& operator=(const StateOrder&) = delete;

  // Starts the file anew: each of so many sinks holds these rows, and the source goes on from them. Throws Failed
  // (exit 74).
  void begin(const StateRows& base, std::size_t sinks);
  // `sink` is about to commit these rows, and what it noted before is committed. positions: by key, from 1. Throws
  // Failed (exit 74).
  void note(std::size_t sink, const StateRows& rows, const StatePositions& positions);
  [[nodiscard]] std::optional<Span> find(const std::string& key, const OwnedRecord& row) const;

 private:
  struct Mark {
    std::string print;
    std::uint64_t position = 0;
  };
  // What a sink may hold of one place: the row before last that it noted, and the last.
  using Held = std::map<std::string, std::array<Mark, 2>>;

  void learn(const Mark& mark);
  void write_anew();

  const std::string file_;
  mutable std::mutex mutex_;
  std::map<std::string, Span> spans_;  // fingerprint -> as read, and as noted since
  std::vector<Mark> base_;
  std::vector<Held> held_;  // by sink
  std::size_t lines_ = 0;
  int fd_ = -1;
};

// Where the source is to go on so that no sink misses anything.
struct Resume {
  StateRows rows;                    // for the source: of each place the oldest row
  std::vector<StateRows> resets;     // by sink: rows that it has to go back to before the source reads
  std::vector<std::string> lacking;  // places that a sink has no row of: to be read from the start
  std::vector<std::string> unknown;  // places whose rows differ, and nobody knows which is older: likewise
};

// order: null when there is none.
[[nodiscard]] Resume resume_from(const std::vector<StateRows>& sinks, const StateOrder* order);

}  // namespace haulier::host
