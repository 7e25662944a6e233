#include <algorithm>

#include "credential_error.hpp"
#include "discovery.hpp"
#include "login.hpp"
#include "safe_url.hpp"
#include "vault_format.hpp"

namespace haulier::credentials {
namespace {

void fill(std::string& target, const std::string& value) {
  if (target.empty()) target = value;
}

bool needs_person(Flow flow) { return flow != Flow::application && flow != Flow::service_account; }

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

LoginPlan plan_of(LoginRequest& request) {
  LoginPlan plan;
  plan.account = request.account;
  plan.user = request.user.empty() ? request.account : request.user;
  plan.flow = request.flow;
  plan.provider = "custom";
  plan.issuer = request.issuer;
  plan.authorize_url = request.authorize_url;
  plan.token_url = request.token_url;
  plan.device_url = request.device_url;
  plan.revocation_url = request.revocation_url;
  plan.client_id = request.client_id;
  plan.client_secret = std::move(request.client_secret);
  plan.client_secret_expires_at = request.client_secret_expires_at;
  plan.assertion_issuer = request.assertion_issuer;
  plan.assertion_audience = request.assertion_audience;
  plan.scope = request.scope;
  plan.redirect_host = "127.0.0.1";
  plan.redirect_path = request.redirect_path;
  plan.redirect_uri = request.redirect_uri;
  plan.ca_file = request.ca_file;
  for (const std::string& host : request.imap_hosts) plan.imap_hosts.push_back(normal_host(host));
  plan.limit = request.limit;
  return plan;
}

std::string note_for(const Provider& provider, const LoginPlan& plan) {
  const bool own_way = plan.method == provider.method;
  if (plan.method == Method::app_password) return own_way ? provider.note : provider.app_password_note;
  return needs_person(plan.flow) ? provider.note : provider.application_note;
}

void apply_preset(LoginPlan& plan, const Provider& preset, const std::string& tenant, bool issuer_by_hand) {
  const Provider provider = preset.with_tenant(tenant);
  plan.provider = provider.name;
  plan.provider_title = provider.title;
  plan.note = note_for(provider, plan);
  plan.app_password_pattern = provider.app_password_pattern;
  plan.app_password_form = provider.app_password_form;
  if (!issuer_by_hand) plan.issuer = provider.issuer;
  fill(plan.authorize_url, provider.authorize_url);
  fill(plan.token_url, provider.token_url);
  fill(plan.device_url, provider.device_url);
  fill(plan.revocation_url, provider.revocation_url);
  fill(plan.scope, needs_person(plan.flow) ? provider.scope : provider.application_scope);
  plan.authorize_params = provider.authorize_params;
  plan.client_auth = provider.client_auth;
  plan.scope_in_assertion = provider.scope_in_assertion;
  plan.redirect_host = provider.redirect_host;
  fill(plan.redirect_path, provider.redirect_path);
  fill(plan.redirect_uri, provider.redirect_uri);
  if (!plan.redirect_uri.empty() && plan.flow == Flow::browser) plan.flow = Flow::paste;
  plan.server = provider.server_for(plan.account);
}

// What is said by hand wins, and a host by hand leaves behind what is only true of the preset's host.
void settle_server(LoginPlan& plan, const LoginRequest& request) {
  ServerPreset& server = plan.server;
  if (!plan.imap_hosts.empty() && plan.imap_hosts.front() != server.host) server = ServerPreset{};
  if (!plan.imap_hosts.empty()) server.host = plan.imap_hosts.front();
  if (plan.imap_hosts.empty() && !server.host.empty()) plan.imap_hosts.push_back(server.host);
  if (!request.security.empty() && request.security != server.security) {
    server.security = request.security;
    server.port = 0;
  }
  fill(server.security, "tls");
  if (!request.tls_profile.empty()) server.tls_profile = request.tls_profile;
  fill(server.tls_profile, "modern");
  if (request.port != 0) server.port = request.port;
  if (server.port == 0) server.port = server.security == "starttls" ? 143 : 993;
}

bool lacks_endpoint(const LoginPlan& plan) {
  const bool by_browser = plan.flow == Flow::browser || plan.flow == Flow::paste;
  return plan.token_url.empty() || (by_browser && plan.authorize_url.empty()) ||
         (plan.flow == Flow::device && plan.device_url.empty());
}

void apply_metadata(LoginPlan& plan, const HttpExchange& http) {
  const ServerMetadata metadata = discover(http, plan.issuer, plan.ca_file);
  plan.issuer_always_sent = metadata.sends_issuer;
  fill(plan.authorize_url, metadata.authorize_url);
  fill(plan.token_url, metadata.token_url);
  fill(plan.device_url, metadata.device_url);
  fill(plan.revocation_url, metadata.revocation_url);
  plan.client_auth = metadata.client_auth;
}

// The key is the client's proof, except for a service account, where it signs the grant itself.
void apply_key(LoginPlan& plan, LoginRequest& request, const Provider* preset) {
  if (request.signing_key.private_key.empty()) return;
  if (preset != nullptr) fill(request.signing_key.algorithm, preset->assertion_algorithm);
  plan.signing_key = check_signing_key(std::move(request.signing_key));
  if (plan.flow != Flow::service_account) plan.client_auth = ClientAuth::private_key_jwt;
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

std::string after(const std::string& note) { return note.empty() ? std::string() : ". " + note; }

void check_client(const LoginPlan& plan) {
  if (plan.flow == Flow::service_account) {
    if (plan.signing_key.key.private_key.empty() || plan.assertion_issuer.empty())
      throw Misconfigured("a service account needs its key file: --service-account FILE" + after(plan.note));
    return;
  }
  if (plan.client_id.empty()) {
    throw Misconfigured("--client-id is missing: register an application of your own with the provider" +
                        after(plan.note));
  }
  if (plan.flow == Flow::application && plan.client_secret.empty() && plan.signing_key.key.private_key.empty()) {
    throw Misconfigured(
        "an application signs in with its own proof: give --client-secret-file, or --client-key-file "
        "(with --client-certificate where the provider knows the certificate)");
  }
  if (plan.client_auth == ClientAuth::private_key_jwt && plan.signing_key.key.private_key.empty())
    throw Misconfigured("--client-auth private_key_jwt needs --client-key-file");
}

void check_endpoints(const LoginPlan& plan) {
  if (plan.flow == Flow::device && plan.device_url.empty()) {
    throw Misconfigured(plan.provider +
                        " offers no sign-in by device code for mail: use --paste on a machine without a browser, or "
                        "name the endpoint with --device-url");
  }
  if (lacks_endpoint(plan)) {
    throw Misconfigured("where to sign in is not known: give --provider, --issuer, or --authorize-url and --token-url");
  }
  if (!plan.authorize_url.empty()) require_safe_url(plan.authorize_url, "--authorize-url");
  require_safe_url(plan.token_url, "--token-url");
  if (!plan.device_url.empty()) require_safe_url(plan.device_url, "--device-url");
  if (!plan.revocation_url.empty()) require_safe_url(plan.revocation_url, "the revocation URL");
}

void check_redirect(const LoginPlan& plan) {
  if (!plan.redirect_path.starts_with('/')) throw Misconfigured("the redirect path must begin with /");
  if (!plan.redirect_uri.empty() && plan.flow == Flow::browser)
    throw Misconfigured("--redirect-uri goes with --paste: nothing listens at an address of your own");
}

void check_oauth2(const LoginPlan& plan, const std::string& tenant) {
  check_endpoints(plan);
  check_client(plan);
  check_redirect(plan);
  const bool shared = Provider::is_shared_tenant(tenant) ||
                      (tenant.empty() && plan.issuer.empty() && plan.provider.starts_with("microsoft"));
  if (!needs_person(plan.flow) && shared && plan.provider.starts_with("microsoft"))
    throw Misconfigured("an application signs in to one organisation: name it with --tenant");
}

}  // namespace

LoginPlan resolve_login(LoginRequest request, const ProviderCatalogue& catalogue, const HttpExchange& http,
                        std::optional<Method> method) {
  const Provider* preset = find_provider(request, catalogue);
  LoginPlan plan = plan_of(request);
  plan.method = method.value_or(preset != nullptr ? preset->method : Method::oauth2);
  if (preset != nullptr) apply_preset(plan, *preset, request.tenant, !request.issuer.empty());
  settle_server(plan, request);
  fill(plan.redirect_path, "/callback");
  check_account(plan);
  if (plan.method == Method::app_password) return plan;
  if (preset != nullptr && preset->token_url.empty() && request.token_url.empty() && request.issuer.empty()) {
    throw Misconfigured(preset->title + " offers no OAuth2 sign-in for mail: use --app-password" + after(preset->note));
  }
  // A preset is complete: what it leaves out, the provider does not offer for mail.
  const bool complete = preset != nullptr && request.issuer.empty();
  if (lacks_endpoint(plan) && !plan.issuer.empty() && !complete) apply_metadata(plan, http);
  apply_key(plan, request, preset);
  if (request.client_auth) plan.client_auth = *request.client_auth;
  if (request.scope_in_assertion) plan.scope_in_assertion = *request.scope_in_assertion;
  // OpenID Connect Core section 11: without prompt=consent offline_access is dropped without a word.
  if (plan.provider == "custom" && needs_person(plan.flow) && has_word(plan.scope, "offline_access"))
    plan.authorize_params["prompt"] = "consent";
  check_oauth2(plan, request.tenant);
  return plan;
}

}  // namespace haulier::credentials
