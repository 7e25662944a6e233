// How long to wait before the next attempt: a pure function.
#pragma once

#include <cstdint>

namespace haulier::host {

struct BackoffPolicy {
  std::int64_t first_wait_ms = 1'000;
  std::int64_t max_wait_ms = 300'000;
  // A server's hint is obeyed up to here, so that a wrong hint cannot park a pipeline for days.
  std::int64_t max_hint_ms = 3'600'000;
};

// Exponential with full jitter: a random part of min(max_wait, first_wait * 2^(attempt - 1)).
// attempt: 1 after the first failure. random: in [0, 1). hint_ms: the other side's wish, 0 = none; it wins, and the
// jitter is added to it so that many clients do not come back in the same millisecond.
[[nodiscard]] std::int64_t backoff_ms(const BackoffPolicy& policy, unsigned attempt, double random,
                                      std::int64_t hint_ms = 0);

}  // namespace haulier::host
