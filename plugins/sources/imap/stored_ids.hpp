#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "sync/server_ids.hpp"

namespace haulier::imap {

/// The server ids of an account whose messages are in the database for certain: those of the states that were loaded,
/// and those of batches that were committed since. What is only on its way does not count, because another mailbox's
/// batch may be committed first. One per account, shared by its connections; any thread.
class StoredIds {
 public:
  void add(const IdLedger& ids);
  /// The next batch of `partition` was given to the host, with new messages of these ids.
  void given(const std::string& partition, std::vector<std::uint64_t> ids);
  /// All batches of the partition up to its n-th one are durable. False: not a partition of this account.
  bool committed(std::string_view partition, std::uint64_t n);

  [[nodiscard]] bool contains(std::uint64_t hash) const;
  [[nodiscard]] bool empty() const;

 private:
  struct OnTheWay {
    std::uint64_t batches = 0;
    std::deque<std::pair<std::uint64_t, std::vector<std::uint64_t>>> ids;  ///< by number of the batch
  };
  mutable std::mutex mutex_;
  std::unordered_set<std::uint64_t> stored_;
  std::map<std::string, OnTheWay, std::less<>> on_the_way_;
};

}  // namespace haulier::imap
