#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "sync/server_ids.hpp"

namespace haulier::imap {

/// The server ids of an account whose messages are in the database for certain: those of the states that were loaded,
/// and those of batches that were committed since. What is only on its way does not count, because another mailbox's
/// batch may be committed first. One per account, owned by the source; the host's reading thread.
class StoredIds {
 public:
  void add(const IdLedger& ids) { stored_.insert(ids.ids().begin(), ids.ids().end()); }
  /// The next batch of `partition` was given to the host, with new messages of these ids.
  void given(const std::string& partition, std::vector<std::uint64_t> ids);
  /// All batches of the partition up to its n-th one are durable.
  void committed(std::string_view partition, std::uint64_t n);

  [[nodiscard]] bool contains(std::uint64_t hash) const { return stored_.contains(hash); }
  [[nodiscard]] bool empty() const { return stored_.empty(); }

 private:
  struct OnTheWay {
    std::uint64_t batches = 0;
    std::deque<std::pair<std::uint64_t, std::vector<std::uint64_t>>> ids;  ///< by number of the batch
  };
  std::unordered_set<std::uint64_t> stored_;
  std::map<std::string, OnTheWay, std::less<>> on_the_way_;
};

}  // namespace haulier::imap
