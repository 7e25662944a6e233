#include "login.hpp"

#include <sstream>

#include "authorization.hpp"
#include "credential_error.hpp"
#include "loopback_listener.hpp"
#include "token_endpoint.hpp"

namespace haulier::credentials {
namespace {

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
  record.ca_file = plan.ca_file;
  record.scope = plan.scope;
  return record;
}

TokenGrant exchange_code(CredentialStore& store, const LoginPlan& plan, const Secret& code, const Pkce& pkce,
                         const std::string& redirect_uri) {
  const TokenEndpoint endpoint{plan.token_url, plan.client_id, plan.client_secret, plan.client_auth, plan.ca_file};
  TokenAnswer answer = ask_token_endpoint(store.http(), store.environment(), endpoint,
                                          {{"grant_type", "authorization_code"},
                                           {"code", code.reveal()},
                                           {"redirect_uri", redirect_uri},
                                           {"code_verifier", pkce.verifier.reveal()}});
  if (auto* refusal = std::get_if<TokenRefusal>(&answer)) throw_refusal(*refusal, plan.account);
  return std::move(std::get<TokenGrant>(answer));
}

void require_refresh_token(const LoginPlan& plan, const TokenGrant& grant) {
  if (!grant.refresh_token.empty()) return;
  throw Misconfigured(
      plan.account +
      ": no refresh token was issued, so the sign-in would end with the first access token. "
      "Nothing was stored. Ask for offline access: usually the scope offline_access, and the client must "
      "be allowed the refresh_token grant at the provider");
}

std::vector<std::string> scope_warnings(const std::string& asked, const std::string& granted) {
  std::vector<std::string> warnings;
  if (granted.empty()) return warnings;
  std::istringstream words(asked);
  for (std::string word; words >> word;) {
    // Providers leave these out of the list of granted scopes although they acted on them.
    if (word == "offline_access" || word == "openid") continue;
    if ((" " + granted + " ").find(" " + word + " ") == std::string::npos) {
      warnings.push_back("the provider did not grant the scope " + word);
    }
  }
  return warnings;
}

}  // namespace

LoginResult login_oauth2(CredentialStore& store, const LoginPlan& plan, const ShowUrl& show_url) {
  const Environment& environment = store.environment();
  const Pkce pkce = make_pkce(environment);
  store.hide(pkce.verifier);
  LoopbackListener listener(plan.redirect_path);
  AuthorizationRequest request;
  request.authorize_url = plan.authorize_url;
  request.client_id = plan.client_id;
  request.redirect_uri = "http://" + plan.redirect_host + ":" + std::to_string(listener.port()) + plan.redirect_path;
  request.scope = plan.scope;
  request.state = make_state(environment);
  request.challenge = pkce.challenge;
  if (plan.user.find('@') != std::string::npos) request.login_hint = plan.user;
  request.extra = plan.authorize_params;
  show_url(authorization_url(request));

  const ExpectedAnswer expected{request.state, plan.issuer, plan.issuer_always_sent};
  const Secret code = code_from_answer(listener.wait(plan.limit, environment), expected);
  store.hide(code);
  const TokenGrant grant = exchange_code(store, plan, code, pkce, request.redirect_uri);
  store.hide(grant.access_token, plan.user, plan.account + "/access");
  store.hide(grant.refresh_token, plan.user, plan.account + "/refresh");
  require_refresh_token(plan, grant);

  CredentialRecord record = bound_record(plan);
  apply_grant(record, grant);
  store.save_login(plan.account, record);
  return LoginResult{record.scope, grant.expires_in, scope_warnings(plan.scope, grant.scope)};
}

void login_app_password(CredentialStore& store, const LoginPlan& plan, const Secret& password) {
  if (password.empty()) throw Misconfigured("the app password is empty; nothing was stored");
  store.hide(password, plan.user, plan.account + "/password");
  CredentialRecord record = bound_record(plan);
  record.password = password.clone();
  record.obtained_at = store.environment().unix_seconds();
  store.save_login(plan.account, record);
}

}  // namespace haulier::credentials
