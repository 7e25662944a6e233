#include "cli/auth_command.hpp"

namespace haulier::host::auth_command {

std::vector<OptionSpec> vault_options() {
  return {{"vault", "FILE", "the token vault (default: $HAULIER_VAULT, else in the folder for user data)"},
          {"vault-key-file", "FILE", "its key (default: $HAULIER_VAULT_KEY_FILE, else in the folder for settings)"},
          {"vault-key-credential", "NAME", "or a systemd credential that holds the key"},
          {"vault-key-env", "NAME", "or an environment variable that holds the key"},
          {"vault-key-command", "WORD", "or a program that prints the key: one option per word, no shell", true},
          {"vault-passphrase-file", "FILE", "or a file with its passphrase"},
          {"vault-passphrase", "", "or ask for its passphrase on the terminal"}};
}

std::vector<ExitCode> exit_codes() {
  return {ExitCode::ok,       ExitCode::usage,      ExitCode::local_io,  ExitCode::try_again,
          ExitCode::protocol, ExitCode::needs_auth, ExitCode::bad_config};
}

credentials::StoreOptions options_of(Invocation& invocation) {
  VaultConfig config;
  config.file = invocation.option("vault");
  config.key_file = invocation.option("vault-key-file");
  config.key_credential = invocation.option("vault-key-credential");
  config.key_env = invocation.option("vault-key-env");
  config.key_command = invocation.all("vault-key-command");
  config.passphrase_file = invocation.option("vault-passphrase-file");
  config.ask_passphrase = invocation.has("vault-passphrase");
  Services& services = invocation.services;
  if (services.redactor == nullptr) {
    throw Failed({.exit_code = ExitCode::bug, .what = "this program was built without redaction"});
  }
  credentials::StoreOptions options = store_options(config, services.crash_points, services.stop, *services.redactor);
  options.vault.warn = [&log = services.log](const std::string& words) { log.log(LogLevel::warning, "auth", words); };
  options.warn = options.vault.warn;
  return options;
}

void say(Invocation& invocation, const std::string& words) {
  invocation.services.log.log(LogLevel::info, "auth", words);
}

void warn(Invocation& invocation, const std::string& words) {
  invocation.services.log.log(LogLevel::warning, "auth", words);
}

Failure failure_of(const credentials::CredentialError& error, const std::string& account) {
  Failure failure{.exit_code = static_cast<ExitCode>(error.exit_code()),
                  .what = error.what(),
                  .data_safety = "every sign-in that was stored before is still stored"};
  if (error.code() == credentials::ExitCode::sign_in && !account.empty()) {
    failure.command = "haulier auth login " + account;
  }
  return failure;
}

}  // namespace haulier::host::auth_command
