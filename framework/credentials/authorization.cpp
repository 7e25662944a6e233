#include "authorization.hpp"

#include <Poco/URI.h>

#include <algorithm>
#include <array>
#include <optional>

#include "bytes.hpp"
#include "credential_error.hpp"
#include "vault_crypto.hpp"

namespace haulier::credentials {
namespace {

constexpr std::size_t kRandomBytes = 32;

using Parameters = std::map<std::string, std::string>;

Parameters parameters_of(const std::string& query) {
  Poco::URI uri;
  uri.setRawQuery(query);
  Parameters parameters;
  for (const auto& [name, value] : uri.getQueryParameters()) {
    // RFC 6749 section 3.1: a parameter must not come twice; two codes or states are an attack or a broken server.
    if (!parameters.emplace(name, value).second) throw ProtocolFailure("the answer to the sign-in repeats a parameter");
  }
  return parameters;
}

std::string value_of(const Parameters& parameters, const std::string& name) {
  const auto found = parameters.find(name);
  return found == parameters.end() ? std::string() : found->second;
}

void check_issuer(const Parameters& parameters, const ExpectedAnswer& expected) {
  if (expected.issuer.empty()) return;
  const auto found = parameters.find("iss");
  if (found == parameters.end()) {
    if (expected.issuer_required) throw ProtocolFailure("the answer to the sign-in names no issuer; it was refused");
    return;
  }
  if (found->second != expected.issuer) {
    throw ProtocolFailure("the answer to the sign-in comes from another issuer than " + expected.issuer +
                          "; it was refused");
  }
}

}  // namespace

Pkce make_pkce(const Environment& environment) {
  std::array<std::uint8_t, kRandomBytes> random{};
  environment.random(random);
  SecretBuilder verifier;
  append_base64(random, Base64::url_unpadded, verifier);
  Pkce pkce;
  pkce.verifier = verifier.finish();
  pkce.challenge = pkce_challenge(pkce.verifier.reveal());
  return pkce;
}

std::string pkce_challenge(std::string_view verifier) { return base64url(sha256(as_bytes(verifier))); }

std::string make_state(const Environment& environment) {
  std::array<std::uint8_t, kRandomBytes> random{};
  environment.random(random);
  return base64url(random);
}

std::string authorization_url(const AuthorizationRequest& request) {
  std::map<std::string, std::string> parameters = request.extra;
  parameters["response_type"] = "code";
  parameters["client_id"] = request.client_id;
  parameters["redirect_uri"] = request.redirect_uri;
  if (!request.scope.empty()) parameters["scope"] = request.scope;
  if (!request.login_hint.empty()) parameters["login_hint"] = request.login_hint;
  parameters["state"] = request.state;
  parameters["code_challenge"] = request.challenge;
  parameters["code_challenge_method"] = "S256";
  std::string url = request.authorize_url;
  char separator = url.find('?') == std::string::npos ? '?' : '&';
  for (const auto& [name, value] : parameters) {
    url += separator + percent_encoded(name) + "=" + percent_encoded(value);
    separator = '&';
  }
  return url;
}

Secret code_from_answer(const std::string& query, const ExpectedAnswer& expected) {
  const Parameters parameters = parameters_of(query);
  // State first: without it nothing in the answer, not even its error, belongs to this sign-in.
  if (!Secret(value_of(parameters, "state")).equals(Secret(expected.state))) {
    throw ProtocolFailure("the answer to the sign-in has a wrong state; it was refused. Start the sign-in again");
  }
  check_issuer(parameters, expected);
  if (const std::string error = value_of(parameters, "error"); !error.empty()) {
    const std::string description = value_of(parameters, "error_description");
    const std::string words = error + (description.empty() ? "" : ": " + description);
    if (error == "server_error" || error == "temporarily_unavailable") {
      throw TryAgainLater("the provider could not do the sign-in (" + words + ")");
    }
    if (error == "invalid_request" || error == "unauthorized_client" || error == "unsupported_response_type" ||
        error == "invalid_scope") {
      throw Misconfigured("the provider refused the sign-in (" + words + "); check client id, scope and redirect URI");
    }
    throw SignInNeeded("the sign-in was not granted (" + words + ")");
  }
  const std::string code = value_of(parameters, "code");
  if (code.empty()) throw ProtocolFailure("the answer to the sign-in holds no code");
  return Secret(code);
}

std::string query_of_pasted(const Secret& pasted, const std::string& redirect_uri) {
  constexpr std::string_view kBlank = " \t\r\n";
  std::string_view text = pasted.reveal();
  text.remove_prefix(std::min(text.find_first_not_of(kBlank), text.size()));
  while (!text.empty() && kBlank.find(text.back()) != std::string_view::npos) text.remove_suffix(1);
  const std::size_t mark = text.find('?');
  const std::string_view address = text.substr(0, mark);
  // Browsers add the slash that an address without a path lacks.
  const bool same = address == redirect_uri || address == redirect_uri + "/";
  if (mark == std::string_view::npos || !same) {
    throw ProtocolFailure("what was pasted is not the address the browser ended at: it must begin with " +
                          redirect_uri + "? and is pasted as a whole, code and state together");
  }
  const std::string_view query = text.substr(mark + 1);
  return std::string(query.substr(0, query.find('#')));
}

}  // namespace haulier::credentials
