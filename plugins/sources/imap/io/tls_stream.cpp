#include "io/tls_stream.hpp"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>

#include <algorithm>
#include <memory>

namespace haulier::imap {
namespace {

using std::chrono::milliseconds;
using Kind = IoError::Kind;

// AES-128 first: as strong as anybody needs and a quarter cheaper than AES-256 on both sides.
constexpr const char* kModernTls12 = "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:!aNULL:!PSK:!DSS";
constexpr const char* kTls13 = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";

constexpr int kLongestChain = 9;  // certificates between the server's and the root

constexpr long kReadAheadBytes = 64L << 10;

const char* cipher_list(TlsProfile profile) {
  switch (profile) {
    case TlsProfile::kModern:
      return kModernTls12;
    case TlsProfile::kDefault:
      return "DEFAULT";
    case TlsProfile::kLegacy:
      return "DEFAULT:@SECLEVEL=1";
  }
  return kModernTls12;
}

std::string last_tls_error() {
  const auto code = ERR_get_error();
  if (code == 0) return "connection closed";
  const char* reason = ERR_reason_error_string(code);
  return reason ? reason : "error " + std::to_string(code);
}

struct BioDeleter {
  void operator()(BIO* bio) const { BIO_free_all(bio); }
};

// Servers send records of a few KiB, and each would cost two reads of the socket: one for its header, one for the rest.
// OpenSSL's own read-ahead moves what is left in its buffer to the front for every record, so a buffer stands before
// it.
bool attach(SSL* ssl, int fd) {
  std::unique_ptr<BIO, BioDeleter> socket(BIO_new_socket(fd, BIO_NOCLOSE));
  std::unique_ptr<BIO, BioDeleter> buffer(BIO_new(BIO_f_buffer()));
  if (!socket || !buffer || BIO_set_read_buffer_size(buffer.get(), kReadAheadBytes) != 1) return false;
  BIO_up_ref(socket.get());  // one reference to write, one below the buffer
  BIO_push(buffer.get(), socket.get());
  SSL_set_bio(ssl, buffer.release(), socket.release());
  return true;
}

bool is_ip_address(const std::string& host) {
  unsigned char bytes[16];
  return inet_pton(AF_INET, host.c_str(), bytes) == 1 || inet_pton(AF_INET6, host.c_str(), bytes) == 1;
}

}  // namespace

// Poco::Net::Context would do the same, but with it come six of Poco's libraries, whose loading takes longer than a
// TLS handshake.
TlsContext::TlsContext(const TlsSettings& settings) : ctx_(SSL_CTX_new(TLS_client_method())) {
  auto* const ctx = ctx_.get();
  const auto require = [](bool done, const std::string& what) {
    if (!done) throw IoError(Kind::kLocal, "cannot use the TLS settings: " + what + ": " + last_tls_error());
  };
  ERR_clear_error();
  require(ctx != nullptr, "OpenSSL");
  require(SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1, "TLS 1.2");
  require(SSL_CTX_set_cipher_list(ctx, cipher_list(settings.profile)) == 1, "cipher suites");
  require(SSL_CTX_set_ciphersuites(ctx, kTls13) == 1, "cipher suites");
  require(settings.ca_file.empty() ? SSL_CTX_set_default_verify_paths(ctx) == 1
                                   : SSL_CTX_load_verify_locations(ctx, settings.ca_file.c_str(), nullptr) == 1,
          settings.ca_file.empty() ? "the system's authorities" : settings.ca_file);
  SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_verify_depth(ctx, kLongestChain);
  SSL_CTX_set_options(ctx, SSL_OP_ALL);  // harmless answers to faults of servers
  SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
}

void TlsContext::Deleter::operator()(SSL_CTX* ctx) const { SSL_CTX_free(ctx); }

void TlsStream::Deleter::operator()(SSL* ssl) const { SSL_free(ssl); }

TlsStream::TlsStream(Socket socket, const TlsContext& context, const std::string& host, milliseconds timeout)
    : socket_(std::move(socket)), ssl_(SSL_new(context.native())) {
  if (!ssl_ || !attach(ssl_.get(), socket_.fd())) throw IoError(Kind::kLocal, "OpenSSL: " + last_tls_error());
  auto* const param = SSL_get0_param(ssl_.get());
  X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  bool named = false;
  if (is_ip_address(host)) {
    named = X509_VERIFY_PARAM_set1_ip_asc(param, host.c_str()) == 1;
  } else {
    named = SSL_set1_host(ssl_.get(), host.c_str()) == 1 && SSL_set_tlsext_host_name(ssl_.get(), host.c_str()) == 1;
  }
  if (!named) throw IoError(Kind::kLocal, "cannot check certificates for the name " + host);
  SSL_set_connect_state(ssl_.get());
  handshake(host, timeout);
}

void TlsStream::handshake(const std::string& host, milliseconds timeout) {
  auto left = timeout;
  for (;;) {
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_.get());
    if (result == 1) return;
    const int error = SSL_get_error(ssl_.get(), result);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
      const short events = error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT;
      left -= std::min(left, socket_.wait(events, left));
      continue;
    }
    const long verified = SSL_get_verify_result(ssl_.get());
    if (verified != X509_V_OK) {
      throw IoError(Kind::kCertificate,
                    "the certificate of " + host + " cannot be trusted: " + X509_verify_cert_error_string(verified));
    }
    // An end without a reason is a lost connection like any other, also here.
    if (error == SSL_ERROR_SSL && ERR_GET_REASON(ERR_peek_last_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
      throw IoError(Kind::kClosed, "the TLS handshake with " + host +
                                       " was broken off; a server that knows only old cipher suites may do that (see "
                                       "tls.profile)");
    }
    throw IoError(error == SSL_ERROR_SSL ? Kind::kTls : Kind::kClosed,
                  "TLS handshake with " + host + " failed: " + last_tls_error());
  }
}

bool TlsStream::blocked(int result) {
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      wanted_ = POLLIN;
      return true;
    case SSL_ERROR_WANT_WRITE:
      wanted_ = POLLOUT;
      return true;
    case SSL_ERROR_ZERO_RETURN:
      return false;
    default:
      throw IoError(Kind::kClosed, "TLS connection lost: " + last_tls_error());
  }
}

ByteStream::Read TlsStream::read(std::span<char> into) {
  ERR_clear_error();
  std::size_t size = 0;
  const int result = SSL_read_ex(ssl_.get(), into.data(), into.size(), &size);
  if (result == 1) return {size, false};
  return {0, !blocked(result)};
}

std::size_t TlsStream::write(std::string_view bytes) {
  ERR_clear_error();
  std::size_t size = 0;
  const int result = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &size);
  if (result == 1) return size;
  if (!blocked(result)) throw IoError(Kind::kClosed, "TLS connection closed by the server");
  return 0;
}

milliseconds TlsStream::wait(bool to_write, milliseconds timeout) {
  const short events = static_cast<short>(wanted_ | POLLIN | (to_write ? POLLOUT : 0));
  return socket_.wait(events, timeout);
}

std::string TlsStream::description() const {
  return std::string(SSL_get_version(ssl_.get())) + " " + SSL_get_cipher_name(ssl_.get());
}

unsigned TlsStream::handshake_trips() const { return SSL_version(ssl_.get()) >= TLS1_3_VERSION ? 1 : 2; }

}  // namespace haulier::imap
