#pragma once
#include <sys/socket.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "io/byte_stream.hpp"

struct addrinfo;

namespace haulier::imap {

/// An address of a host, with its port. A value.
struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;

  [[nodiscard]] bool is_ipv6() const { return storage.ss_family == AF_INET6; }
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  [[nodiscard]] std::string text() const;
};

/// As getaddrinfo(3). It gets its own strings, because it may go on when nobody waits any more.
using LookUpName = std::function<int(const char* host, const char* port, const addrinfo* hints, addrinfo** found)>;

/// The addresses of `host`, at most 16, the two families in turn (RFC 8305 section 4). getaddrinfo cannot be
/// interrupted, so it runs in a thread of its own that owns what it uses and is left behind when it is too slow:
/// plugins are never unloaded, so its code stays. Throws IoError: kResolve, kTimeout, kCancelled.
[[nodiscard]] std::vector<Address> resolve(const std::string& host, std::uint16_t port, int cancel_fd,
                                           std::chrono::milliseconds timeout);
/// For tests: with another look-up.
[[nodiscard]] std::vector<Address> resolve(const std::string& host, std::uint16_t port, int cancel_fd,
                                           std::chrono::milliseconds timeout, LookUpName look_up);

/// The same addresses, the families in turn, beginning with that of the first.
[[nodiscard]] std::vector<Address> families_in_turn(std::vector<Address> addresses);

}  // namespace haulier::imap
