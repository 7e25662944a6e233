#include "cli/command_auth.hpp"

#include "cli/auth_status_text.hpp"
#include "cli/credential_wiring.hpp"
#include "cli/failure.hpp"
#include "credentials/browser.hpp"
#include "credentials/login.hpp"

namespace haulier::host {

namespace {

using credentials::CredentialStore;
using credentials::LoginPlan;
using credentials::Method;
using credentials::Secret;

std::vector<OptionSpec> vault_options() {
  return {{"vault", "FILE", "the token vault (default: $HAULIER_VAULT, else in the folder for user data)"},
          {"vault-key-file", "FILE", "its key (default: $HAULIER_VAULT_KEY_FILE, else in the folder for settings)"},
          {"vault-passphrase-file", "FILE", "or a file with its passphrase"}};
}

std::vector<ExitCode> auth_exit_codes() {
  return {ExitCode::ok,       ExitCode::usage,      ExitCode::local_io,  ExitCode::try_again,
          ExitCode::protocol, ExitCode::needs_auth, ExitCode::bad_config};
}

credentials::StoreOptions options_of(Invocation& invocation) {
  VaultConfig config;
  config.file = invocation.option("vault");
  config.key_file = invocation.option("vault-key-file");
  config.passphrase_file = invocation.option("vault-passphrase-file");
  Services& services = invocation.services;
  if (services.redactor == nullptr) {
    throw Failed({.exit_code = ExitCode::bug, .what = "this program was built without redaction"});
  }
  return store_options(config, services.crash_points, services.stop, *services.redactor);
}

void say(Invocation& invocation, const std::string& words) {
  invocation.services.log.log(LogLevel::info, "auth", words);
}

void warn(Invocation& invocation, const std::string& words) {
  invocation.services.log.log(LogLevel::warning, "auth", words);
}

// Runs one of the commands; what stops it becomes the message that main prints.
template <typename Work>
int told(const std::string& account, Work work) {
  try {
    return work();
  } catch (const credentials::CredentialError& error) {
    Failure failure{.exit_code = static_cast<ExitCode>(error.exit_code()),
                    .what = error.what(),
                    .data_safety = "every sign-in that was stored before is still stored"};
    if (error.code() == credentials::ExitCode::sign_in && !account.empty()) {
      failure.command = "haulier auth login " + account;
    }
    throw Failed(std::move(failure));
  }
}

Secret secret_file(Invocation& invocation, const std::string& option, const std::string& what) {
  const auto file = invocation.option(option);
  return file ? credentials::read_secret_file(*file, what) : Secret();
}

std::optional<credentials::ClientAuth> client_auth(const Invocation& invocation) {
  const auto word = invocation.option("client-auth");
  if (!word) return std::nullopt;
  if (*word == "basic") return credentials::ClientAuth::basic;
  if (*word == "post") return credentials::ClientAuth::post;
  throw UsageError("--client-auth is basic or post, not \"" + *word + "\"", invocation.command.name);
}

credentials::LoginRequest request_of(Invocation& invocation) {
  const auto text = [&](const char* name) { return invocation.option(name).value_or(""); };
  credentials::LoginRequest request;
  request.account = invocation.arguments.at(0);
  request.user = text("user");
  request.provider = text("provider");
  request.tenant = text("tenant");
  request.issuer = text("issuer");
  request.authorize_url = text("authorize-url");
  request.token_url = text("token-url");
  request.revocation_url = text("revocation-url");
  request.client_id = text("client-id");
  request.client_secret = secret_file(invocation, "client-secret-file", "client secret file");
  request.client_auth = client_auth(invocation);
  request.scope = text("scope");
  request.redirect_path = text("redirect-path");
  request.ca_file = text("ca-file");
  request.imap_hosts = invocation.all("host");
  if (const auto limit = invocation.milliseconds_option("timeout")) request.limit = std::chrono::milliseconds(*limit);
  return request;
}

std::string words(const std::vector<std::string>& all) {
  std::string text;
  for (const std::string& word : all) text += (text.empty() ? "" : ", ") + word;
  return text;
}

void say_plan(Invocation& invocation, const LoginPlan& plan) {
  const bool oauth2 = plan.method == Method::oauth2;
  say(invocation, plan.account + ": provider " + plan.provider + ", mail server " + words(plan.imap_hosts) + ", " +
                      (oauth2 ? "OAuth2 sign-in in the browser"
                              : "authorization code (授权码, an app password given by the provider)"));
  if (!plan.note.empty()) say(invocation, plan.note);
}

void say_created(Invocation& invocation, const CredentialStore& store, const credentials::Vault::Created& created) {
  if (created.vault) say(invocation, "made the vault " + store.vault().path().string());
  if (created.key_file) {
    say(invocation, "made its " + store.vault().key_source() +
                        "; keep a copy of it somewhere else. Who has both files can read the sign-ins");
  }
}

void login_with_browser(Invocation& invocation, CredentialStore& store, const LoginPlan& plan) {
  const auto show = [&](const std::string& url) {
    const bool opened =
        !invocation.has("no-browser") && credentials::open_browser(url, credentials::process_environment());
    say(invocation,
        opened ? "the browser was opened; if nothing shows, open this URL in it:" : "open this URL in a browser:");
    // The URL alone on standard output: a script can read it and open it by its own means.
    invocation.out << url << "\n" << std::flush;
  };
  const credentials::LoginResult result = credentials::login_oauth2(store, plan, show);
  for (const std::string& warning : result.warnings) warn(invocation, warning);
  std::string done = "signed in: " + plan.account;
  if (!result.scope.empty()) done += ", scope " + result.scope;
  if (result.expires_in) done += ", access token for " + std::to_string(*result.expires_in) + " s, renewed by itself";
  say(invocation, done);
}

void login_with_password(Invocation& invocation, CredentialStore& store, const LoginPlan& plan) {
  Secret password = secret_file(invocation, "password-file", "password file");
  if (password.empty()) {
    password =
        credentials::ask_on_terminal("Authorization code of " + plan.account +
                                         " (授权码, an app password given by the provider; not the web password): ",
                                     [&] { return invocation.services.stop.is_set(); });
  }
  credentials::login_app_password(store, plan, password);
  say(invocation, "stored: " + plan.account + "; the first connection to " + words(plan.imap_hosts) +
                      " shows whether the provider takes it");
}

int run_login(Invocation& invocation) {
  return told(invocation.arguments.at(0), [&] {
    const bool password = invocation.has("app-password") || invocation.has("password-file");
    credentials::StoreOptions options = options_of(invocation);
    const LoginPlan plan =
        credentials::resolve_login(request_of(invocation), credentials::ProviderCatalogue::built_in(), options.http,
                                   password ? std::optional(Method::app_password) : std::nullopt);
    say_plan(invocation, plan);
    // Before anything is asked of a person: a wrong key must not be found out after the sign-in.
    credentials::Vault::Created created;
    const auto store = CredentialStore::open_or_create(std::move(options), created);
    say_created(invocation, *store, created);
    plan.method == Method::oauth2 ? login_with_browser(invocation, *store, plan)
                                  : login_with_password(invocation, *store, plan);
    return to_int(ExitCode::ok);
  });
}

int run_status(Invocation& invocation) {
  const std::string account = invocation.arguments.empty() ? "" : invocation.arguments[0];
  return told(account, [&] {
    const auto store = CredentialStore::open(options_of(invocation));
    std::vector<credentials::AccountStatus> accounts = store->status();
    if (!account.empty()) {
      std::erase_if(accounts, [&](const credentials::AccountStatus& status) { return status.account != account; });
      if (accounts.empty()) throw credentials::SignInNeeded("the vault holds no credential for " + account);
    }
    const std::int64_t now = store->environment().unix_seconds();
    const AuthStatus status{store->vault().path().string(), store->vault().key_source(), std::move(accounts)};
    invocation.out << (invocation.has("json") ? auth_status_json(status) : auth_status_text(status, now));
    return to_int(needs_sign_in(status) ? ExitCode::needs_auth : ExitCode::ok);
  });
}

int run_logout(Invocation& invocation) {
  const std::string& account = invocation.arguments.at(0);
  return told("", [&] {
    const auto store = CredentialStore::open(options_of(invocation));
    const credentials::LogoutResult result = store->logout(account);
    if (!result.removed) throw credentials::Misconfigured("the vault holds no credential for " + account);
    using Revocation = credentials::LogoutResult::Revocation;
    if (result.revocation == Revocation::done) say(invocation, "removed " + account + "; the provider has revoked it");
    if (result.revocation == Revocation::failed) {
      warn(invocation, "removed " + account + " here, but the provider did not revoke it (" + result.detail +
                           "): remove Haulier's access in the account's settings there");
    }
    if (result.revocation == Revocation::not_possible) {
      say(invocation, "removed " + account +
                          " here; the provider offers no way to revoke it from here: remove the "
                          "access or the app password in the account's settings there");
    }
    return to_int(ExitCode::ok);
  });
}

}  // namespace

Command auth_login_command() {
  std::vector<OptionSpec> options = {
      {"provider", "NAME", "google, microsoft, chinamobile, 163, or custom (default: from the address)"},
      {"issuer", "URL", "OAuth2 issuer whose endpoints are looked up"},
      {"client-id", "ID", "your own OAuth2 client"},
      {"client-secret-file", "FILE", "its secret, if it has one"},
      {"client-auth", "HOW", "basic or post: how the secret is sent"},
      {"scope", "WORDS", "what to ask for (default: from the preset)"},
      {"tenant", "NAME", "Microsoft tenant (default: common)"},
      {"authorize-url", "URL", "instead of the preset's or the issuer's"},
      {"token-url", "URL", "instead of the preset's or the issuer's"},
      {"revocation-url", "URL", "instead of the preset's or the issuer's"},
      {"redirect-path", "PATH", "path of the redirect URI on 127.0.0.1 (default: /callback)"},
      {"ca-file", "FILE", "certificate authority of the OAuth2 server"},
      {"host", "NAME", "mail server the sign-in may be used for (default: from the preset)", true},
      {"user", "NAME", "user name at the mail server (default: ACCOUNT)"},
      {"app-password", "", "store an authorization code (授权码, an app password given by the provider)"},
      {"password-file", "FILE", "read it from a file with mode 0600 instead of asking"},
      {"no-browser", "", "print the URL only, open nothing"},
      {"timeout", "TIME", "how long to wait for the browser (default: 10m)"}};
  for (OptionSpec& option : vault_options()) options.push_back(std::move(option));
  return {.name = "auth login",
          .summary = "sign in to a mail account, once",
          .description =
              "Two things are called authorization code; do not mix them up:\n"
              "- OAuth2 (Google, Microsoft): the browser opens, you sign in there, and Haulier gets tokens by itself.\n"
              "  You need a client id of your own. The URL is printed on standard output.\n"
              "- the authorization code (授权码, an app password given by the provider; China Mobile, NetEase and\n"
              "  others): you make it in the web mailbox's settings and type it here. It is not the web password.\n"
              "The sign-in is kept in an encrypted vault and may be used for the named mail server only.",
          .arguments = {{"ACCOUNT"}},
          .options = std::move(options),
          .exit_codes = auth_exit_codes(),
          .examples = {{"haulier auth login me@gmail.com --client-id ID --client-secret-file FILE",
                        "Google, in the browser"},
                       {"haulier auth login someone@gd.chinamobile.com", "asks for the app password (授权码)"},
                       {"haulier auth login me@example.org --issuer https://login.example.org --client-id ID "
                        "--scope \"mail offline_access\" --host imap.example.org",
                        "any other OAuth2 provider"}},
          .run = run_login};
}

Command auth_status_command() {
  std::vector<OptionSpec> options = vault_options();
  options.insert(options.begin(), {"json", "", "one JSON object"});
  return {.name = "auth status",
          .summary = "list the sign-ins and whether they still work; never a secret",
          .description = "Ends with 77 when an account shown needs somebody to sign in again.",
          .arguments = {{"ACCOUNT", false}},
          .options = std::move(options),
          .exit_codes = auth_exit_codes(),
          .examples = {{"haulier auth status", "every account"},
                       {"haulier auth status me@example.org --json", "one, for a script"}},
          .run = run_status};
}

Command auth_logout_command() {
  return {
      .name = "auth logout",
      .summary = "revoke a sign-in at the provider and remove it",
      .description = "Asks the provider to revoke the tokens when it has an endpoint for that, then removes them here.",
      .arguments = {{"ACCOUNT"}},
      .options = vault_options(),
      .exit_codes = auth_exit_codes(),
      .examples = {{"haulier auth logout me@example.org", "this account only"}},
      .run = run_logout};
}

}  // namespace haulier::host
