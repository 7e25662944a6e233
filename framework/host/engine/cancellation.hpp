// Cancellation: the one event that wakes every wait of a group of threads.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>

#include "clock.hpp"

namespace haulier::host {

// Set once, never cleared. Owned by the run; two exist in one: "stop reading" for the source and "stop everything" for
// the rest. Thread: any.
class Cancellation {
 public:
  // Its function is called by the thread that cancels (at once when that has happened already) and never after the
  // listener is gone. It may lock, but must not touch the Cancellation.
  class Listener {
   public:
    Listener() = default;
    Listener(Listener&& other) noexcept;
    Listener& operator=(Listener&& other) noexcept;
    ~Listener() { reset(); }

   private:
    friend class Cancellation;
    using Iterator = std::list<std::function<void()>>::iterator;
    Listener(Cancellation& owner, Iterator at) : owner_(&owner), at_(at) {}
    void reset() noexcept;
    Cancellation* owner_ = nullptr;
    Iterator at_{};
  };

  Cancellation();
  ~Cancellation();
  Cancellation(const Cancellation&) = delete;
  Cancellation& operator=(const Cancellation&) = delete;

  void cancel();
  [[nodiscard]] bool cancelled() const noexcept { return cancelled_.load(std::memory_order_acquire); }
  // Readable once cancelled; never read from it.
  [[nodiscard]] int fd() const noexcept { return event_; }
  // Lets time pass until the monotonic deadline. Returns true when cancelled.
  bool pause(Clock& clock, std::int64_t deadline_us);
  [[nodiscard]] Listener listen(std::function<void()> on_cancel);

 private:
  std::atomic<bool> cancelled_{false};
  int event_ = -1;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::list<std::function<void()>> listeners_;
};

}  // namespace haulier::host
