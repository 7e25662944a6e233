// What the host asks for credentials: opens the vault, hands out access tokens and app passwords, refreshes, lists,
// removes.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "credential_record.hpp"
#include "environment.hpp"
#include "expiry_forecast.hpp"
#include "http_exchange.hpp"
#include "redactor.hpp"
#include "refresh.hpp"
#include "vault.hpp"

namespace haulier::credentials {

enum class AccessKind { bearer, password };

struct Access {
  AccessKind kind = AccessKind::bearer;
  std::string user;
  Secret secret;
  std::int64_t expires_at = 0;  // Unix seconds; 0: not known, or a password
};

// For the audit log: never a secret, never the content of mail.
struct AuditEvent {
  std::string_view action;  // "login", "refresh", "refresh_interrupted", "logout"
  std::string_view account;
  std::string_view result;  // "ok", "transient", "sign_in_needed", "configuration", "protocol", "unsaved", ...
  std::string_view detail;  // words
};

struct AccountStatus {
  std::string account;
  Method method = Method::oauth2;
  std::string provider;
  std::string user;
  std::string scope;
  std::vector<std::string> imap_hosts;
  std::int64_t obtained_at = 0;
  std::int64_t expires_at = 0;
  std::int64_t refresh_expires_at = 0;
  bool can_refresh = false;
  RecordState state = RecordState::ok;
  std::int64_t state_since = 0;
  std::string state_reason;
  std::vector<ExpectedEnd> ends;      // of what only a person can renew
  std::vector<std::string> warnings;  // of what ends soon
};

struct LogoutResult {
  bool removed = false;
  enum class Revocation { not_possible, done, failed } revocation = Revocation::not_possible;
  std::string detail;  // why it failed
};

// What a store works with. Everything but `vault` has a working default.
struct StoreOptions {
  VaultOptions vault;
  Environment environment = system_environment();
  HttpExchange http = exchange_http;
  Redactor* redactor = nullptr;  // borrowed; every secret the store sees is registered there
  std::function<void(const AuditEvent&)> audit = [](const AuditEvent&) {};
  // Told what a person should know although the work goes on, once per process and text. Any thread.
  std::function<void(const std::string& words)> warn = [](const std::string&) {};
  std::chrono::seconds expiry_warning = kDefaultExpiryWarning;  // how long before an end it is warned of
  bool protect_memory = true;                                   // see protect_process_memory()
};

// One object per process, owned by the program's main, lent to the host's credential service. Thread-safe: any number
// of threads and processes may call access() for one account; they get one refresh between them.
class CredentialStore {
 public:
  // The vault must exist. Throws a VaultError for each way it can refuse.
  [[nodiscard]] static std::unique_ptr<CredentialStore> open(StoreOptions options);
  // For sign-in: makes vault and default key file when they are missing; `created` says what was made.
  [[nodiscard]] static std::unique_ptr<CredentialStore> open_or_create(StoreOptions options, Vault::Created& created);

  // A token or password that is good now, for this IMAP host only. `force_refresh`: the one given before was refused.
  // May wait for the vault's lock and for the token endpoint. Throws SignInNeeded, Misconfigured (also for a host that
  // the credential is not bound to), TryAgainLater, ProtocolFailure, VaultError.
  [[nodiscard]] Access access(const std::string& account, std::string_view imap_host, bool force_refresh);

  // Keeps what a login got; replaces an older record of the account. Used by login.hpp.
  void save_login(const std::string& account, const CredentialRecord& record);

  [[nodiscard]] std::vector<AccountStatus> status();
  // Asks the provider to revoke the refresh token when it has an endpoint for that, then removes the record, also when
  // the revocation failed.
  LogoutResult logout(const std::string& account);

  [[nodiscard]] const Environment& environment() const noexcept { return options_.environment; }
  [[nodiscard]] const HttpExchange& http() const noexcept { return options_.http; }
  [[nodiscard]] const Vault& vault() const noexcept { return *vault_; }
  // Registers with the redactor, if there is one.
  void hide(const Secret& secret, std::string_view user = {}, std::string_view slot = {}) const;

 private:
  using Moment = std::chrono::milliseconds;  // monotonic

  // What this process knows about an account beyond the vault.
  struct Held {
    std::uint64_t version = 0;  // of the record last handed out or got
    std::optional<CredentialRecord> record;
    std::optional<Moment> token_ends;  // monotonic end of its access token, when this process got it itself
    std::optional<Moment> refreshed;   // when this process got it
    std::optional<Moment> not_before;  // the token endpoint asked to wait until then
    std::string wait_reason;
    bool unsaved = false;  // the record could not be written; the vault still has the mark
  };

  CredentialStore(StoreOptions options, std::unique_ptr<Vault> vault)
      : options_(std::move(options)), vault_(std::move(vault)) {}

  [[nodiscard]] std::optional<Access> from_memory(const std::string& account, std::string_view imap_host, bool force);
  [[nodiscard]] Access refresh(const std::string& account, std::string_view imap_host, bool force,
                               std::uint64_t refused_version);
  [[nodiscard]] Access settle(const std::string& account, RefreshResult result, bool force);
  [[nodiscard]] bool usable(const Held& held) const;
  [[nodiscard]] bool still_valid(const Held& held) const;
  [[nodiscard]] bool waiting(const Held& held) const;
  [[nodiscard]] std::optional<Moment> remaining(const Held& held) const;
  Held& learn(const std::string& account, CredentialRecord record, std::uint64_t version);
  bool save_unsaved(VaultTransaction& transaction, const std::string& account);
  void check_waiting(const std::string& account);
  void warn_once(const std::string& words);
  void report_interruption(const std::string& account, std::int64_t since);
  void hide_all(const std::string& account, const CredentialRecord& record) const;
  void warn_of_ends(const std::string& account, const CredentialRecord& record);

  StoreOptions options_;
  std::unique_ptr<Vault> vault_;
  std::mutex mutex_;  // guards held_; never kept while the vault is locked or the network is asked
  std::map<std::string, Held> held_;
  std::mutex warned_mutex_;  // taken with or without mutex_, never the other way round
  std::set<std::string> warned_;
};

}  // namespace haulier::credentials
