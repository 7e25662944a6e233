// Asking a token endpoint (RFC 6749 section 5) and a revocation endpoint (RFC 7009).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "assertion.hpp"
#include "environment.hpp"
#include "http_exchange.hpp"
#include "provider.hpp"
#include "secret.hpp"
#include "token_refusal.hpp"

namespace haulier::credentials {

// Who asks whom. Borrows: the members live in the record or login that is being worked on.
struct TokenEndpoint {
  const std::string& url;
  const std::string& client_id;
  const Secret& client_secret;  // empty: public client
  ClientAuth client_auth;
  const std::string& ca_file;
  const SigningKey* signing_key = nullptr;  // for ClientAuth::private_key_jwt
  std::string_view audience = {};           // of the signed statement; empty: the URL
};

struct TokenGrant {
  Secret access_token;
  Secret refresh_token;  // empty: none was sent
  std::string scope;     // empty: as asked (RFC 6749 section 5.1)
  std::optional<std::int64_t> expires_in;
  std::optional<std::int64_t> refresh_expires_in;  // not in an RFC, but Microsoft and Keycloak send it
  std::chrono::milliseconds arrived{};             // monotonic
  std::int64_t arrived_at = 0;                     // Unix seconds
};

// Fields of the form body in order; values are borrowed for the call.
using FormFields = std::vector<std::pair<std::string_view, std::string_view>>;

using TokenAnswer = std::variant<TokenGrant, TokenRefusal>;

// Never throws for what the network or the server does: that is a TokenRefusal. A client's signed statement that is
// refused while the server's clock differs from ours is signed once more by the server's clock.
[[nodiscard]] TokenAnswer ask_token_endpoint(const HttpExchange& http, const Environment& environment,
                                             const TokenEndpoint& endpoint, const FormFields& fields);

// nullopt when the server confirmed; else why not.
[[nodiscard]] std::optional<std::string> revoke_token(const HttpExchange& http, const Environment& environment,
                                                      const TokenEndpoint& endpoint, const Secret& token,
                                                      std::string_view type_hint);
// Any other endpoint that the client posts a form to and proves itself at (RFC 8628 section 3.1). Throws HttpFailure.
[[nodiscard]] HttpResponse post_form(const HttpExchange& http, const Environment& environment,
                                     const TokenEndpoint& endpoint, const FormFields& fields);

}  // namespace haulier::credentials
