#include "token_endpoint.hpp"

#include "bytes.hpp"
#include "flat_json.hpp"

namespace haulier::credentials {
namespace {

void append_field(SecretBuilder& form, std::string_view name, std::string_view value) {
  if (form.size() > 0) form.append('&');
  append_percent_encoded(name, true, true, form);
  form.append('=');
  append_percent_encoded(value, true, true, form);
}

// RFC 6749 section 2.3.1: id and secret are form-encoded before they become a Basic credential.
Secret basic_authorization(const TokenEndpoint& endpoint) {
  SecretBuilder pair;
  append_percent_encoded(endpoint.client_id, true, true, pair);
  pair.append(':');
  append_percent_encoded(endpoint.client_secret.reveal(), true, true, pair);
  SecretBuilder header;
  header.append("Basic ");
  append_base64(as_bytes(pair.finish().reveal()), Base64::standard, header);
  return header.finish();
}

// RFC 7523 section 2.2: issuer and subject are the client itself.
void append_client_assertion(const TokenEndpoint& endpoint, std::int64_t now, const Environment& environment,
                             SecretBuilder& form) {
  const std::string audience(endpoint.audience.empty() ? std::string_view(endpoint.url) : endpoint.audience);
  const AssertionClaims claims{endpoint.client_id, endpoint.client_id, audience, {}};
  append_field(form, "client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
  append_field(form, "client_assertion", sign_assertion(*endpoint.signing_key, claims, now, environment).reveal());
}

HttpRequest form_request(const TokenEndpoint& endpoint, const FormFields& fields, std::int64_t now,
                         const Environment& environment) {
  HttpRequest request;
  request.url = endpoint.url;
  request.post = true;
  request.ca_file = endpoint.ca_file;
  SecretBuilder form;
  for (const auto& [name, value] : fields) append_field(form, name, value);
  if (endpoint.client_auth == ClientAuth::private_key_jwt && endpoint.signing_key != nullptr) {
    append_field(form, "client_id", endpoint.client_id);
    append_client_assertion(endpoint, now, environment, form);
  } else if (!endpoint.client_secret.empty() && endpoint.client_auth == ClientAuth::basic) {
    request.authorization = basic_authorization(endpoint);
  } else if (!endpoint.client_id.empty()) {
    append_field(form, "client_id", endpoint.client_id);
    if (!endpoint.client_secret.empty()) append_field(form, "client_secret", endpoint.client_secret.reveal());
  }
  request.form = form.finish();
  return request;
}

TokenRefusal not_a_token(const std::string& words) {
  TokenRefusal refusal;
  refusal.kind = RefusalKind::protocol;
  refusal.words = words;
  // The server meant it as a success: it may well have replaced the refresh token.
  refusal.outcome_unknown = true;
  return refusal;
}

TokenAnswer read_grant(const HttpResponse& response, const Environment& environment) {
  TokenGrant grant;
  grant.arrived = environment.monotonic();
  grant.arrived_at = environment.unix_seconds();
  try {
    const FlatJson object = FlatJson::parse(response.body.reveal());
    const Secret* access = object.secret("access_token");
    if (access == nullptr || access->empty()) return not_a_token("the token endpoint's answer holds no access_token");
    if (lower_ascii(object.text("token_type")) != "bearer")
      return not_a_token("the token endpoint's token is not of type Bearer");
    grant.access_token = access->clone();
    if (const Secret* refresh = object.secret("refresh_token"); refresh != nullptr)
      grant.refresh_token = refresh->clone();
    grant.scope = object.text("scope");
    grant.expires_in = object.integer("expires_in");
    grant.refresh_expires_in = object.integer("refresh_token_expires_in");
    if (!grant.refresh_expires_in) grant.refresh_expires_in = object.integer("refresh_expires_in");
  } catch (const FlatJsonError& error) {
    const std::string type = response.content_type.empty() ? "no content type" : response.content_type;
    return not_a_token("the token endpoint answered with " + type + ", which is " + error.what());
  }
  return grant;
}

TokenAnswer ask_at(const HttpExchange& http, const Environment& environment, const TokenEndpoint& endpoint,
                   const FormFields& fields, std::int64_t now) {
  try {
    const HttpResponse response = http(form_request(endpoint, fields, now, environment));
    if (response.status == 200) return read_grant(response, environment);
    return classify_refusal(response, environment.unix_seconds());
  } catch (const HttpFailure& failure) {
    return classify_failure(failure);
  }
}

}  // namespace

TokenAnswer ask_token_endpoint(const HttpExchange& http, const Environment& environment, const TokenEndpoint& endpoint,
                               const FormFields& fields) {
  TokenAnswer answer = ask_at(http, environment, endpoint, fields, environment.unix_seconds());
  const auto* refusal = std::get_if<TokenRefusal>(&answer);
  const bool clock_may_be_why = refusal != nullptr && refusal->error == "invalid_client" && refusal->server_time &&
                                endpoint.client_auth == ClientAuth::private_key_jwt;
  return clock_may_be_why ? ask_at(http, environment, endpoint, fields, *refusal->server_time) : std::move(answer);
}

std::optional<std::string> revoke_token(const HttpExchange& http, const Environment& environment,
                                        const TokenEndpoint& endpoint, const Secret& token,
                                        std::string_view type_hint) {
  try {
    const HttpResponse response =
        post_form(http, environment, endpoint, {{"token", token.reveal()}, {"token_type_hint", type_hint}});
    if (response.status == 200) return std::nullopt;
    return "the revocation endpoint answered HTTP " + std::to_string(response.status);
  } catch (const HttpFailure& failure) {
    return failure.what();
  }
}

HttpResponse post_form(const HttpExchange& http, const Environment& environment, const TokenEndpoint& endpoint,
                       const FormFields& fields) {
  return http(form_request(endpoint, fields, environment.unix_seconds(), environment));
}

}  // namespace haulier::credentials
