#include "cli/auth_login_request.hpp"

#include <Poco/DateTime.h>
#include <Poco/DateTimeParser.h>

#include <array>
#include <fstream>

#include "cli/auth_command.hpp"
#include "credentials/flat_json.hpp"
#include "credentials/key_source.hpp"

namespace haulier::host {

namespace {

using credentials::Flow;
using credentials::LoginRequest;
using credentials::Secret;

constexpr std::array kFlows = {std::pair{"paste", Flow::paste}, std::pair{"device", Flow::device},
                               std::pair{"application", Flow::application},
                               std::pair{"service-account", Flow::service_account}};

std::string text(const Invocation& invocation, const char* name) { return invocation.option(name).value_or(""); }

Secret secret_file(const Invocation& invocation, const char* option, const char* what) {
  const auto file = invocation.option(option);
  return file ? credentials::read_secret_file(*file, what) : Secret();
}

// No secret, so anybody may read it; the cap is for a wrong path.
std::string certificate_file(const Invocation& invocation) {
  constexpr std::size_t kMaxBytes = 64U << 10U;
  const auto path = invocation.option("client-certificate");
  if (!path) return {};
  std::ifstream in(*path, std::ios::binary);
  std::string text(kMaxBytes, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.empty()) throw credentials::Misconfigured("the client certificate file " + *path + " cannot be read");
  return text;
}

Flow flow_of(const Invocation& invocation) {
  std::optional<Flow> flow;
  for (const auto& [name, which] : kFlows) {
    if (!invocation.has(name)) continue;
    if (flow || asked_method(invocation) == credentials::Method::app_password) {
      throw UsageError(std::string("--") + name + " and another way to sign in cannot be had together",
                       invocation.command.name);
    }
    flow = which;
  }
  return flow.value_or(Flow::browser);
}

std::optional<credentials::ClientAuth> client_auth(const Invocation& invocation) {
  const auto word = invocation.option("client-auth");
  if (!word) return std::nullopt;
  if (const auto how = credentials::client_auth_from(*word)) return how;
  throw UsageError("--client-auth is basic, post or private_key_jwt, not \"" + *word + "\"", invocation.command.name);
}

std::string one_of(const Invocation& invocation, const char* option, std::initializer_list<const char*> allowed) {
  const std::string word = text(invocation, option);
  if (word.empty()) return word;
  std::string all;
  for (const char* name : allowed) {
    if (word == name) return word;
    all += (all.empty() ? "" : ", ") + std::string(name);
  }
  throw UsageError(std::string("--") + option + " is one of " + all, invocation.command.name);
}

std::int64_t date_option(const Invocation& invocation, const char* option) {
  const auto word = invocation.option(option);
  if (!word) return 0;
  Poco::DateTime date;
  int zone = 0;
  constexpr std::size_t kDateBytes = 10;
  if (word->size() != kDateBytes || !Poco::DateTimeParser::tryParse("%Y-%m-%d", *word, date, zone))
    throw UsageError(std::string("--") + option + " is a date like 2027-01-31", invocation.command.name);
  return static_cast<std::int64_t>(date.timestamp().epochTime());
}

// The key file that Google gives out is JSON; anything else is taken for the key itself.
void read_service_account(const Invocation& invocation, LoginRequest& request) {
  Secret file = secret_file(invocation, "service-account", "service account file");
  if (!file.reveal().starts_with('{')) {
    request.signing_key.private_key = std::move(file);
    return;
  }
  try {
    const auto json = credentials::FlatJson::parse(file.reveal());
    if (const Secret* key = json.secret("private_key")) request.signing_key.private_key = key->clone();
    if (request.signing_key.key_id.empty()) request.signing_key.key_id = json.text("private_key_id");
    if (request.assertion_issuer.empty()) request.assertion_issuer = json.text("client_email");
    if (request.token_url.empty() && request.provider.empty()) {
      request.token_url = json.text("token_uri");
      const std::string google = "https://oauth2.googleapis.com/token";
      if (request.token_url == google) {
        request.token_url.clear();
        request.provider = "google";
      }
    }
  } catch (const credentials::FlatJsonError& error) {
    throw credentials::Misconfigured(std::string("the service account file is ") + error.what());
  }
}

void read_keys(const Invocation& invocation, LoginRequest& request) {
  request.signing_key.key_id = text(invocation, "key-id");
  request.signing_key.algorithm = one_of(invocation, "signing-algorithm", {"RS256", "PS256", "ES256"});
  request.assertion_issuer = text(invocation, "assertion-issuer");
  request.assertion_audience = text(invocation, "assertion-audience");
  if (request.flow == Flow::service_account) return read_service_account(invocation, request);
  request.signing_key.private_key = secret_file(invocation, "client-key-file", "client key file");
  request.signing_key.certificate = certificate_file(invocation);
  if (!request.signing_key.certificate.empty() && request.signing_key.private_key.empty())
    throw UsageError("--client-certificate goes with --client-key-file", invocation.command.name);
}

void read_server(const Invocation& invocation, LoginRequest& request) {
  constexpr std::int64_t kLastPort = 65535;
  request.imap_hosts = invocation.all("host");
  const std::int64_t port = invocation.count_option("port").value_or(0);
  if (port > kLastPort) throw UsageError("--port is 1 to 65535", invocation.command.name);
  request.port = static_cast<std::uint16_t>(port);
  const std::string mode = one_of(invocation, "tls-mode", {"implicit", "starttls"});
  request.security = mode == "implicit" ? "tls" : mode;
  const std::string profile = one_of(invocation, "tls-profile", {"modern", "default", "legacy"});
  request.tls_profile = profile == "default" ? "compatible" : profile;
}

}  // namespace

std::optional<credentials::Method> asked_method(const Invocation& invocation) {
  if (invocation.has("app-password") || invocation.has("password-file")) return credentials::Method::app_password;
  for (const auto& [name, which] : kFlows) {
    if (invocation.has(name)) return credentials::Method::oauth2;
  }
  return std::nullopt;
}

LoginRequest login_request_of(Invocation& invocation) {
  LoginRequest request;
  request.account = invocation.arguments.at(0);
  request.flow = flow_of(invocation);
  request.user = text(invocation, "user");
  request.provider = text(invocation, "provider");
  request.tenant = text(invocation, "tenant");
  request.issuer = text(invocation, "issuer");
  request.authorize_url = text(invocation, "authorize-url");
  request.token_url = text(invocation, "token-url");
  request.device_url = text(invocation, "device-url");
  request.revocation_url = text(invocation, "revocation-url");
  request.client_id = text(invocation, "client-id");
  request.client_secret = secret_file(invocation, "client-secret-file", "client secret file");
  request.client_secret_expires_at = date_option(invocation, "client-secret-expires");
  request.client_auth = client_auth(invocation);
  request.scope = text(invocation, "scope");
  request.redirect_path = text(invocation, "redirect-path");
  request.redirect_uri = text(invocation, "redirect-uri");
  request.ca_file = text(invocation, "ca-file");
  read_server(invocation, request);
  read_keys(invocation, request);
  if (const auto limit = invocation.milliseconds_option("timeout")) request.limit = std::chrono::milliseconds(*limit);
  return request;
}

std::vector<OptionSpec> auth_login_options() {
  return {{"provider", "NAME", "a preset (google, microsoft, chinamobile, ...) or custom (default: from the address)"},
          {"paste", "", "OAuth2 for a machine without a browser: paste the address that the browser ends at"},
          {"device", "", "OAuth2 by a short code that you type in on another device"},
          {"application", "", "OAuth2 for an application without a person (client credentials)"},
          {"service-account", "FILE", "OAuth2 for a service account with its key file, without a person"},
          {"app-password", "", "store an authorization code (授权码, an app password given by the provider)"},
          {"password-file", "FILE", "read it from a file with mode 0600 instead of asking"},
          {"issuer", "URL", "OAuth2 issuer whose endpoints are looked up"},
          {"client-id", "ID", "your own OAuth2 client"},
          {"client-secret-file", "FILE", "its secret, if it has one"},
          {"client-secret-expires", "DATE", "when that secret ends, to be warned in time"},
          {"client-key-file", "FILE", "or its private key (PEM), for signed statements"},
          {"client-certificate", "FILE", "the certificate of that key, where the provider knows it by its thumbprint"},
          {"client-auth", "HOW", "basic, post or private_key_jwt: how the client proves itself"},
          {"key-id", "ID", "the key's id (kid) at the provider"},
          {"signing-algorithm", "NAME", "RS256, PS256 or ES256 (default: what fits preset and key)"},
          {"assertion-issuer", "NAME", "the service account's name, if the key file does not tell"},
          {"assertion-audience", "URL", "whom a signed statement is for (default: the token URL)"},
          {"scope", "WORDS", "what to ask for (default: from the preset)"},
          {"tenant", "NAME", "Microsoft tenant (default: common)"},
          {"authorize-url", "URL", "instead of the preset's or the issuer's"},
          {"token-url", "URL", "instead of the preset's or the issuer's"},
          {"device-url", "URL", "instead of the preset's or the issuer's"},
          {"revocation-url", "URL", "instead of the preset's or the issuer's"},
          {"redirect-path", "PATH", "path of the redirect URI on 127.0.0.1 (default: /callback)"},
          {"redirect-uri", "URL", "the whole redirect URI as it is registered; only with --paste"},
          {"ca-file", "FILE", "certificate authority of the OAuth2 server"},
          {"host", "NAME", "mail server the sign-in may be used for (default: from the preset)", true},
          {"port", "N", "its port, for the lines shown for the pipeline file (default: the preset's, else 993)"},
          {"tls-mode", "HOW", "implicit or starttls, likewise"},
          {"tls-profile", "NAME", "modern, default or legacy, likewise"},
          {"user", "NAME", "user name at the mail server (default: ACCOUNT)"},
          {"no-browser", "", "print the URL only, open nothing"},
          {"timeout", "TIME", "how long to wait for the person (default: 10m)"}};
}

}  // namespace haulier::host
