// "The process is to stop", as something that can be asked, waited for and polled.
#pragma once

#include <atomic>

namespace haulier::host {

// Set once, by the signal thread, a deadline or a test; never taken back. Thread-safe. Owned by main, lent to everyone
// who waits: the descriptor goes into every poll().
class StopEvent {
 public:
  StopEvent();
  ~StopEvent();
  StopEvent(const StopEvent&) = delete;
  StopEvent& operator=(const StopEvent&) = delete;

  void set();
  [[nodiscard]] bool is_set() const { return set_; }
  // Readable once set() was called. Nobody reads from it.
  [[nodiscard]] int fd() const { return fd_; }

 private:
  std::atomic<bool> set_{false};
  int fd_;
};

}  // namespace haulier::host
