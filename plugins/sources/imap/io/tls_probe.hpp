#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "io/socket.hpp"
#include "io/tls_stream.hpp"

namespace haulier::imap {

/// What a server shows in a TLS handshake. A value.
struct TlsReport {
  bool connected = false;  ///< the handshake went through; else `failure` says why not
  std::string failure;
  bool hung_up = false;  ///< with a failure: the server closed the connection and said nothing of TLS
  std::string version, suite;
  std::string subject, issuer;  ///< common names
  std::string names;            ///< that the certificate is good for, separated by commas
  int chain_length = 0;         ///< certificates sent
  std::int64_t valid_from = 0;  ///< Unix seconds
  std::int64_t valid_until = 0;
  bool name_matches = false;
  /// Empty when the chain is to be trusted and the name fits.
  std::string distrust;
  bool not_yet_valid = false;
  bool expired = false;
  bool self_signed = false;
};

/// One handshake for looking at, over a connected socket. The certificate is checked as for a run, but a bad one does
/// not end the handshake: it is reported, and the connection is closed at once; nothing is ever sent on it. Throws
/// IoError: kTimeout, kCancelled, kLocal.
[[nodiscard]] TlsReport probe_tls(Socket socket, const TlsSettings& settings, const std::string& host,
                                  std::chrono::milliseconds timeout);

}  // namespace haulier::imap
