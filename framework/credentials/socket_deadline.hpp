// Ends a blocking exchange at a fixed time.
#pragma once

#include <fcntl.h>
#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "file_descriptor.hpp"

namespace haulier::credentials {

// Shuts the socket down when the deadline passes, which wakes whatever blocks on it: Poco's own time-outs count per
// call, so a server that sends one byte now and then could hold the vault's lock for ever. Owns a thread and a
// duplicate of the descriptor, so that it can never hit a descriptor number that was closed and given out again.
class SocketDeadline {
 public:
  SocketDeadline(int fd, std::chrono::steady_clock::time_point deadline)
      : socket_(::fcntl(fd, F_DUPFD_CLOEXEC, 0)), thread_([this, deadline] { watch(deadline); }) {}
  ~SocketDeadline() {
    {
      const std::lock_guard lock(mutex_);
      done_ = true;
    }
    wake_.notify_one();
    thread_.join();
  }
  SocketDeadline(const SocketDeadline&) = delete;
  SocketDeadline& operator=(const SocketDeadline&) = delete;

  [[nodiscard]] bool expired() const noexcept { return expired_; }

 private:
  void watch(std::chrono::steady_clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    if (wake_.wait_until(lock, deadline, [this] { return done_; })) return;
    expired_ = true;
    ::shutdown(socket_.get(), SHUT_RDWR);
  }

  FileDescriptor socket_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool done_ = false;
  std::atomic<bool> expired_ = false;
  std::thread thread_;  // last: it uses the members above
};

}  // namespace haulier::credentials
