#pragma once
#include <chrono>
#include <cstdint>
#include <string>

#include "io/socket.hpp"

namespace haulier::imap {

enum class ProxyKind { kNone, kHttp, kSocks5 };

/// A proxy on the way to the server. It sees the server's name, and then only TLS: certificate and name are checked
/// through it as without it. Its own sign-in is in clear text on the way to it: neither protocol knows anything better.
struct ProxySettings {
  ProxyKind kind = ProxyKind::kNone;
  std::string host;
  std::uint16_t port = 0;
  std::string user;  ///< empty: no sign-in
  std::string password;
};

/// Asks the proxy at the other end of `socket` for a way to host:port: HTTP CONNECT (RFC 9110 section 9.3.6, with
/// Basic, RFC 7617) or SOCKS5 (RFC 1928, with user name and password, RFC 1929). The name goes to the proxy as it is,
/// so it is looked up there. Not one byte behind the proxy's answer is read. Throws IoError: kConnect when it refuses,
/// kProxySignIn when it refuses because of user or password, kClosed, kTimeout, kCancelled.
void open_tunnel(const Socket& socket, const ProxySettings& proxy, const std::string& host, std::uint16_t port,
                 std::chrono::milliseconds timeout);

/// A connection to host:port by way of the proxy, or a direct one when there is none.
[[nodiscard]] Socket dial_through(const ProxySettings& proxy, const std::string& host, std::uint16_t port,
                                  int cancel_fd, std::chrono::milliseconds timeout);

}  // namespace haulier::imap
