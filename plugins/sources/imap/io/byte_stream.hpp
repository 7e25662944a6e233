#pragma once
#include <chrono>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace haulier::imap {

/// What stopped a connection. The kind decides whether trying again helps.
class IoError : public std::runtime_error {
 public:
  enum class Kind {
    kResolve,      ///< the name has no address now
    kConnect,      ///< nobody listens, or the network is down
    kTimeout,      ///< silence, or too little in too long a time
    kClosed,       ///< the other side went away
    kTls,          ///< the handshake failed
    kCompression,  ///< COMPRESS went wrong: a connection without it may help
    kCertificate,  ///< the certificate is not one to trust for this host: a retry does not cure it
    kProxySignIn,  ///< the proxy wants or refuses a user and password: only the config cures that
    kCancelled,
    kLocal  ///< this machine: no descriptor, no such file
  };
  IoError(Kind kind, const std::string& what) : std::runtime_error(what), kind_(kind) {}
  [[nodiscard]] Kind kind() const { return kind_; }

 private:
  Kind kind_;
};

/// A connected, non-blocking stream of bytes. One thread. Errors are thrown as IoError.
class ByteStream {
 public:
  virtual ~ByteStream() = default;

  struct Read {
    std::size_t size = 0;  ///< 0 and not ended: nothing there now
    bool ended = false;
  };
  [[nodiscard]] virtual Read read(std::span<char> into) = 0;
  /// Bytes taken; 0: none now.
  [[nodiscard]] virtual std::size_t write(std::string_view bytes) = 0;
  /// Waits until reading, or with `to_write` also writing, may make progress. Returns how long it took; throws kTimeout
  /// after `timeout` and kCancelled as soon as the run is to stop.
  virtual std::chrono::milliseconds wait(bool to_write, std::chrono::milliseconds timeout) = 0;
  /// TLS version and cipher, or "plain", for logs.
  [[nodiscard]] virtual std::string description() const = 0;
};

}  // namespace haulier::imap
