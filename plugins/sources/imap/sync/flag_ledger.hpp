#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "proto/interval_set.hpp"

namespace haulier::imap {

/// The flags of an IMAP list in one spelling: sorted, single blanks, without \Recent, which is no property of a
/// message. A flag is an atom (RFC 9051 section 9), so anything but printable ASCII becomes `?`.
[[nodiscard]] std::string canonical_flags(std::string_view flags);

/// Remembers the flags of stored messages on servers without CONDSTORE, so that a refresh finds what changed. One
/// interval set per distinct list of flags: a mailbox that was read from the old end to the new one takes a few bytes.
/// A value. When it gets too ragged it forgets everything and says so: every refresh then counts as a change.
class FlagLedger {
 public:
  static constexpr std::size_t kMaxIntervals = 20'000;
  static constexpr std::size_t kMaxLists = 512;

  /// Returns true when the flags differ from what was known, or nothing was known.
  bool update(std::uint32_t uid, const std::string& canonical);
  void forget(const IntervalSet& uids);
  void clear() { uids_.clear(); }
  /// For reading the state back.
  void restore(const std::string& canonical, IntervalSet uids) { uids_[canonical] = std::move(uids); }

  [[nodiscard]] const std::map<std::string, IntervalSet>& lists() const { return uids_; }
  friend bool operator==(const FlagLedger& a, const FlagLedger& b) { return a.uids_ == b.uids_; }

 private:
  std::map<std::string, IntervalSet> uids_;
  std::size_t updates_since_check_ = 0;
};

}  // namespace haulier::imap
