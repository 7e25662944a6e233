#pragma once
#include <chrono>
#include <memory>
#include <string>

#include "io/byte_stream.hpp"
#include "io/socket.hpp"

typedef struct ssl_st SSL;          // NOLINT: OpenSSL's own name
typedef struct ssl_ctx_st SSL_CTX;  // NOLINT: OpenSSL's own name

namespace haulier::imap {

/// How strict the TLS handshake is. The certificate and the host name are checked in every profile, TLS 1.2 is the
/// least.
enum class TlsProfile {
  kModern,   ///< forward secrecy and AEAD only
  kDefault,  ///< OpenSSL's own DEFAULT list: also RSA key exchange and CBC
  kLegacy    ///< DEFAULT at security level 1: old keys and hashes, for servers that nobody can change
};

struct TlsSettings {
  TlsProfile profile = TlsProfile::kModern;
  std::string ca_file;  ///< PEM; empty: the system's authorities. When given, only these are trusted
};

/// The settings of all TLS connections of a source: an SSL_CTX. Shared by its streams.
class TlsContext {
 public:
  /// Throws IoError(kLocal) when the CA file cannot be used.
  explicit TlsContext(const TlsSettings& settings);

  /// Borrowed.
  [[nodiscard]] SSL_CTX* native() const { return ctx_.get(); }

 private:
  struct Deleter {
    void operator()(SSL_CTX* ctx) const;
  };
  std::unique_ptr<SSL_CTX, Deleter> ctx_;
};

/// TLS on a non-blocking socket. The handshake is finished, and the name checked against `host` inside it, before the
/// constructor returns: there is no such stream to an unverified server. Throws kTls, kCertificate, kTimeout.
/// Why not Poco::Net::SecureStreamSocket 1.11: a stalled handshake there skips the name check, its waits cannot be
/// woken and its time-outs double.
class TlsStream : public ByteStream {
 public:
  TlsStream(Socket socket, const TlsContext& context, const std::string& host, std::chrono::milliseconds timeout);

  [[nodiscard]] Read read(std::span<char> into) override;
  [[nodiscard]] std::size_t write(std::string_view bytes) override;
  std::chrono::milliseconds wait(bool to_write, std::chrono::milliseconds timeout) override;
  [[nodiscard]] std::string description() const override;
  /// Round trips the handshake took: 1 for TLS 1.3, 2 for 1.2.
  [[nodiscard]] unsigned handshake_trips() const;

 private:
  struct Deleter {
    void operator()(SSL* ssl) const;
  };
  void handshake(const std::string& host, std::chrono::milliseconds timeout);
  /// True: try again after wait(); false: the stream ended in good order. Throws on everything else.
  [[nodiscard]] bool blocked(int result);

  Socket socket_;
  std::unique_ptr<SSL, Deleter> ssl_;
  short wanted_ = 0;  ///< poll events the last operation asked for
};

}  // namespace haulier::imap
