#pragma once
#include <functional>
#include <memory>

#include "config.hpp"
#include "io/byte_stream.hpp"

namespace haulier::imap {

/// How to reach a server: the seam at which tests put a scripted stream. Copies share what costs to make; a copy may be
/// used on another thread.
struct Transport {
  /// A new connection. With implicit TLS it is encrypted and verified when it is returned.
  std::function<std::unique_ptr<ByteStream>()> connect;
  /// STARTTLS: the same connection, encrypted and verified.
  std::function<std::unique_ptr<ByteStream>(std::unique_ptr<ByteStream>)> encrypt;
};

/// TCP and TLS for one server; `cancel_fd` is borrowed.
[[nodiscard]] Transport make_transport(const ServerConfig& server, const Timeouts& timeouts, int cancel_fd);

/// The same, with its first connection being made from now on, on a thread of its own; connect() waits for it and
/// throws what went wrong with it. One that has waited for long is left: servers give only so much time to sign in.
[[nodiscard]] Transport connecting(Transport transport);

}  // namespace haulier::imap
