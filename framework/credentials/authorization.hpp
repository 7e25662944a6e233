// The authorization request of RFC 6749 section 4.1 with PKCE (RFC 7636, S256 only) and the checks of its answer
// (state: RFC 6749 section 10.12, iss: RFC 9207). Pure: no socket, no clock.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "environment.hpp"
#include "secret.hpp"

namespace haulier::credentials {

struct Pkce {
  Secret verifier;        // 43 characters from 32 random bytes
  std::string challenge;  // BASE64URL(SHA256(verifier))
};
[[nodiscard]] Pkce make_pkce(const Environment& environment);
[[nodiscard]] std::string pkce_challenge(std::string_view verifier);

// 32 random bytes, base64url: one use.
[[nodiscard]] std::string make_state(const Environment& environment);

struct AuthorizationRequest {
  std::string authorize_url;
  std::string client_id;
  std::string redirect_uri;
  std::string scope;
  std::string state;
  std::string challenge;
  std::string login_hint;  // the user's address; empty: none
  std::map<std::string, std::string> extra;
};
[[nodiscard]] std::string authorization_url(const AuthorizationRequest& request);

struct ExpectedAnswer {
  std::string state;
  std::string issuer;            // empty: not known, then an `iss` cannot be checked
  bool issuer_required = false;  // the metadata says that `iss` is always sent
};
// The code out of the redirect's query, after state and iss were checked. Throws SignInNeeded when the person or the
// provider refused, ProtocolFailure when the answer is not the one that belongs to this sign-in.
[[nodiscard]] Secret code_from_answer(const std::string& query, const ExpectedAnswer& expected);

// The query of the address that a person pasted. Throws ProtocolFailure when it is not an address at `redirect_uri`; a
// bare code is refused too, because its state cannot be checked.
[[nodiscard]] std::string query_of_pasted(const Secret& pasted, const std::string& redirect_uri);

}  // namespace haulier::credentials
