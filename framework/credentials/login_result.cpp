#include "login_result.hpp"

#include <sstream>

#include "credential_error.hpp"
#include "refresh.hpp"

namespace haulier::credentials {
namespace {

void require_refresh_token(const LoginPlan& plan, const TokenGrant& grant) {
  if (!grant.refresh_token.empty()) return;
  throw Misconfigured(
      plan.account +
      ": no refresh token was issued, so the sign-in would end with the first access token. "
      "Nothing was stored. Ask for offline access: usually the scope offline_access, and the client must "
      "be allowed the refresh_token grant at the provider");
}

Renewal renewal_of(Flow flow) {
  if (flow == Flow::application) return Renewal::client_credentials;
  return flow == Flow::service_account ? Renewal::service_account : Renewal::refresh_token;
}

}  // namespace

CredentialRecord bound_record(const LoginPlan& plan) {
  CredentialRecord record;
  record.method = plan.method;
  record.provider = plan.provider;
  record.user = plan.user;
  record.imap_hosts = plan.imap_hosts;
  if (plan.method == Method::app_password) return record;
  record.issuer = plan.issuer;
  record.token_url = plan.token_url;
  record.revocation_url = plan.revocation_url;
  record.client_id = plan.client_id;
  record.client_auth = plan.client_auth;
  record.client_secret = plan.client_secret.clone();
  record.client_secret_expires_at = plan.client_secret_expires_at;
  record.renewal = renewal_of(plan.flow);
  record.signing_key = plan.signing_key.key.clone();
  record.certificate_expires_at = plan.signing_key.certificate_expires_at;
  record.assertion_issuer = plan.assertion_issuer;
  record.assertion_audience = plan.assertion_audience;
  record.scope_in_assertion = plan.scope_in_assertion;
  record.ca_file = plan.ca_file;
  record.scope = plan.scope;
  return record;
}

LoginResult keep_grant(CredentialStore& store, const LoginPlan& plan, const TokenGrant& grant) {
  store.hide(grant.access_token, plan.user, plan.account + "/access");
  store.hide(grant.refresh_token, plan.user, plan.account + "/refresh");
  CredentialRecord record = bound_record(plan);
  if (record.renewal == Renewal::refresh_token) require_refresh_token(plan, grant);
  apply_grant(record, grant);
  store.save_login(plan.account, record);
  return LoginResult{record.scope, grant.expires_in, scope_warnings(plan.scope, grant.scope)};
}

std::vector<std::string> scope_warnings(const std::string& asked, const std::string& granted) {
  std::vector<std::string> warnings;
  if (granted.empty()) return warnings;
  std::istringstream words(asked);
  for (std::string word; words >> word;) {
    // Providers leave these out of the list of granted scopes although they acted on them; Microsoft's ".default"
    // stands for whatever the administrator has consented to.
    if (word == "offline_access" || word == "openid" || word.ends_with("/.default")) continue;
    if ((" " + granted + " ").find(" " + word + " ") == std::string::npos) {
      warnings.push_back("the provider did not grant the scope " + word);
    }
  }
  return warnings;
}

}  // namespace haulier::credentials
