#include "backoff.hpp"

#include <algorithm>

namespace haulier::host {

std::int64_t backoff_ms(const BackoffPolicy& policy, unsigned attempt, double random, std::int64_t hint_ms) {
  std::int64_t ceiling = std::min(policy.first_wait_ms, policy.max_wait_ms);
  for (unsigned i = 1; i < attempt && ceiling < policy.max_wait_ms; ++i) {
    ceiling = std::min(ceiling * 2, policy.max_wait_ms);
  }
  const double share = std::clamp(random, 0.0, 1.0);
  if (hint_ms > 0) {
    const auto spread = static_cast<std::int64_t>(share * static_cast<double>(policy.first_wait_ms));
    return std::min(hint_ms, policy.max_hint_ms) + spread;
  }
  return static_cast<std::int64_t>(share * static_cast<double>(ceiling));
}

}  // namespace haulier::host
