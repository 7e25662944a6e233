// One HTTP request to a token, metadata or revocation endpoint.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>

#include "secret.hpp"

namespace haulier::credentials {

inline constexpr std::size_t kMaxHttpBodyBytes = 256U << 10U;

struct HttpRequest {
  std::string url;
  bool post = false;
  Secret form;           // application/x-www-form-urlencoded body of a POST
  Secret authorization;  // value of the Authorization header; empty: none
  std::filesystem::path ca_file;
  // Beginning of the connection to the last byte of the body.
  std::chrono::milliseconds limit{25'000};
};

struct HttpResponse {
  int status = 0;
  std::string content_type;  // lower case, without parameters
  std::string retry_after;
  std::string date;  // the server's clock (RFC 9110 section 6.6.1), as it wrote it
  Secret body;
};

// No usable answer. `request_sent` says whether the server may have acted on it: a refresh token that was sent may
// already be replaced.
struct HttpFailure : std::runtime_error {
  HttpFailure(const std::string& words, bool sent, bool tls_fault)
      : std::runtime_error(words), request_sent(sent), tls(tls_fault) {}
  bool request_sent;
  bool tls;
};

// Throws HttpFailure for the network and TLS, Misconfigured for the URL or the CA file. Any thread.
using HttpExchange = std::function<HttpResponse(const HttpRequest& request)>;

// The real one. https with TLS >= 1.2, the certificate and its host name checked inside the handshake; plain http only
// to addresses of the loopback interface. One connection per request, never a second attempt, no redirects, no proxy.
// Not in the library of this folder: a program links credentials_http, or http_on_demand.cpp of the host, which loads
// it when somebody signs in with OAuth2.
[[nodiscard]] HttpResponse exchange_http(const HttpRequest& request);

}  // namespace haulier::credentials
