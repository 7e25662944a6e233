// Authorization server metadata: RFC 8414, then OpenID Connect Discovery.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "http_exchange.hpp"
#include "provider.hpp"

namespace haulier::credentials {

struct ServerMetadata {
  std::string issuer;
  std::string authorize_url;
  std::string token_url;
  std::string revocation_url;
  std::string device_url;
  bool sends_issuer = false;  // authorization_response_iss_parameter_supported (RFC 9207)
  // How to send a client secret; basic unless only post is offered (RFC 8414: basic when nothing is said).
  ClientAuth client_auth = ClientAuth::basic;
};

// The issuer inside the document must be the one asked for, to the byte (RFC 8414 section 3.3). Throws TryAgainLater,
// Misconfigured or ProtocolFailure.
[[nodiscard]] ServerMetadata discover(const HttpExchange& http, const std::string& issuer,
                                      const std::filesystem::path& ca_file);

}  // namespace haulier::credentials
