#pragma once
#include <cstdint>
#include <string>

namespace haulier::imap {

/// Signs that a server shows only a part of a mailbox, without a word about it: providers hide what is older than 30
/// days (NetEase, QQ: a setting of the web mailbox) or stop at a round number of messages (Yahoo, Gmail's folder
/// limit). Nothing of this is proof, so it is told and changes nothing.
enum class PartialView { kNone, kRoundCount, kRecentOnly };

/// Exactly as many as servers are known to stop at.
[[nodiscard]] bool is_round_count(std::uint64_t messages);

/// The first complete look at a mailbox ends about 30 days ago. `oldest_us`: the oldest INTERNALDATE; 0: none.
[[nodiscard]] bool ends_at_30_days(std::uint64_t messages, std::int64_t oldest_us, std::int64_t now_us);

/// What is suspected, and what a person can do; empty for kNone.
[[nodiscard]] std::string partial_view_words(PartialView view, std::uint64_t messages);

}  // namespace haulier::imap
