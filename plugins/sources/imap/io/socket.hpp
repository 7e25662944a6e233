#pragma once
#include <chrono>
#include <cstdint>
#include <span>
#include <string>

#include "io/byte_stream.hpp"
#include "io/resolver.hpp"

namespace haulier::imap {

/// Owns a non-blocking TCP descriptor and knows the descriptor that becomes readable when the run is to stop (borrowed,
/// -1: none). Moves only.
class Socket {
 public:
  Socket(int fd, int cancel_fd) : fd_(fd), cancel_fd_(cancel_fd) {}
  Socket(Socket&& other) noexcept : fd_(other.fd_), cancel_fd_(other.cancel_fd_) { other.fd_ = -1; }
  Socket& operator=(Socket&&) = delete;
  ~Socket();

  [[nodiscard]] int fd() const { return fd_; }
  /// Waits for the poll(2) events; see ByteStream::wait.
  std::chrono::milliseconds wait(short events, std::chrono::milliseconds timeout) const;

 private:
  int fd_;
  int cancel_fd_;
};

/// Looks the host up and connects to one of its addresses; the time is for both together.
[[nodiscard]] Socket dial(const std::string& host, std::uint16_t port, int cancel_fd,
                          std::chrono::milliseconds timeout);

/// Connects to whichever answers first: each address gets a quarter of a second's start before the next one is tried as
/// well (RFC 8305 section 5), so that a dead IPv6 route costs no more than that. `name` is for messages.
[[nodiscard]] Socket connect_to_any(std::span<const Address> addresses, const std::string& name, int cancel_fd,
                                    std::chrono::milliseconds timeout);

/// The unencrypted stream before STARTTLS.
class PlainStream : public ByteStream {
 public:
  explicit PlainStream(Socket socket) : socket_(std::move(socket)) {}
  [[nodiscard]] Read read(std::span<char> into) override;
  [[nodiscard]] std::size_t write(std::string_view bytes) override;
  std::chrono::milliseconds wait(bool to_write, std::chrono::milliseconds timeout) override;
  [[nodiscard]] std::string description() const override { return "plain"; }
  /// For the TLS handshake; the stream is of no use afterwards.
  [[nodiscard]] Socket release() { return std::move(socket_); }

 private:
  Socket socket_;
};

}  // namespace haulier::imap
