#pragma once
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>

#include "visit.hpp"

namespace haulier::imap {

/// Which connection of an account reads which mailbox in one pass. A mailbox belongs to the connection that took it
/// until that gives it back, so that the batches of one partition stay in order. Owned by the pass; any thread. A visit
/// itself is touched only by the connection that has it.
class MailboxDispenser {
 public:
  /// `connections`: how many there may be; one is there already.
  explicit MailboxDispenser(unsigned connections) : most_(connections) {}

  /// Once, by the first connection. With more than one connection the biggest mailbox comes first. `first_alone`: the
  /// others wait until the first one is through (Gmail's \All, whose messages the labels need to know).
  void fill(std::deque<Visit> visits, bool first_alone);
  /// How many connections the work is worth, after fill(). A connection costs several round trips and a sign-in.
  [[nodiscard]] unsigned connections() const { return connections_; }
  /// By index; the container does not change after fill().
  [[nodiscard]] std::deque<Visit>& visits() { return visits_; }

  /// nullopt: nothing now.
  [[nodiscard]] std::optional<std::size_t> take();
  /// Mailboxes that are to be read by whoever comes, in this order, before all others. `indices` is empty afterwards.
  void give_back(std::deque<std::size_t>& indices);
  /// The mailbox is through.
  void closed(std::size_t index);

  /// One more connection.
  void join();
  enum class Left {
    kMore,    ///< there is something to take: stay
    kOthers,  ///< it left, others go on
    kLast     ///< it left as the last one: the pass is over
  };
  /// Nothing is left for this connection; waits while that is not certain. `in_any_case`: whatever there is.
  [[nodiscard]] Left leave(bool in_any_case = false);
  /// This connection cannot go on. False: it is the last one and has to. `refused`: the server wants no more
  /// connections than the others.
  [[nodiscard]] bool quit(bool refused = false);
  /// This connection failed for good: nothing more is given to anybody.
  void fail();
  /// True: more than one connection reads now.
  [[nodiscard]] bool shared() const;
  /// The most connections that the server let in, when it refused one.
  [[nodiscard]] std::optional<unsigned> allowed() const;

  /// The whole account is to rest until then (monotonic microseconds).
  void pause_until(std::int64_t at_us);
  [[nodiscard]] std::int64_t paused_until() const;

 private:
  [[nodiscard]] bool takeable() const;

  const unsigned most_;
  unsigned connections_ = 1;
  std::deque<Visit> visits_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::size_t> waiting_;
  std::optional<std::size_t> alone_;
  unsigned alive_ = 1;
  std::optional<unsigned> allowed_;
  std::int64_t paused_until_us_ = 0;
  bool failed_ = false;
};

}  // namespace haulier::imap
