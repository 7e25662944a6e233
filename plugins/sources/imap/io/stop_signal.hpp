#pragma once
#include <atomic>

namespace haulier::imap {

/// Wakes every wait of a source: readable once the host cancels or stop() was called. For threads that must end when
/// the source is destroyed in the middle of a run. Owned by the source; any thread.
class StopSignal {
 public:
  /// `host_fd` is borrowed. Throws IoError(kLocal).
  explicit StopSignal(int host_fd);
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  void stop() noexcept;
  [[nodiscard]] bool stopped() const noexcept { return stopped_.load(std::memory_order_acquire); }
  /// To be put into every poll().
  [[nodiscard]] int fd() const noexcept { return both_; }

 private:
  int both_ = -1;  // an epoll of the host's descriptor and ours
  int event_ = -1;
  std::atomic<bool> stopped_{false};
};

}  // namespace haulier::imap
