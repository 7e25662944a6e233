#include "io/stop_signal.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <cstdint>

#include "io/byte_stream.hpp"

namespace haulier::imap {

StopSignal::StopSignal(int host_fd) : both_(epoll_create1(EPOLL_CLOEXEC)), event_(eventfd(0, EFD_CLOEXEC)) {
  epoll_event readable{};
  readable.events = EPOLLIN;
  const bool made = both_ >= 0 && event_ >= 0 && epoll_ctl(both_, EPOLL_CTL_ADD, event_, &readable) == 0 &&
                    epoll_ctl(both_, EPOLL_CTL_ADD, host_fd, &readable) == 0;
  if (made) return;
  if (both_ >= 0) close(both_);
  if (event_ >= 0) close(event_);
  throw IoError(IoError::Kind::kLocal, "no descriptor is left for the signal to stop");
}

StopSignal::~StopSignal() {
  close(both_);
  close(event_);
}

void StopSignal::stop() noexcept {
  stopped_.store(true, std::memory_order_release);
  const std::uint64_t one = 1;
  // A counter that is full is readable, too.
  [[maybe_unused]] const auto written = write(event_, &one, sizeof one);
}

}  // namespace haulier::imap
