#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "haulier/batch.hpp"
#include "proto/interval_set.hpp"

namespace replay {

// Keeps account of what a run handed over, to hold its states against: a state must not name a message as stored that
// was not handed over before it or with it.
class Delivered {
 public:
  // What earlier runs stored, as state rows: mailbox and JSON.
  explicit Delivered(const std::vector<std::pair<std::string, std::string>>& state);
  void add(haulier::BatchView batch);
  // The first state that was ahead; empty when there was none.
  [[nodiscard]] const std::string& ahead() const { return ahead_; }

 private:
  void check(const std::string& mailbox, const std::string& json);

  std::map<std::pair<std::string, std::uint64_t>, haulier::imap::IntervalSet> uids_;  // by mailbox and UIDVALIDITY
  std::string ahead_;
};

}  // namespace replay
