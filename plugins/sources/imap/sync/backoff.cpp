#include "sync/backoff.hpp"

#include <algorithm>

namespace haulier::imap {

std::uint64_t Backoff::lost(std::int64_t now_us, std::uint64_t commits, std::uint64_t hint_ms, std::uint64_t random) {
  const bool good = connected_us_ >= 0 && now_us - connected_us_ >= kGoodUs;
  if (good || commits > commits_) in_a_row_ = 0;
  commits_ = commits;
  connected_us_ = -1;
  ++in_a_row_;
  // Upwards only: a server that names a time means it.
  if (hint_ms > 0) return hint_ms + random % (kBaseMs + hint_ms / 8);
  return random % std::min(kCapMs, kBaseMs << std::min(in_a_row_, 16U));
}

}  // namespace haulier::imap
