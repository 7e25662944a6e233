#include "cli/command_auth.hpp"

#include <openssl/crypto.h>
#include <unistd.h>

#include <filesystem>
#include <iostream>
#include <optional>
#include <system_error>

#include "cli/auth_command.hpp"
#include "cli/auth_login_request.hpp"
#include "cli/auth_login_words.hpp"
#include "credentials/browser.hpp"
#include "credentials/login.hpp"

namespace haulier::host {

namespace {

using auth_command::exit_codes;
using auth_command::options_of;
using auth_command::say;
using auth_command::told;
using auth_command::vault_options;
using auth_command::warn;
using credentials::CredentialStore;
using credentials::Flow;
using credentials::LoginPlan;
using credentials::Method;
using credentials::Secret;

void say_plan(Invocation& invocation, const LoginPlan& plan) {
  say(invocation, picked_words(plan));
  if (!plan.note.empty()) say(invocation, plan.note);
}

void say_created(Invocation& invocation, const CredentialStore& store, const credentials::Vault::Created& created) {
  if (created.vault) say(invocation, "made the vault " + store.vault().path().string());
  if (created.key_file) {
    say(invocation, "made its " + store.vault().key_source() +
                        "; keep a copy of it somewhere else. Who has both files can read the sign-ins");
  }
}

std::function<bool()> stopped(Invocation& invocation) {
  return [&stop = invocation.services.stop] { return stop.is_set(); };
}

// The URL alone on standard output: a script can read it and open it by its own means.
void show_url(Invocation& invocation, const std::string& url, bool may_open) {
  const bool opened =
      may_open && !invocation.has("no-browser") && credentials::open_browser(url, credentials::process_environment());
  say(invocation,
      opened ? "the browser was opened; if nothing shows, open this URL in it:" : "open this URL in a browser:");
  invocation.out << url << "\n" << std::flush;
}

// From the terminal without echo and without its limit of 4095 characters a line; from a pipe as it comes.
Secret pasted_address(Invocation& invocation) {
  say(invocation,
      "sign in there; the browser then ends at a page that it cannot show. Copy that page's whole address from the "
      "address line and paste it here");
  if (invocation.in.rdbuf() == std::cin.rdbuf() && ::isatty(STDIN_FILENO) == 1)
    return credentials::ask_on_terminal("Address (not shown): ", stopped(invocation));
  std::string line;
  std::getline(invocation.in, line);
  Secret pasted{std::string_view(line)};
  OPENSSL_cleanse(line.data(), line.size());
  return pasted;
}

void show_device_code(Invocation& invocation, const credentials::DevicePrompt& prompt) {
  say(invocation, "open " + prompt.url + " on any device and type in this code: " + prompt.user_code + " (good for " +
                      std::to_string(prompt.expires_in) + " s)");
  invocation.out << (prompt.complete_url.empty() ? prompt.url : prompt.complete_url) << "\n" << std::flush;
}

credentials::LoginResult login_by_flow(Invocation& invocation, CredentialStore& store, const LoginPlan& plan) {
  switch (plan.flow) {
    case Flow::paste:
      return credentials::login_by_paste(
          store, plan, [&](const std::string& url) { show_url(invocation, url, false); },
          [&] { return pasted_address(invocation); });
    case Flow::device:
      return credentials::login_by_device(
          store, plan, [&](const credentials::DevicePrompt& prompt) { show_device_code(invocation, prompt); });
    case Flow::application:
    case Flow::service_account:
      return credentials::login_without_person(store, plan);
    case Flow::browser:
      break;
  }
  return credentials::login_oauth2(store, plan, [&](const std::string& url) { show_url(invocation, url, true); });
}

void login_with_oauth2(Invocation& invocation, CredentialStore& store, const LoginPlan& plan) {
  const credentials::LoginResult result = login_by_flow(invocation, store, plan);
  for (const std::string& warning : result.warnings) warn(invocation, warning);
  std::string done = "signed in: " + plan.account;
  if (!result.scope.empty()) done += ", scope " + result.scope;
  if (result.expires_in) done += ", access token for " + std::to_string(*result.expires_in) + " s, renewed by itself";
  say(invocation, done);
}

Secret app_password_of(Invocation& invocation, const LoginPlan& plan) {
  if (const auto file = invocation.option("password-file")) {
    return credentials::read_secret_file(*file, "password file");
  }
  return credentials::ask_on_terminal("Authorization code of " + plan.account +
                                          " (授权码, an app password given by the provider; not the web password): ",
                                      stopped(invocation));
}

void login_with_password(Invocation& invocation, CredentialStore& store, const LoginPlan& plan,
                         std::optional<Secret> password) {
  if (!password) password = app_password_of(invocation, plan);
  if (const std::string doubt = credentials::doubt_about(plan, *password); !doubt.empty()) warn(invocation, doubt);
  credentials::login_app_password(store, plan, *password);
  say(invocation, "stored: " + plan.account + "; the first connection to " + plan.server.host +
                      " shows whether the provider takes it");
}

int run_login(Invocation& invocation) {
  return told(invocation.arguments.at(0), [&] {
    credentials::StoreOptions options = options_of(invocation);
    const LoginPlan plan =
        credentials::resolve_login(login_request_of(invocation), credentials::ProviderCatalogue::built_in(),
                                   options.http, asked_method(invocation));
    say_plan(invocation, plan);
    // A person who stops at the question leaves no new vault behind...
    std::optional<Secret> typed;
    std::error_code unknown;
    if (plan.method == Method::app_password && !std::filesystem::exists(options.vault.path, unknown) && !unknown)
      typed = app_password_of(invocation, plan);
    // ...and one that is there is opened first: a wrong key must not be found out after the sign-in.
    credentials::Vault::Created created;
    const auto store = CredentialStore::open_or_create(std::move(options), created);
    say_created(invocation, *store, created);
    plan.method == Method::oauth2 ? login_with_oauth2(invocation, *store, plan)
                                  : login_with_password(invocation, *store, plan, std::move(typed));
    say(invocation, "in the pipeline file: " + pipeline_words(plan));
    return to_int(ExitCode::ok);
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
  std::vector<OptionSpec> options = auth_login_options();
  for (OptionSpec& option : vault_options()) options.push_back(std::move(option));
  return {.name = "auth login",
          .summary = "sign in to a mail account, once",
          .description =
              "Two things are called authorization code; do not mix them up:\n"
              "- the authorization code of OAuth2 (Google, Microsoft): nobody sees it. The browser opens, you sign in\n"
              "  there, and Haulier gets tokens by itself. You need a client id of your own. The URL is printed on\n"
              "  standard output. Without a browser here: --paste or --device.\n"
              "- the authorization code (授权码, an app password given by the provider; China Mobile, NetEase and\n"
              "  others): you make it in the web mailbox's settings and type it here. It is not the web password.\n"
              "The sign-in is kept in an encrypted vault and may be used for the named mail server only.",
          .arguments = {{"ACCOUNT"}},
          .options = std::move(options),
          .exit_codes = exit_codes(),
          .examples =
              {{"haulier auth login me@gmail.com --client-id ID --client-secret-file FILE", "Google, in the browser"},
               {"haulier auth login someone@gd.chinamobile.com", "asks for the app password (授权码)"},
               {"haulier auth login me@contoso.com --provider microsoft --tenant contoso.com --client-id ID --device",
                "Microsoft 365, signed in on another device"},
               {"haulier auth login team@contoso.com --provider microsoft --tenant contoso.com --client-id ID "
                "--application --client-key-file KEY --client-certificate CERT",
                "Microsoft 365 as an application, with a certificate"},
               {"haulier auth login me@example.org --issuer https://login.example.org --client-id ID "
                "--scope \"mail offline_access\" --host imap.example.org",
                "any other OAuth2 provider"}},
          .run = run_login};
}

Command auth_logout_command() {
  return {
      .name = "auth logout",
      .summary = "revoke a sign-in at the provider and remove it",
      .description = "Asks the provider to revoke the tokens when it has an endpoint for that, then removes them here.",
      .arguments = {{"ACCOUNT"}},
      .options = vault_options(),
      .exit_codes = exit_codes(),
      .examples = {{"haulier auth logout me@example.org", "this account only"}},
      .run = run_logout};
}

}  // namespace haulier::host
