#include "clock.hpp"

#include <chrono>

namespace haulier::host {

namespace {

// How often a virtual waiter looks at the virtual time. Real time, bounds only how long a test's advance() takes.
constexpr auto kVirtualPoll = std::chrono::milliseconds(1);

}  // namespace

std::int64_t SystemClock::now_us() const {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(since).count();
}

std::int64_t SystemClock::monotonic_us() const {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(since).count();
}

bool SystemClock::wait(std::unique_lock<std::mutex>& lock, std::condition_variable& changed, std::int64_t deadline_us,
                       const std::function<bool()>& ready) {
  if (deadline_us == kForever) {
    changed.wait(lock, ready);
    return true;
  }
  const std::chrono::steady_clock::time_point deadline{std::chrono::microseconds(deadline_us)};
  return changed.wait_until(lock, deadline, ready);
}

void VirtualClock::advance(std::int64_t us) {
  now_us_ += us;
  monotonic_us_ += us;
}

bool VirtualClock::wait(std::unique_lock<std::mutex>& lock, std::condition_variable& changed, std::int64_t deadline_us,
                        const std::function<bool()>& ready) {
  ++waiting_;
  while (!ready() && monotonic_us_ < deadline_us) changed.wait_for(lock, kVirtualPoll);
  --waiting_;
  return ready();
}

bool VirtualClock::pause(std::unique_lock<std::mutex>& lock, std::condition_variable& changed, std::int64_t deadline_us,
                         const std::function<bool()>& stop) {
  if (!pause_jumps_ || deadline_us == kForever) return wait(lock, changed, deadline_us, stop);
  if (stop()) return true;
  const std::int64_t left_us = deadline_us - monotonic_us_;
  if (left_us > 0) {
    paused_us_ += left_us;
    advance(left_us);
  }
  return stop();
}

}  // namespace haulier::host
