#include "login.hpp"

#include <regex>

#include "authorization.hpp"
#include "credential_error.hpp"
#include "login_result.hpp"
#include "loopback_listener.hpp"
#include "renewal.hpp"

namespace haulier::credentials {
namespace {

// One authorization request and what its answer must look like. Lives for one sign-in.
struct Exchange {
  Pkce pkce;
  AuthorizationRequest request;
  ExpectedAnswer expected;
};

Exchange begin_exchange(CredentialStore& store, const LoginPlan& plan, const std::string& redirect_uri) {
  Exchange exchange;
  exchange.pkce = make_pkce(store.environment());
  store.hide(exchange.pkce.verifier);
  AuthorizationRequest& request = exchange.request;
  request.authorize_url = plan.authorize_url;
  request.client_id = plan.client_id;
  request.redirect_uri = redirect_uri;
  request.scope = plan.scope;
  request.state = make_state(store.environment());
  request.challenge = exchange.pkce.challenge;
  if (plan.user.find('@') != std::string::npos) request.login_hint = plan.user;
  request.extra = plan.authorize_params;
  exchange.expected = {request.state, plan.issuer, plan.issuer_always_sent};
  return exchange;
}

LoginResult finish_exchange(CredentialStore& store, const LoginPlan& plan, const Exchange& exchange,
                            const Secret& code) {
  store.hide(code);
  const CredentialRecord bound = bound_record(plan);
  TokenAnswer answer = ask_token_endpoint(store.http(), store.environment(), token_endpoint_of(bound),
                                          {{"grant_type", "authorization_code"},
                                           {"code", code.reveal()},
                                           {"redirect_uri", exchange.request.redirect_uri},
                                           {"code_verifier", exchange.pkce.verifier.reveal()}});
  if (auto* refusal = std::get_if<TokenRefusal>(&answer)) {
    if (refusal->error == "invalid_grant") {
      // Nothing is stored yet, so the table's words about a stored sign-in would be wrong.
      throw SignInNeeded(plan.account +
                         ": the provider does not take the sign-in's one-time code (invalid_grant): it was used before "
                         "or is too old. Nothing was stored or deleted. Start again: haulier auth login " +
                         plan.account);
    }
    throw_refusal(*refusal, plan.account);
  }
  return keep_grant(store, plan, std::get<TokenGrant>(answer));
}

// A port that nothing listens on is asked for on purpose: the browser is on another machine, and nothing there should
// get the code either. 1 is "unsafe" to browsers, so they do not even try.
constexpr std::string_view kNowhere = ":1";

std::string paste_redirect_uri(const LoginPlan& plan) {
  if (!plan.redirect_uri.empty()) return plan.redirect_uri;
  return "http://" + plan.redirect_host + std::string(kNowhere) + plan.redirect_path;
}

}  // namespace

LoginResult login_oauth2(CredentialStore& store, const LoginPlan& plan, const ShowUrl& show_url) {
  LoopbackListener listener(plan.redirect_path);
  const Exchange exchange = begin_exchange(
      store, plan, "http://" + plan.redirect_host + ":" + std::to_string(listener.port()) + plan.redirect_path);
  show_url(authorization_url(exchange.request));
  const std::string query = listener.wait(plan.limit, store.environment());
  return finish_exchange(store, plan, exchange, code_from_answer(query, exchange.expected));
}

LoginResult login_by_paste(CredentialStore& store, const LoginPlan& plan, const ShowUrl& show_url,
                           const ReadAnswer& read_answer) {
  const Exchange exchange = begin_exchange(store, plan, paste_redirect_uri(plan));
  show_url(authorization_url(exchange.request));
  const std::string query = query_of_pasted(read_answer(), exchange.request.redirect_uri);
  return finish_exchange(store, plan, exchange, code_from_answer(query, exchange.expected));
}

LoginResult login_without_person(CredentialStore& store, const LoginPlan& plan) {
  const CredentialRecord bound = bound_record(plan);
  store.hide(bound.client_secret, bound.client_id, plan.account + "/client");
  TokenAnswer answer = ask_for_access(bound, store.http(), store.environment());
  if (auto* refusal = std::get_if<TokenRefusal>(&answer)) throw_refusal(*refusal, plan.account);
  return keep_grant(store, plan, std::get<TokenGrant>(answer));
}

void login_app_password(CredentialStore& store, const LoginPlan& plan, const Secret& password) {
  if (password.empty()) throw Misconfigured("the app password is empty; nothing was stored");
  store.hide(password, plan.user, plan.account + "/password");
  CredentialRecord record = bound_record(plan);
  record.password = password.clone();
  record.obtained_at = store.environment().unix_seconds();
  store.save_login(plan.account, record);
}

std::string doubt_about(const LoginPlan& plan, const Secret& password) {
  if (plan.app_password_pattern.empty()) return {};
  const std::string_view text = password.reveal();
  if (std::regex_match(text.begin(), text.end(), std::regex(plan.app_password_pattern))) return {};
  return "this does not look like an app password (授权码) of " + plan.provider_title + ", which is " +
         plan.app_password_form + ". If it is the web password, the provider will refuse it";
}

}  // namespace haulier::credentials
