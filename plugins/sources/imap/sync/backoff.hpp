#pragma once
#include <cstdint>

namespace haulier::imap {

/// How long to rest before the next connection of one lane of an account: exponential with full jitter, so that the
/// clients of a server that restarts do not come back together. A hint of the server is honoured and jittered upwards.
/// The row of losses ends only with a committed batch or after five good minutes: that a connection was made, or bytes
/// came, proves nothing. A value; pure.
class Backoff {
 public:
  static constexpr std::uint64_t kBaseMs = 1000;
  static constexpr std::uint64_t kCapMs = 60'000;
  static constexpr std::int64_t kGoodUs = 300'000'000;

  /// Signed in. `now_us` is monotonic here and below.
  void connected(std::int64_t now_us) { connected_us_ = now_us; }
  /// The connection, or the attempt at one, is over. `commits`: batches of the account that were ever committed.
  /// Returns the rest in milliseconds.
  [[nodiscard]] std::uint64_t lost(std::int64_t now_us, std::uint64_t commits, std::uint64_t hint_ms,
                                   std::uint64_t random);
  [[nodiscard]] unsigned in_a_row() const { return in_a_row_; }

 private:
  unsigned in_a_row_ = 0;
  std::uint64_t commits_ = 0;       // at the last loss
  std::int64_t connected_us_ = -1;  // -1: not since the last loss
};

}  // namespace haulier::imap
