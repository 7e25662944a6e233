// haulier auth status: the sign-ins, whether they still work and until when; never a secret.
#include "cli/auth_command.hpp"
#include "cli/auth_status_text.hpp"
#include "cli/command_auth.hpp"
#include "config/quantity.hpp"

namespace haulier::host {

namespace {

using credentials::CredentialStore;

int run_status(Invocation& invocation) {
  const std::string account = invocation.arguments.empty() ? "" : invocation.arguments[0];
  return auth_command::told(account, [&] {
    credentials::StoreOptions options = auth_command::options_of(invocation);
    if (const auto within = invocation.milliseconds_option("warn-within")) {
      options.expiry_warning = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::milliseconds(*within));
    }
    const auto store = CredentialStore::open(std::move(options));
    std::vector<credentials::AccountStatus> accounts = store->status();
    if (!account.empty()) {
      std::erase_if(accounts, [&](const credentials::AccountStatus& status) { return status.account != account; });
      if (accounts.empty()) throw credentials::SignInNeeded("the vault holds no credential for " + account);
    }
    const std::int64_t now = store->environment().unix_seconds();
    const AuthStatus status{store->vault().path().string(), store->vault().key_source(), std::move(accounts)};
    invocation.out << (invocation.has("json") ? auth_status_json(status) : auth_status_text(status, now));
    for (const credentials::AccountStatus& shown : status.accounts) {
      for (const std::string& words : shown.warnings) auth_command::warn(invocation, words);
    }
    return to_int(needs_sign_in(status) ? ExitCode::needs_auth : ExitCode::ok);
  });
}

}  // namespace

Command auth_status_command() {
  std::vector<OptionSpec> options = auth_command::vault_options();
  options.insert(options.begin(), {{"json", "", "one JSON object"},
                                   {"warn-within", "TIME", "warn of what ends within this time (default: 7d)"}});
  return {.name = "auth status",
          .summary = "list the sign-ins, whether they still work and until when; never a secret",
          .description =
              "For every account: method, scope, the end of its access token, and when the refresh token, the client\n"
              "secret or the certificate is expected to end, with how that is known.\n"
              "Ends with 77 when an account shown needs somebody to sign in again.",
          .arguments = {{"ACCOUNT", false}},
          .options = std::move(options),
          .exit_codes = auth_command::exit_codes(),
          .examples = {{"haulier auth status", "every account"},
                       {"haulier auth status me@example.org --json", "one, for a script"}},
          .run = run_status};
}

}  // namespace haulier::host
