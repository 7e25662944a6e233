#include "io/socket.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

namespace haulier::imap {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;
using Kind = IoError::Kind;

constexpr milliseconds kHeadStart{250};

milliseconds since(Clock::time_point start) { return std::chrono::duration_cast<milliseconds>(Clock::now() - start); }

// Several connects under way; the first that succeeds wins, the others are closed by their owners.
class Race {
 public:
  Race(int cancel_fd, std::string& last_error) : cancel_fd_(cancel_fd), last_error_(last_error) {}

  // Returns true when it is connected at once.
  bool start(const Address& address) {
    const int fd = ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
      last_error_ = std::strerror(errno);
      return false;
    }
    const int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
    runners_.emplace_back(fd, cancel_fd_);
    if (::connect(fd, address.get(), address.size) == 0) {
      winner_ = runners_.size() - 1;
      return true;
    }
    if (errno != EINPROGRESS) {
      last_error_ = std::strerror(errno);
      runners_.pop_back();
    }
    return false;
  }

  // Returns true when one is connected. Throws kCancelled.
  bool wait(milliseconds timeout) {
    std::vector<pollfd> watched;
    for (const auto& runner : runners_) watched.push_back({runner.fd(), POLLOUT, 0});
    watched.push_back({cancel_fd_, POLLIN, 0});
    const int ready = ::poll(watched.data(), watched.size(), static_cast<int>(timeout.count()));
    if (ready > 0 && watched.back().revents != 0) throw IoError(Kind::kCancelled, "cancelled while connecting");
    for (std::size_t i = runners_.size(); ready > 0 && i-- > 0;) {
      if (watched[i].revents == 0) continue;
      int error = 0;
      socklen_t size = sizeof error;
      getsockopt(runners_[i].fd(), SOL_SOCKET, SO_ERROR, &error, &size);
      if (error == 0) {
        winner_ = i;
        return true;
      }
      last_error_ = std::strerror(error);
      drop(i);
    }
    return false;
  }

  [[nodiscard]] bool running() const { return !runners_.empty(); }
  [[nodiscard]] Socket take() { return std::move(runners_[winner_]); }

 private:
  void drop(std::size_t i) {
    std::vector<Socket> left;
    for (std::size_t k = 0; k < runners_.size(); ++k) {
      if (k != i) left.push_back(std::move(runners_[k]));
    }
    runners_.swap(left);
  }

  int cancel_fd_;
  std::string& last_error_;
  std::vector<Socket> runners_;
  std::size_t winner_ = 0;
};

}  // namespace

Socket::~Socket() {
  if (fd_ >= 0) ::close(fd_);
}

milliseconds Socket::wait(short events, milliseconds timeout) const {
  const auto start = Clock::now();
  for (;;) {
    const auto left = std::max(milliseconds(0), timeout - since(start));
    pollfd watched[2] = {{fd_, events, 0}, {cancel_fd_, POLLIN, 0}};
    const int ready = ::poll(watched, 2, static_cast<int>(left.count()));
    if (ready < 0 && errno != EINTR) throw IoError(Kind::kLocal, std::string("poll: ") + std::strerror(errno));
    if (ready > 0 && watched[1].revents != 0) throw IoError(Kind::kCancelled, "cancelled");
    if (ready > 0) return since(start);
    if (ready == 0 && since(start) >= timeout) throw IoError(Kind::kTimeout, "no answer in time");
  }
}

Socket dial(const std::string& host, std::uint16_t port, int cancel_fd, milliseconds timeout) {
  const auto start = Clock::now();
  const auto addresses = resolve(host, port, cancel_fd, timeout);
  const auto left = std::max(milliseconds(0), timeout - since(start));
  return connect_to_any(addresses, host + " port " + std::to_string(port), cancel_fd, left);
}

Socket connect_to_any(std::span<const Address> addresses, const std::string& name, int cancel_fd,
                      milliseconds timeout) {
  const auto start = Clock::now();
  std::string last_error = "no usable address";
  Race race(cancel_fd, last_error);
  for (std::size_t next = 0; next < addresses.size() || race.running();) {
    if (since(start) >= timeout) throw IoError(Kind::kTimeout, "no connection to " + name + " in time");
    if (next < addresses.size() && race.start(addresses[next++])) return race.take();
    if (!race.running()) continue;
    const auto left = std::max(milliseconds(0), timeout - since(start));
    if (race.wait(next < addresses.size() ? std::min(kHeadStart, left) : left)) return race.take();
  }
  throw IoError(Kind::kConnect, "cannot connect to " + name + ": " + last_error);
}

ByteStream::Read PlainStream::read(std::span<char> into) {
  const auto size = ::recv(socket_.fd(), into.data(), into.size(), 0);
  if (size > 0) return {static_cast<std::size_t>(size), false};
  if (size == 0) return {0, true};
  if (errno == EAGAIN || errno == EINTR) return {};
  throw IoError(Kind::kClosed, std::string("connection lost: ") + std::strerror(errno));
}

std::size_t PlainStream::write(std::string_view bytes) {
  const auto size = ::send(socket_.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (size >= 0) return static_cast<std::size_t>(size);
  if (errno == EAGAIN || errno == EINTR) return 0;
  throw IoError(Kind::kClosed, std::string("connection lost: ") + std::strerror(errno));
}

milliseconds PlainStream::wait(bool to_write, milliseconds timeout) {
  return socket_.wait(static_cast<short>(to_write ? POLLIN | POLLOUT : POLLIN), timeout);
}

}  // namespace haulier::imap
