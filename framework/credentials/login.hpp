// Signing in: what a person does once per account.
//
// Two things are called "authorization code". OAuth2's is a one-time value that this program exchanges for tokens;
// nobody ever sees it (login_oauth2). The authorization code of Chinese mail services (授权码) is an app password given
// by the provider, which a person copies from the web mailbox (login_app_password).
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "credential_store.hpp"
#include "provider.hpp"

namespace haulier::credentials {

// What the person said. Empty members are filled from the provider preset (by name, else by the address's domain), then
// from the issuer's metadata.
struct LoginRequest {
  std::string account;  // name of the credential, usually the mail address
  std::string user;     // name at the IMAP server; empty: the account
  std::string provider;
  std::string tenant;  // Microsoft; empty: the preset's
  std::string issuer;
  std::string authorize_url;
  std::string token_url;
  std::string revocation_url;
  std::string client_id;
  Secret client_secret;
  std::optional<ClientAuth> client_auth;
  std::string scope;
  std::string redirect_path;  // empty: the preset's, else /callback
  std::string ca_file;
  std::vector<std::string> imap_hosts;
  std::chrono::milliseconds limit{std::chrono::minutes{10}};
};

// All that is known before anything is sent; made by resolve_login().
struct LoginPlan {
  std::string account;
  std::string user;
  Method method = Method::oauth2;
  std::string provider;  // preset name or "custom"
  std::string issuer;
  bool issuer_always_sent = false;
  std::string authorize_url;
  std::string token_url;
  std::string revocation_url;
  std::string client_id;
  Secret client_secret;
  ClientAuth client_auth = ClientAuth::basic;
  std::string scope;
  std::map<std::string, std::string> authorize_params;
  std::string redirect_host;
  std::string redirect_path;
  std::string ca_file;
  std::vector<std::string> imap_hosts;
  std::chrono::milliseconds limit{};
  std::string note;
};

// `method` empty: the preset's own, OAuth2 without a preset. May fetch the issuer's metadata. Throws Misconfigured with
// the name of the option that is missing.
[[nodiscard]] LoginPlan resolve_login(LoginRequest request, const ProviderCatalogue& catalogue,
                                      const HttpExchange& http, std::optional<Method> method);

struct LoginResult {
  std::string scope;                       // what was granted
  std::optional<std::int64_t> expires_in;  // seconds
  std::vector<std::string> warnings;
};

// Called with the URL the person must open; after it returns the listener waits.
using ShowUrl = std::function<void(const std::string& url)>;

// Authorization code with PKCE on a loopback listener (RFC 8252). Fails when no refresh token is issued: without one
// every run would need the person again. Stores the record in the vault.
LoginResult login_oauth2(CredentialStore& store, const LoginPlan& plan, const ShowUrl& show_url);

// Stores an app password; nothing is sent anywhere, the first connection to the mailbox tells whether it is right.
void login_app_password(CredentialStore& store, const LoginPlan& plan, const Secret& password);

}  // namespace haulier::credentials
