#include "engine/retrier.hpp"

#include <algorithm>
#include <string>

#include "backoff.hpp"

namespace haulier::host {

bool Retrier::wait(const PluginFault& fault) {
  const std::int64_t now = run_.clock.monotonic_us();
  if (attempts_++ == 0) first_us_ = now;
  ++total_;
  const auto limit = static_cast<std::uint64_t>(config_.attempts);
  if (limit > 0 && attempts_ >= limit) throw fault;
  const auto hint = static_cast<std::int64_t>(std::min<std::uint64_t>(fault.retry_after_ms(), INT64_MAX / 2000));
  const auto attempt = static_cast<unsigned>(std::min<std::uint64_t>(attempts_, 1000));
  const std::int64_t wait_ms = backoff_ms(config_.backoff, attempt, run_.random.fraction(), hint);
  if (config_.give_up_after_ms > 0 && now + wait_ms * 1000 - first_us_ > config_.give_up_after_ms * 1000) throw fault;
  run_.log.log(LogLevel::warning, fault.stage(), fault.message(),
               {{"retry_in_ms", std::to_string(wait_ms)}, {"attempt", std::to_string(attempts_)}});
  run_.metrics.add("haulier_retries_total", {{"plugin", fault.stage()}});
  return !cancel_.pause(run_.clock, now + wait_ms * 1000);
}

}  // namespace haulier::host
