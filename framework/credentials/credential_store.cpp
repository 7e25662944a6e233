#include "credential_store.hpp"

#include <utility>

#include "credential_error.hpp"
#include "renewal.hpp"

namespace haulier::credentials {
namespace {

// Several connections whose token was refused at the same moment each ask to force a refresh; within this time they get
// the one that the first of them caused.
constexpr std::chrono::seconds kJustRefreshed{10};

Access to_access(const CredentialRecord& record) {
  const bool bearer = record.method == Method::oauth2;
  return Access{bearer ? AccessKind::bearer : AccessKind::password, record.user,
                bearer ? record.access_token.clone() : record.password.clone(), bearer ? record.expires_at : 0};
}

void check_host(const std::string& account, const CredentialRecord& record, std::string_view imap_host) {
  if (record.allows_host(imap_host)) return;
  std::string bound;
  for (const std::string& host : record.imap_hosts) bound += (bound.empty() ? "" : ", ") + host;
  throw Misconfigured("the credential " + account + " may be sent to " + bound + " only, not to " +
                      std::string(imap_host) +
                      ". Nothing was sent. If that host is right, sign in again: haulier auth "
                      "login " +
                      account + " --host " + std::string(imap_host));
}

[[noreturn]] void throw_sign_in_needed(const std::string& account, const std::string& words) {
  throw SignInNeeded(account + ": " + words + ". Nothing was deleted. Sign in again: haulier auth login " + account);
}

[[noreturn]] void throw_no_credential(const std::string& account) {
  throw SignInNeeded("the vault holds no credential for " + account + ". Sign in with: haulier auth login " + account);
}

std::string_view refusal_name(RefusalKind kind) {
  switch (kind) {
    case RefusalKind::person:
      return "sign_in_needed";
    case RefusalKind::configuration:
      return "configuration";
    case RefusalKind::protocol:
      return "protocol";
    case RefusalKind::transient:
      break;
  }
  return "transient";
}

}  // namespace

std::unique_ptr<CredentialStore> CredentialStore::open(StoreOptions options) {
  if (options.protect_memory) protect_process_memory();
  std::unique_ptr<Vault> vault = Vault::open(options.vault, options.environment);
  return std::unique_ptr<CredentialStore>(new CredentialStore(std::move(options), std::move(vault)));
}

std::unique_ptr<CredentialStore> CredentialStore::open_or_create(StoreOptions options, Vault::Created& created) {
  if (options.protect_memory) protect_process_memory();
  std::unique_ptr<Vault> vault = Vault::open_or_create(options.vault, options.environment, created);
  return std::unique_ptr<CredentialStore>(new CredentialStore(std::move(options), std::move(vault)));
}

Access CredentialStore::access(const std::string& account, std::string_view imap_host, bool force_refresh) {
  if (std::optional<Access> ready = from_memory(account, imap_host, force_refresh)) return std::move(*ready);
  std::optional<VaultRecord> stored = vault_->read().find(account);
  if (!stored) throw_no_credential(account);
  CredentialRecord record = decode_record(stored->plaintext);
  check_host(account, record, imap_host);
  std::uint64_t refused_version = 0;
  {
    const std::lock_guard lock(mutex_);
    const Held& known = held_[account];
    // Nothing handed out by this process yet: then the refused token was the one in the vault.
    if (force_refresh) refused_version = known.version == 0 ? stored->version : known.version;
    if (!known.unsaved && record.state != RecordState::sign_in_needed) {
      const Held& held = learn(account, std::move(record), stored->version);
      const bool good = usable(held) && stored->version != refused_version;
      const bool must_wait = !force_refresh && waiting(held) && still_valid(held);
      if (held.record->method == Method::app_password || good || must_wait) return to_access(*held.record);
    }
  }
  return refresh(account, imap_host, force_refresh, refused_version);
}

std::optional<Access> CredentialStore::from_memory(const std::string& account, std::string_view imap_host, bool force) {
  const std::lock_guard lock(mutex_);
  const auto found = held_.find(account);
  if (found == held_.end() || !found->second.record || found->second.unsaved) return std::nullopt;
  const Held& held = found->second;
  // A password never goes stale by itself, but a person may have stored a new one: the vault is asked each time.
  if (held.record->method == Method::app_password || !held.record->allows_host(imap_host) || !usable(held)) {
    return std::nullopt;
  }
  const bool just = held.refreshed && options_.environment.monotonic() - *held.refreshed < kJustRefreshed;
  if (force && !just) return std::nullopt;
  return to_access(*held.record);
}

std::optional<CredentialStore::Moment> CredentialStore::remaining(const Held& held) const {
  if (held.token_ends) return std::max(*held.token_ends - options_.environment.monotonic(), Moment{0});
  return remaining_by_wall_clock(*held.record, options_.environment.unix_seconds());
}

bool CredentialStore::usable(const Held& held) const {
  if (held.record->access_token.empty()) return false;
  const std::optional<Moment> left = remaining(held);
  return !left || *left > refresh_margin(held.record->lifetime);
}

bool CredentialStore::still_valid(const Held& held) const {
  const std::optional<Moment> left = remaining(held);
  return !held.record->access_token.empty() && (!left || left->count() > 0);
}

bool CredentialStore::waiting(const Held& held) const {
  return held.not_before && *held.not_before > options_.environment.monotonic();
}

void CredentialStore::hide_all(const std::string& account, const CredentialRecord& record) const {
  hide(record.access_token, record.user, account + "/access");
  hide(record.refresh_token, record.user, account + "/refresh");
  hide(record.client_secret, record.client_id, account + "/client");
  hide(record.password, record.user, account + "/password");
  hide(record.signing_key.private_key, {}, account + "/key");
}

CredentialStore::Held& CredentialStore::learn(const std::string& account, CredentialRecord record,
                                              std::uint64_t version) {
  hide_all(account, record);
  warn_of_ends(account, record);
  Held& held = held_[account];
  if (held.version != version) {
    // Another process wrote it: only the wall clock knows how old it is.
    held.token_ends.reset();
    held.refreshed.reset();
  }
  held.version = version;
  held.record = std::move(record);
  return held;
}

Access CredentialStore::refresh(const std::string& account, std::string_view imap_host, bool force,
                                std::uint64_t refused_version) {
  check_waiting(account);
  VaultTransaction transaction = vault_->begin();
  const bool saved = save_unsaved(transaction, account);
  std::optional<VaultRecord> stored = transaction.find(account);
  if (!stored) throw_no_credential(account);
  CredentialRecord record = decode_record(stored->plaintext);
  check_host(account, record, imap_host);
  if (record.state == RecordState::sign_in_needed) throw_sign_in_needed(account, record.state_reason);
  {
    const std::lock_guard lock(mutex_);
    const Held& held = learn(account, decode_record(stored->plaintext), stored->version);
    const bool other_token = !force || saved || stored->version != refused_version;
    if (record.method == Method::app_password || (usable(held) && other_token)) return to_access(record);
  }
  if (!record.can_renew())
    throw_sign_in_needed(account, "the access token is at its end and there is no refresh token");
  const RefreshContext context{options_.environment, options_.http};
  return settle(account, refresh_locked(transaction, account, std::move(record), context), force);
}

// The process found the new refresh token unwritable before; the vault still carries the mark of that attempt.
bool CredentialStore::save_unsaved(VaultTransaction& transaction, const std::string& account) {
  std::optional<Secret> text;
  std::uint64_t version = 0;
  {
    const std::lock_guard lock(mutex_);
    const Held& held = held_[account];
    if (!held.unsaved) return false;
    text = encode_record(*held.record);
    version = held.version;
  }
  const std::optional<VaultRecord> stored = transaction.find(account);
  const bool still_ours = stored && stored->version == version;
  if (still_ours) {
    transaction.put(account, *text);
    version = transaction.commit();
    options_.audit({"refresh", account, "ok", "the token that could not be written before is stored now"});
  }
  const std::lock_guard lock(mutex_);
  Held& held = held_[account];
  held.unsaved = false;
  held.version = still_ours ? version : 0;
  return still_ours;
}

void CredentialStore::check_waiting(const std::string& account) {
  const std::lock_guard lock(mutex_);
  const Held& held = held_[account];
  if (!waiting(held)) return;
  const Moment left = *held.not_before - options_.environment.monotonic();
  throw TryAgainLater(held.wait_reason, std::chrono::ceil<std::chrono::seconds>(left));
}

void CredentialStore::warn_once(const std::string& words) {
  // A distance in time changes with every call, the date before it does not.
  const std::lock_guard lock(warned_mutex_);
  if (warned_.insert(words.substr(0, words.find(", in "))).second) options_.warn(words);
}

void CredentialStore::report_interruption(const std::string& account, std::int64_t since) {
  const std::string words = "a refresh begun at " + utc_time(since) +
                            " ended without an answer that could be stored (the process was stopped, or the provider "
                            "failed in the middle), so the provider may have replaced the refresh token without us; "
                            "the stored one was tried once more";
  options_.audit({"refresh_interrupted", account, "unknown", words});
  warn_once(account + ": " + words);
}

void CredentialStore::warn_of_ends(const std::string& account, const CredentialRecord& record) {
  for (const std::string& words :
       expiry_warnings(account, record, options_.environment.unix_seconds(), options_.expiry_warning)) {
    warn_once(words);
  }
}

Access CredentialStore::settle(const std::string& account, RefreshResult result, bool force) {
  if (result.interrupted_before) report_interruption(account, result.interrupted_since);
  if (result.refusal) options_.audit({"refresh", account, refusal_name(result.refusal->kind), result.refusal->words});
  if (result.grant)
    options_.audit({"refresh", account, result.unsaved ? "unsaved" : "ok", result.unsaved.value_or("")});
  const std::lock_guard lock(mutex_);
  Held& held = learn(account, std::move(result.record), result.version);
  if (result.grant) {
    held.refreshed = result.grant->arrived;
    held.token_ends.reset();
    if (result.grant->expires_in)
      held.token_ends = result.grant->arrived + std::chrono::seconds(*result.grant->expires_in);
    held.not_before.reset();
  }
  if (result.unsaved) {
    held.unsaved = true;
    throw CredentialError(ExitCode::local_io,
                          *result.unsaved + ". The provider has given " + account +
                              " a new refresh token, which only this process knows: make room on the "
                              "disk before it ends; it tries to write again at the next use");
  }
  if (!result.refusal) return to_access(*held.record);
  if (result.refusal->kind == RefusalKind::transient) {
    const std::chrono::seconds wait = result.refusal->retry_after.value_or(std::chrono::seconds{1});
    held.not_before = options_.environment.monotonic() + wait;
    held.wait_reason = account + ": " + result.refusal->words + ". The sign-in is kept; try again later";
    if (!force && still_valid(held)) {  // the margin is there for this
      warn_once(account + ": the access token could not be renewed ahead of time (" + result.refusal->words +
                "); it is good until " + utc_time(held.record->expires_at));
      return to_access(*held.record);
    }
  }
  throw_refusal(*result.refusal, account);
}

void CredentialStore::save_login(const std::string& account, const CredentialRecord& record) {
  VaultTransaction transaction = vault_->begin();
  transaction.put(account, encode_record(record));
  transaction.commit();
  {
    const std::lock_guard lock(mutex_);
    held_.erase(account);
  }
  options_.audit({"login", account, "ok", method_name(record.method)});
}

std::vector<AccountStatus> CredentialStore::status() {
  const VaultContents contents = vault_->read();
  std::vector<AccountStatus> all;
  for (const std::string& name : contents.names()) {
    const CredentialRecord record = decode_record(contents.find(name)->plaintext);
    hide_all(name, record);
    AccountStatus status;
    status.account = name;
    status.method = record.method;
    status.provider = record.provider;
    status.user = record.user;
    status.scope = record.scope;
    status.imap_hosts = record.imap_hosts;
    status.obtained_at = record.obtained_at;
    status.expires_at = record.expires_at;
    status.refresh_expires_at = record.refresh_expires_at;
    status.can_refresh = record.can_renew();
    status.state = record.state;
    status.state_since = record.state_since;
    status.state_reason = record.state_reason;
    status.ends = expected_ends(record);
    status.warnings = expiry_warnings(name, record, options_.environment.unix_seconds(), options_.expiry_warning);
    all.push_back(std::move(status));
  }
  return all;
}

LogoutResult CredentialStore::logout(const std::string& account) {
  LogoutResult result;
  VaultTransaction transaction = vault_->begin();
  const std::optional<VaultRecord> stored = transaction.find(account);
  if (!stored) return result;
  const CredentialRecord record = decode_record(stored->plaintext);
  if (!record.revocation_url.empty()) {
    const bool refreshable = !record.refresh_token.empty();
    const std::optional<std::string> fault = revoke_token(
        options_.http, options_.environment, revocation_endpoint_of(record),
        refreshable ? record.refresh_token : record.access_token, refreshable ? "refresh_token" : "access_token");
    result.revocation = fault ? LogoutResult::Revocation::failed : LogoutResult::Revocation::done;
    result.detail = fault.value_or("");
  }
  result.removed = transaction.erase(account);
  transaction.commit();
  {
    const std::lock_guard lock(mutex_);
    held_.erase(account);
  }
  options_.audit(
      {"logout", account, result.revocation == LogoutResult::Revocation::failed ? "not_revoked" : "ok", result.detail});
  return result;
}

void CredentialStore::hide(const Secret& secret, std::string_view user, std::string_view slot) const {
  if (options_.redactor != nullptr) options_.redactor->add(secret, user, slot);
}

}  // namespace haulier::credentials
