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

// How OAuth2's access is given.
enum class Flow {
  browser,          // authorization code with PKCE, answered on 127.0.0.1
  paste,            // the same, the browser's last address is pasted back: for a machine without a browser
  device,           // a short code that is typed in on another device (RFC 8628)
  application,      // client credentials: access of the application itself, no person
  service_account,  // a signed statement (RFC 7523): no person either
};

// What the person said. Empty members are filled from the provider preset (by name, else by the address's domain), then
// from the issuer's metadata.
struct LoginRequest {
  std::string account;  // name of the credential, usually the mail address
  std::string user;     // name at the IMAP server; empty: the account
  Flow flow = Flow::browser;
  std::string provider;
  std::string tenant;  // Microsoft; empty: the preset's
  std::string issuer;
  std::string authorize_url;
  std::string token_url;
  std::string device_url;
  std::string revocation_url;
  std::string client_id;
  Secret client_secret;
  std::int64_t client_secret_expires_at = 0;  // Unix seconds; 0: not known
  std::optional<ClientAuth> client_auth;
  SigningKeyFiles signing_key;     // private_key empty: none
  std::string assertion_issuer;    // service account: its name
  std::string assertion_audience;  // empty: the token URL
  std::optional<bool> scope_in_assertion;
  std::string scope;
  std::string redirect_path;  // empty: the preset's, else /callback
  std::string redirect_uri;   // whole and registered so; only with Flow::paste
  std::string ca_file;
  std::vector<std::string> imap_hosts;
  std::uint16_t port = 0;   // 0: the preset's, else the usual one
  std::string security;     // "tls" or "starttls"; empty: the preset's
  std::string tls_profile;  // as in ServerPreset; empty: the preset's
  std::chrono::milliseconds limit{std::chrono::minutes{10}};
};

// All that is known before anything is sent; made by resolve_login().
struct LoginPlan {
  std::string account;
  std::string user;
  Method method = Method::oauth2;
  Flow flow = Flow::browser;
  std::string provider;  // preset name or "custom"
  std::string provider_title;
  std::string issuer;
  bool issuer_always_sent = false;
  std::string authorize_url;
  std::string token_url;
  std::string device_url;
  std::string revocation_url;
  std::string client_id;
  Secret client_secret;
  std::int64_t client_secret_expires_at = 0;
  ClientAuth client_auth = ClientAuth::basic;
  CheckedKey signing_key;
  std::string assertion_issuer;
  std::string assertion_audience;
  bool scope_in_assertion = false;
  std::string scope;
  std::map<std::string, std::string> authorize_params;
  std::string redirect_host;
  std::string redirect_path;
  std::string redirect_uri;
  std::string ca_file;
  std::vector<std::string> imap_hosts;
  ServerPreset server;  // where the mailbox is and how it is reached; the pipeline file decides in the end
  std::chrono::milliseconds limit{};
  std::string note;
  std::string app_password_pattern;
  std::string app_password_form;
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

// Called with the URL the person must open; after it returns the answer is waited for.
using ShowUrl = std::function<void(const std::string& url)>;

// Authorization code with PKCE on a loopback listener (RFC 8252). Fails when no refresh token is issued: without one
// every run would need the person again. Stores the record in the vault.
LoginResult login_oauth2(CredentialStore& store, const LoginPlan& plan, const ShowUrl& show_url);

// Gives what the person pasted: the address the browser ended at.
using ReadAnswer = std::function<Secret()>;
// The same with a browser on another machine: nothing listens here, so the browser ends at a page that cannot be shown.
// State, issuer and the address itself are checked all the same.
LoginResult login_by_paste(CredentialStore& store, const LoginPlan& plan, const ShowUrl& show_url,
                           const ReadAnswer& read_answer);

struct DevicePrompt {
  std::string user_code;
  std::string url;           // where to type it
  std::string complete_url;  // the same with the code in it; empty: not offered
  std::int64_t expires_in = 0;
};
using ShowDeviceCode = std::function<void(const DevicePrompt& prompt)>;
// Device authorization grant (RFC 8628): asks until the person has said yes or no, or the code is too old.
LoginResult login_by_device(CredentialStore& store, const LoginPlan& plan, const ShowDeviceCode& show);

// Flow::application and Flow::service_account: gets a first access token, so that what is wrong is told now.
LoginResult login_without_person(CredentialStore& store, const LoginPlan& plan);

// Stores an app password; nothing is sent anywhere, the first connection to the mailbox tells whether it is right.
void login_app_password(CredentialStore& store, const LoginPlan& plan, const Secret& password);

// Words of doubt when the password does not look like the provider's app passwords, which usually means that it is the
// web password; empty when it does or nothing is known. Never holds the password.
[[nodiscard]] std::string doubt_about(const LoginPlan& plan, const Secret& password);

}  // namespace haulier::credentials
