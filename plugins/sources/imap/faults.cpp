#include "faults.hpp"

#include "plain_text.hpp"

namespace haulier::imap {

bool is_passing(const IoError& error) {
  switch (error.kind()) {
    case IoError::Kind::kResolve:
    case IoError::Kind::kConnect:
    case IoError::Kind::kTimeout:
    case IoError::Kind::kClosed:
    case IoError::Kind::kCompression:
      return true;
    default:
      return false;
  }
}

Error to_error(const IoError& error, const ServerConfig& server) {
  const std::string what = plain_text(error.what(), 800);
  switch (error.kind()) {
    case IoError::Kind::kCancelled:
      return {HAULIER_CANCELLED, what};
    case IoError::Kind::kCertificate:
      return {HAULIER_PROTOCOL, what, "check host, and tls.ca_file when the server has a certificate of its own"};
    case IoError::Kind::kTls:
      return {HAULIER_PROTOCOL, what,
              server.tls.profile == TlsProfile::kModern
                  ? "if the server only knows old cipher suites, set tls: { profile: default }"
                  : "check port and tls.mode"};
    case IoError::Kind::kProxySignIn:
      return Error::bad_config("/proxy", what);
    case IoError::Kind::kLocal:
      if (!server.tls.ca_file.empty()) return Error::bad_config("/tls/ca_file", what);
      return {HAULIER_LOCAL_IO, what};
    default:
      return Error::retry(what);
  }
}

}  // namespace haulier::imap
