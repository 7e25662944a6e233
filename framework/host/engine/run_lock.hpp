// RunLock: keeps two runs that write to the same sinks apart on one machine.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "clock.hpp"

namespace haulier::host {

// One file, held with flock(2) and touched by its holder. The kernel lets go of it when the holder ends, however it
// ends. A holder that is alive but has not touched the file for a lease (stopped, a machine that slept) is passed over:
// its file is removed and a new one made. What the passed-over run still commits, the sinks' fences refuse.
class RunLock {
 public:
  // Nothing is touched. The clock outlives this.
  RunLock(std::string folder, const std::string& name, std::int64_t lease_ms, Clock& clock);
  ~RunLock();
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;

  // False: another run holds it. Throws Failed with exit 74 when the file cannot be made. One thread.
  [[nodiscard]] bool try_take();
  // The holder is still there; without effect when the lock is not held. Thread: any.
  void touch() noexcept;
  // Whether try_take() passed over a holder.
  [[nodiscard]] bool passed_over() const noexcept { return passed_over_; }
  // How often the holder must touch it.
  [[nodiscard]] std::int64_t touch_interval_ms() const noexcept { return lease_ms_ / 4; }

  [[nodiscard]] const std::string& file() const noexcept { return file_; }
  // What the holder wrote about itself; empty when nobody did.
  [[nodiscard]] std::string holder() const;

 private:
  [[nodiscard]] int open_file(const std::string& path) const;
  [[nodiscard]] bool stale(int fd) const noexcept;
  [[nodiscard]] bool lock_current();
  [[nodiscard]] bool pass_over();
  void sign(int fd) noexcept;

  const std::string folder_;
  const std::string file_;
  const std::int64_t lease_ms_;
  Clock& clock_;
  std::atomic<int> fd_{-1};
  bool passed_over_ = false;
};

}  // namespace haulier::host
