// Time as a parameter: nothing in the host calls now() itself.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <limits>
#include <mutex>

namespace haulier::host {

// A deadline that never comes; for waits on another thread's work.
inline constexpr std::int64_t kForever = std::numeric_limits<std::int64_t>::max();

// Wall time, monotonic time and waiting. Every function may be called from any thread.
class Clock {
 public:
  virtual ~Clock() = default;

  // Microseconds since 1970, UTC. For stamps that people read, never for durations.
  [[nodiscard]] virtual std::int64_t now_us() const = 0;
  // Microseconds since an arbitrary point; never goes back.
  [[nodiscard]] virtual std::int64_t monotonic_us() const = 0;

  // Waits for another thread's work: until `ready` holds or the monotonic deadline has passed. `lock` is held by the
  // caller and while `ready` runs. Returns what `ready` says at the end.
  virtual bool wait(std::unique_lock<std::mutex>& lock, std::condition_variable& changed, std::int64_t deadline_us,
                    const std::function<bool()>& ready) = 0;

  // Lets time pass (back-off, polling interval) unless `stop` holds first. Same contract as wait(), but a virtual clock
  // may jump to the deadline instead of waiting for it.
  virtual bool pause(std::unique_lock<std::mutex>& lock, std::condition_variable& changed, std::int64_t deadline_us,
                     const std::function<bool()>& stop) {
    return wait(lock, changed, deadline_us, stop);
  }
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] std::int64_t now_us() const override;
  [[nodiscard]] std::int64_t monotonic_us() const override;
  bool wait(std::unique_lock<std::mutex>& lock, std::condition_variable& changed, std::int64_t deadline_us,
            const std::function<bool()>& ready) override;
};

// For tests: time moves only by advance(), and by pause(), which jumps to its deadline at once.
class VirtualClock final : public Clock {
 public:
  explicit VirtualClock(std::int64_t now_us = 1'700'000'000'000'000) : now_us_(now_us) {}

  void advance(std::int64_t us);
  // With false, pause() waits for advance() like wait() does.
  void set_pause_jumps(bool jumps) { pause_jumps_ = jumps; }
  // Threads inside wait() now: lets a test see that a thread has come to rest.
  [[nodiscard]] int waiting() const { return waiting_; }
  // Sum of the time that pause() skipped.
  [[nodiscard]] std::int64_t paused_us() const { return paused_us_; }

  [[nodiscard]] std::int64_t now_us() const override { return now_us_; }
  [[nodiscard]] std::int64_t monotonic_us() const override { return monotonic_us_; }
  bool wait(std::unique_lock<std::mutex>& lock, std::condition_variable& changed, std::int64_t deadline_us,
            const std::function<bool()>& ready) override;
  bool pause(std::unique_lock<std::mutex>& lock, std::condition_variable& changed, std::int64_t deadline_us,
             const std::function<bool()>& stop) override;

 private:
  std::atomic<std::int64_t> now_us_;
  std::atomic<std::int64_t> monotonic_us_{0};
  std::atomic<std::int64_t> paused_us_{0};
  std::atomic<int> waiting_{0};
  std::atomic<bool> pause_jumps_{true};
};

}  // namespace haulier::host
