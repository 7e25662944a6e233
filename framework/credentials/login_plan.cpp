#include <algorithm>

#include "credential_error.hpp"
#include "discovery.hpp"
#include "login.hpp"
#include "vault_format.hpp"

namespace haulier::credentials {
namespace {

void fill(std::string& target, const std::string& value) {
  if (target.empty()) target = value;
}

const Provider* find_provider(const LoginRequest& request, const ProviderCatalogue& catalogue) {
  if (request.provider.empty()) {
    // Endpoints by hand mean that the address's usual provider is not wanted.
    const bool by_hand = !request.issuer.empty() || !request.token_url.empty();
    return by_hand ? nullptr : catalogue.by_address(request.account);
  }
  if (request.provider == "custom") return nullptr;
  if (const Provider* provider = catalogue.by_name(request.provider)) return provider;
  std::string names;
  for (const Provider& provider : catalogue.all()) names += " " + provider.name;
  throw Misconfigured("provider \"" + request.provider + "\" is not known; there are:" + names +
                      ". Any other: --issuer URL, or --authorize-url and --token-url");
}

void apply_preset(LoginPlan& plan, const Provider& preset, const std::string& tenant, bool issuer_by_hand) {
  const Provider provider = preset.with_tenant(tenant);
  plan.provider = provider.name;
  plan.note = provider.note;
  if (!issuer_by_hand) plan.issuer = provider.issuer;
  fill(plan.authorize_url, provider.authorize_url);
  fill(plan.token_url, provider.token_url);
  fill(plan.revocation_url, provider.revocation_url);
  fill(plan.scope, provider.scope);
  plan.authorize_params = provider.authorize_params;
  plan.client_auth = provider.client_auth;
  plan.redirect_host = provider.redirect_host;
  fill(plan.redirect_path, provider.redirect_path);
  if (plan.imap_hosts.empty()) plan.imap_hosts.push_back(provider.server_for(plan.account).host);
}

void apply_metadata(LoginPlan& plan, const HttpExchange& http) {
  const ServerMetadata metadata = discover(http, plan.issuer, plan.ca_file);
  plan.issuer_always_sent = metadata.sends_issuer;
  fill(plan.authorize_url, metadata.authorize_url);
  fill(plan.token_url, metadata.token_url);
  fill(plan.revocation_url, metadata.revocation_url);
  plan.client_auth = metadata.client_auth;
}

bool has_word(const std::string& text, const std::string& word) {
  return (" " + text + " ").find(" " + word + " ") != std::string::npos;
}

void check_account(const LoginPlan& plan) {
  if (plan.account.empty() || plan.account.size() > kMaxNameBytes || !is_valid_utf8(plan.account)) {
    throw Misconfigured("the account name must be 1 to 255 bytes of UTF-8");
  }
  if (plan.imap_hosts.empty()) {
    throw Misconfigured("no preset knows the mail server of " + plan.account +
                        ": name it with --host, the credential will be bound to it");
  }
}

void check_oauth2(const LoginPlan& plan) {
  if (plan.authorize_url.empty() || plan.token_url.empty()) {
    throw Misconfigured("where to sign in is not known: give --provider, --issuer, or --authorize-url and --token-url");
  }
  require_safe_url(plan.authorize_url, "--authorize-url");
  require_safe_url(plan.token_url, "--token-url");
  if (!plan.revocation_url.empty()) require_safe_url(plan.revocation_url, "the revocation URL");
  if (plan.client_id.empty()) {
    throw Misconfigured("--client-id is missing: register an application of your own with the provider" +
                        (plan.note.empty() ? std::string() : ". " + plan.note));
  }
  if (!plan.redirect_path.starts_with('/')) throw Misconfigured("the redirect path must begin with /");
}

}  // namespace

LoginPlan resolve_login(LoginRequest request, const ProviderCatalogue& catalogue, const HttpExchange& http,
                        std::optional<Method> method) {
  const Provider* preset = find_provider(request, catalogue);
  LoginPlan plan;
  plan.account = request.account;
  plan.user = request.user.empty() ? request.account : request.user;
  plan.method = method.value_or(preset != nullptr ? preset->method : Method::oauth2);
  plan.provider = "custom";
  plan.issuer = request.issuer;
  plan.authorize_url = request.authorize_url;
  plan.token_url = request.token_url;
  plan.revocation_url = request.revocation_url;
  plan.client_id = request.client_id;
  plan.client_secret = std::move(request.client_secret);
  plan.scope = request.scope;
  plan.redirect_host = "127.0.0.1";
  plan.redirect_path = request.redirect_path;
  plan.ca_file = request.ca_file;
  for (const std::string& host : request.imap_hosts) plan.imap_hosts.push_back(normal_host(host));
  plan.limit = request.limit;
  if (preset != nullptr) apply_preset(plan, *preset, request.tenant, !request.issuer.empty());
  fill(plan.redirect_path, "/callback");
  check_account(plan);
  if (plan.method == Method::app_password) return plan;
  if (plan.authorize_url.empty() || plan.token_url.empty()) {
    if (!plan.issuer.empty()) apply_metadata(plan, http);
  }
  if (request.client_auth) plan.client_auth = *request.client_auth;
  // OpenID Connect Core section 11: without prompt=consent offline_access is dropped without a word.
  if (plan.provider == "custom" && has_word(plan.scope, "offline_access")) plan.authorize_params["prompt"] = "consent";
  check_oauth2(plan);
  return plan;
}

}  // namespace haulier::credentials
