#pragma once
#include <cstdint>
#include <optional>

#include "proto/interval_set.hpp"
#include "proto/types.hpp"

namespace haulier::imap {

/// What EXAMINE (QRESYNC ...) told of one mailbox, as a claim that is still to be checked: what vanished, and which
/// messages behind the last known UID were named at all. A value, used by one MailboxSync.
class Resync {
 public:
  /// EXAMINE was sent; UIDs from `uidnext` on are new.
  void asked(std::uint64_t uidnext);
  /// The mailbox turned out to be another one, or the connection is gone.
  void drop() { *this = {}; }

  /// A FETCH that came with the answer.
  void changed(std::uint32_t uid);
  void vanished(const IntervalSet& uids);

  [[nodiscard]] bool active() const { return active_; }
  /// Nothing at all was told. With a HIGHESTMODSEQ that moved this means that the server does not do what it says.
  [[nodiscard]] bool silent() const { return silent_; }
  [[nodiscard]] const IntervalSet& gone() const { return gone_; }
  /// New messages that were named as changed.
  [[nodiscard]] IntervalSet arrivals() const;
  /// The part of the new UIDs up to `uidnext` that was neither named nor stored: a gap, or something the server keeps
  /// back. Told once; nullopt: told already, or there is nothing to tell.
  [[nodiscard]] std::optional<IntervalSet> unexplained(std::uint64_t uidnext, const IntervalSet& live);

 private:
  bool active_ = false;
  bool silent_ = true;
  bool coverage_checked_ = false;
  std::uint64_t first_new_ = 0;
  IntervalSet changed_;  ///< only new ones
  IntervalSet gone_;
};

}  // namespace haulier::imap
