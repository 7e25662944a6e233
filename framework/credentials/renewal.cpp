#include "renewal.hpp"

namespace haulier::credentials {
namespace {

constexpr std::string_view kJwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";

TokenAnswer with_refresh_token(const CredentialRecord& record, const HttpExchange& http,
                               const Environment& environment) {
  return ask_token_endpoint(http, environment, token_endpoint_of(record),
                            {{"grant_type", "refresh_token"}, {"refresh_token", record.refresh_token.reveal()}});
}

TokenAnswer as_application(const CredentialRecord& record, const HttpExchange& http, const Environment& environment) {
  FormFields fields{{"grant_type", "client_credentials"}};
  if (!record.scope.empty()) fields.emplace_back("scope", record.scope);
  return ask_token_endpoint(http, environment, token_endpoint_of(record), fields);
}

// RFC 7523 section 2.1; the subject is the mailbox's owner, for whom the account must be allowed to act.
TokenAnswer with_statement(const CredentialRecord& record, const HttpExchange& http, const Environment& environment,
                           std::int64_t now) {
  const std::string& audience = record.assertion_audience.empty() ? record.token_url : record.assertion_audience;
  const std::string scope = record.scope_in_assertion ? record.scope : std::string();
  const Secret assertion =
      sign_assertion(record.signing_key, {record.assertion_issuer, record.user, audience, scope}, now, environment);
  FormFields fields{{"grant_type", kJwtBearer}, {"assertion", assertion.reveal()}};
  if (!record.scope_in_assertion && !record.scope.empty()) fields.emplace_back("scope", record.scope);
  return ask_token_endpoint(http, environment, token_endpoint_of(record), fields);
}

TokenAnswer as_service_account(const CredentialRecord& record, const HttpExchange& http,
                               const Environment& environment) {
  TokenAnswer answer = with_statement(record, http, environment, environment.unix_seconds());
  const auto* refusal = std::get_if<TokenRefusal>(&answer);
  if (refusal == nullptr || refusal->error != "invalid_grant" || !refusal->server_time) return answer;
  return with_statement(record, http, environment, *refusal->server_time);
}

TokenAnswer nobody_to_ask(TokenAnswer answer, const std::string& what_to_check) {
  auto* refusal = std::get_if<TokenRefusal>(&answer);
  if (refusal != nullptr && refusal->kind == RefusalKind::person) {
    refusal->kind = RefusalKind::configuration;
    refusal->words = "the provider refuses it (" + refusal->error + "): " + refusal->words + "; " + what_to_check;
  }
  return answer;
}

}  // namespace

TokenEndpoint token_endpoint_of(const CredentialRecord& record) {
  return {record.token_url, record.client_id,    record.client_secret,     record.client_auth,
          record.ca_file,   &record.signing_key, record.assertion_audience};
}

TokenEndpoint revocation_endpoint_of(const CredentialRecord& record) {
  TokenEndpoint endpoint{record.revocation_url, record.client_id,    record.client_secret,     record.client_auth,
                         record.ca_file,        &record.signing_key, record.assertion_audience};
  // The statement is made for the authorization server, whose usual name is its token endpoint.
  if (endpoint.audience.empty()) endpoint.audience = record.token_url;
  return endpoint;
}

TokenAnswer ask_for_access(const CredentialRecord& record, const HttpExchange& http, const Environment& environment) {
  switch (record.renewal) {
    case Renewal::client_credentials:
      return nobody_to_ask(as_application(record, http, environment),
                           "check the application's rights and the administrator's consent");
    case Renewal::service_account:
      return nobody_to_ask(as_service_account(record, http, environment),
                           "check the service account's key, the clock, and that it may act for " + record.user);
    case Renewal::refresh_token:
      break;
  }
  return with_refresh_token(record, http, environment);
}

}  // namespace haulier::credentials
