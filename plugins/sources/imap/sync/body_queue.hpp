#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proto/interval_set.hpp"

namespace haulier::imap {

/// Which messages are still to be fetched, and what became of those that did not come: a set that the server refuses is
/// halved down to the one message that spoils it; a message that is listed but not delivered is asked for once more,
/// looked up, and then given up. A value, used by one MailboxSync.
class BodyQueue {
 public:
  /// A message that could not be had in this pass.
  struct Failure {
    std::uint32_t uid;
    std::string reason;
    bool passing;  ///< another day may help
  };

  void want(const IntervalSet& uids) { wanted_.insert(uids); }
  /// They turned out to be gone, or to be there already.
  void forget(const IntervalSet& uids);
  [[nodiscard]] bool wants(std::uint32_t uid) const { return wanted_.contains(uid); }

  /// The next set to ask for, at most this big; nullopt when there is none.
  [[nodiscard]] std::optional<IntervalSet> next(std::uint64_t max_count, std::size_t max_octets);
  /// A message arrived.
  void arrived();

  /// The answer to a set: `rest` is what did not come.
  void delivered(const IntervalSet& rest);
  void refused(const IntervalSet& rest, std::string_view reason, bool passing);
  /// One message that was asked for in another way: given up in this pass.
  void refuse(std::uint32_t uid, std::string_view reason, bool passing);
  /// The connection went away while these were asked for. Nothing arrived since the last loss: ask for less, and give
  /// up the first message when it breaks the connection three times.
  void lost(const IntervalSet& rest, std::string_view reason);

  /// Messages to look up because they were listed but not delivered.
  [[nodiscard]] std::optional<IntervalSet> next_probe(std::size_t max_octets);
  void probed(const IntervalSet& asked, const IntervalSet& present);

  [[nodiscard]] std::vector<Failure> take_failures();
  [[nodiscard]] bool empty() const { return wanted_.empty() && halves_.empty() && missing_.empty(); }
  [[nodiscard]] std::uint64_t wanted_count() const;
  /// Many refusals in a row and not one message: the mailbox is at fault, not a message.
  [[nodiscard]] bool hopeless() const { return refusals_in_row_ > kMaxRefusalsInRow; }

 private:
  static constexpr unsigned kMaxRefusalsInRow = 20;
  static constexpr unsigned kMaxLosses = 3;

  IntervalSet wanted_;
  std::deque<IntervalSet> halves_;
  IntervalSet missing_;
  IntervalSet asked_twice_;
  std::vector<Failure> failures_;
  std::map<std::uint32_t, unsigned> losses_;
  std::uint64_t limit_ = UINT64_MAX;  ///< messages per set after losses
  unsigned refusals_in_row_ = 0;
  bool arrived_since_loss_ = false;
};

}  // namespace haulier::imap
