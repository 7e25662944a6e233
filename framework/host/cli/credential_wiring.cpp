#include "cli/credential_wiring.hpp"

#include "engine/vault_credentials.hpp"

namespace haulier::host {

credentials::StoreOptions store_options(const VaultConfig& vault, CrashPoints& crash_points, const StopEvent& stop,
                                        credentials::Redactor& redactor) {
  credentials::StoreOptions options;
  options.vault = credentials::default_vault_options(credentials::process_environment());
  if (vault.file) options.vault.path = *vault.file;
  // A source that the file names replaces the one of the environment; two that it names are the store's error.
  if (vault.key_env || vault.passphrase_file || vault.key_credential || !vault.key_command.empty() ||
      vault.ask_passphrase) {
    options.vault.key.key_file.clear();
  }
  if (vault.key_file) options.vault.key.key_file = *vault.key_file;
  if (vault.key_env) options.vault.key.key_env = *vault.key_env;
  if (vault.passphrase_file) options.vault.key.passphrase_file = *vault.passphrase_file;
  if (vault.key_credential) options.vault.key.key_credential = *vault.key_credential;
  options.vault.key.key_command = vault.key_command;
  options.vault.key.ask_passphrase = vault.ask_passphrase;
  options.vault.key.ask = [&stop](const std::string& prompt) {
    return credentials::ask_on_terminal(prompt, [&stop] { return stop.is_set(); });
  };
  if (vault.expiry_warning_ms > 0) {
    options.expiry_warning =
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::milliseconds(vault.expiry_warning_ms));
  }
  options.environment.checkpoint = [&crash_points](const char* step) { crash_points.step(step); };
  options.environment.cancelled = [&stop] { return stop.is_set(); };
  options.redactor = &redactor;
  return options;
}

std::unique_ptr<CredentialProvider> vault_provider(const VaultConfig& vault, CrashPoints& crash_points,
                                                   const StopEvent& stop, credentials::Redactor& redactor) {
  const auto open = [vault, &crash_points, &stop, &redactor](const CredentialEvents& events) {
    credentials::StoreOptions options = store_options(vault, crash_points, stop, redactor);
    options.warn = options.vault.warn = events.warn;
    options.audit = [audit = events.audit](const credentials::AuditEvent& event) {
      audit(event.action, event.account, event.result, event.detail);
    };
    return credentials::CredentialStore::open(std::move(options));
  };
  return std::make_unique<VaultCredentials>(open, vault.ask_passphrase);
}

}  // namespace haulier::host
