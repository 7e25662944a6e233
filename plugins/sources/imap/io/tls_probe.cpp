#include "io/tls_probe.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <memory>

namespace haulier::imap {
namespace {

using std::chrono::milliseconds;
using Kind = IoError::Kind;

constexpr std::size_t kMaxNamesBytes = 300;

struct Free {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};

std::string last_error() {
  const auto code = ERR_get_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason ? reason : "the server closed the connection";
}

std::string printable(std::string text) {
  for (char& c : text) c = c >= 0x20 && c < 0x7F ? c : '?';
  return text;
}

std::string common_name(const X509_NAME* name) {
  std::array<char, 256> text{};
  for (const int part : {NID_commonName, NID_organizationName}) {
    if (X509_NAME_get_text_by_NID(const_cast<X509_NAME*>(name), part, text.data(), static_cast<int>(text.size())) > 0)
      return printable(text.data());
  }
  return "nobody";
}

std::int64_t unix_seconds(const ASN1_TIME* time) {
  std::tm broken{};
  return ASN1_TIME_to_tm(time, &broken) == 1 ? timegm(&broken) : 0;
}

std::string names_of(const X509* certificate) {
  const std::unique_ptr<GENERAL_NAMES, Free> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::string out;
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()) && out.size() < kMaxNamesBytes; ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_DNS) continue;
    const auto* const bytes = reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName));
    const std::string text(bytes, static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName)));
    out += (out.empty() ? "" : ", ") + printable(text);
  }
  return out;
}

bool name_matches(X509* certificate, const std::string& host) {
  if (X509_check_ip_asc(certificate, host.c_str(), 0) == 1) return true;
  return X509_check_host(certificate, host.data(), host.size(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, nullptr) == 1;
}

void describe(SSL* ssl, const std::string& host, TlsReport& report) {
  report.version = SSL_get_version(ssl);
  report.suite = SSL_get_cipher_name(ssl);
  const std::unique_ptr<X509, Free> certificate(SSL_get1_peer_certificate(ssl));
  if (!certificate) {
    report.distrust = "the server shows no certificate";
    return;
  }
  report.subject = common_name(X509_get_subject_name(certificate.get()));
  report.issuer = common_name(X509_get_issuer_name(certificate.get()));
  report.names = names_of(certificate.get());
  report.valid_from = unix_seconds(X509_get0_notBefore(certificate.get()));
  report.valid_until = unix_seconds(X509_get0_notAfter(certificate.get()));
  const auto* const chain = SSL_get_peer_cert_chain(ssl);
  report.chain_length = chain ? sk_X509_num(chain) : 0;
  report.name_matches = name_matches(certificate.get(), host);
  const long verified = SSL_get_verify_result(ssl);
  if (verified != X509_V_OK) report.distrust = X509_verify_cert_error_string(verified);
  if (report.distrust.empty() && !report.name_matches) report.distrust = "it is not for this name";
  report.expired = verified == X509_V_ERR_CERT_HAS_EXPIRED;
  report.not_yet_valid = verified == X509_V_ERR_CERT_NOT_YET_VALID;
  report.self_signed =
      verified == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT || verified == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN;
}

}  // namespace

TlsReport probe_tls(Socket socket, const TlsSettings& settings, const std::string& host, milliseconds timeout) {
  const TlsContext context(settings);
  const std::unique_ptr<SSL, Free> ssl(SSL_new(context.native()));
  if (!ssl || SSL_set_fd(ssl.get(), socket.fd()) != 1) throw IoError(Kind::kLocal, "OpenSSL: " + last_error());
  // Looked at, whatever it is worth: nothing is sent on this connection.
  SSL_set_verify(ssl.get(), SSL_VERIFY_NONE, nullptr);
  const bool is_address =
      host.find(':') != std::string::npos || host.find_first_not_of("0123456789.") == std::string::npos;
  if (!is_address) SSL_set_tlsext_host_name(ssl.get(), host.c_str());
  SSL_set_connect_state(ssl.get());
  TlsReport report;
  for (auto left = timeout;;) {
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl.get());
    if (result == 1) break;
    const int error = SSL_get_error(ssl.get(), result);
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
      report.hung_up = error != SSL_ERROR_SSL || ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
      report.failure = last_error();
      return report;
    }
    left -= std::min(left, socket.wait(error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, left));
  }
  report.connected = true;
  describe(ssl.get(), host, report);
  return report;
}

}  // namespace haulier::imap
