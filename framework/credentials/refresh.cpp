#include "refresh.hpp"

#include <algorithm>

#include "redactor.hpp"
#include "renewal.hpp"
#include "vault_error.hpp"

namespace haulier::credentials {
namespace {

using std::chrono::milliseconds;

CredentialRecord read_record(const VaultRecord& stored) { return decode_record(stored.plaintext); }

// A server may repeat in its error what it was sent; the words go into messages and into the record.
std::string without_secrets(const std::string& words, const CredentialRecord& record) {
  Redactor redactor;
  for (const Secret* secret : {&record.access_token, &record.refresh_token, &record.client_secret}) {
    redactor.add(*secret);
  }
  return redactor.mask(words);
}

class LockedRefresh {
 public:
  LockedRefresh(VaultTransaction& transaction, const std::string& account, const RefreshContext& context)
      : transaction_(transaction), account_(account), context_(context) {}

  RefreshResult run(CredentialRecord record) {
    constexpr int kAttempts = 2;  // the second only with a record that somebody else has written meanwhile
    RefreshResult result;
    for (int attempt = 1;; ++attempt) {
      note_interruption(record, result);
      mark(record);
      TokenAnswer answer = ask_for_access(record, context_.http, context_.environment);
      context_.environment.checkpoint("refresh.answered");
      if (auto* grant = std::get_if<TokenGrant>(&answer))
        return store_grant(std::move(record), std::move(*grant), std::move(result));
      auto& refusal = std::get<TokenRefusal>(answer);
      refusal.words = without_secrets(refusal.words, record);
      if (refusal.kind == RefusalKind::person) {
        if (std::optional<CredentialRecord> other = changed_meanwhile(record)) {
          if (attempt < kAttempts && !is_fresh(*other)) {
            record = std::move(*other);
            continue;
          }
          return found(std::move(*other), std::move(result));
        }
      }
      return store_refusal(std::move(record), std::move(refusal), std::move(result));
    }
  }

 private:
  [[nodiscard]] std::int64_t now() const { return context_.environment.unix_seconds(); }

  [[nodiscard]] bool is_fresh(const CredentialRecord& record) const {
    const std::optional<milliseconds> left = remaining_by_wall_clock(record, now());
    return record.state == RecordState::ok && (!left || *left > refresh_margin(record.lifetime));
  }

  static void note_interruption(const CredentialRecord& record, RefreshResult& result) {
    if (record.state != RecordState::refreshing) return;
    result.interrupted_before = true;
    result.interrupted_since = record.state_since;
  }

  void mark(CredentialRecord& record) {
    // Only a refresh token can be used up; an application or a service account just asks again.
    if (record.renewal != Renewal::refresh_token) {
      version_ = transaction_.find(account_)->version;
    } else if (record.state != RecordState::refreshing) {
      record.state = RecordState::refreshing;
      record.state_since = now();
      record.state_reason.clear();
      transaction_.put(account_, encode_record(record));
      version_ = transaction_.commit();
    } else {
      version_ = transaction_.find(account_)->version;  // the mark of the interrupted attempt still stands
    }
    context_.environment.checkpoint("refresh.marked");
  }

  // A writer that does not take the lock (restore, file sync) may have put another record there.
  std::optional<CredentialRecord> changed_meanwhile(const CredentialRecord& used) {
    transaction_.reread();
    std::optional<VaultRecord> stored = transaction_.find(account_);
    if (!stored || stored->version == version_) return std::nullopt;
    CredentialRecord other = read_record(*stored);
    if (other.refresh_token.equals(used.refresh_token)) return std::nullopt;
    version_ = stored->version;
    return other;
  }

  RefreshResult found(CredentialRecord record, RefreshResult result) const {
    result.record = std::move(record);
    result.version = version_;
    return result;
  }

  RefreshResult store_grant(CredentialRecord record, TokenGrant grant, RefreshResult result) {
    apply_grant(record, grant);
    try {
      transaction_.put(account_, encode_record(record));
      version_ = transaction_.commit();
    } catch (const VaultStorageFailure& failure) {
      result.unsaved = failure.what();
    }
    context_.environment.checkpoint("refresh.stored");
    result.grant = std::move(grant);
    return found(std::move(record), std::move(result));
  }

  RefreshResult store_refusal(CredentialRecord record, TokenRefusal refusal, RefreshResult result) {
    if (refusal.kind == RefusalKind::person) {
      record.state = RecordState::sign_in_needed;
      record.state_reason = refusal.words;
      if (result.interrupted_before) {
        record.state_reason +=
            "; an earlier refresh was cut off after the request was sent, so the provider may have "
            "replaced the refresh token without us: nobody can recover that one";
      }
      refusal.words = record.state_reason;
    } else if (!refusal.outcome_unknown) {
      record.state = RecordState::ok;
      record.state_since = 0;
    }
    // With an unknown outcome the mark stays: the next attempt must know that the token may be used up.
    if (record.state != RecordState::refreshing) {
      if (record.state == RecordState::sign_in_needed) record.state_since = now();
      transaction_.put(account_, encode_record(record));
      version_ = transaction_.commit();
    }
    context_.environment.checkpoint("refresh.refusal_stored");
    result.refusal = std::move(refusal);
    return found(std::move(record), std::move(result));
  }

  VaultTransaction& transaction_;
  const std::string& account_;
  const RefreshContext& context_;
  std::uint64_t version_ = 0;
};

}  // namespace

milliseconds refresh_margin(std::int64_t lifetime_seconds) {
  if (lifetime_seconds <= 0) return milliseconds{0};
  const milliseconds life{lifetime_seconds * 1000};
  return std::min(std::max<milliseconds>(std::chrono::seconds{60}, life / 10), life / 5);
}

std::optional<milliseconds> remaining_by_wall_clock(const CredentialRecord& record, std::int64_t now) {
  if (record.expires_at == 0) return std::nullopt;
  constexpr std::int64_t kToleratedStepSeconds = 60;
  if (now < record.obtained_at - kToleratedStepSeconds) return milliseconds{0};
  return milliseconds{std::max<std::int64_t>(record.expires_at - now, 0) * 1000};
}

void apply_grant(CredentialRecord& record, const TokenGrant& grant) {
  record.access_token = grant.access_token.clone();
  if (!grant.refresh_token.empty()) record.refresh_token = grant.refresh_token.clone();
  if (!grant.scope.empty()) record.scope = grant.scope;
  record.obtained_at = grant.arrived_at;
  record.lifetime = grant.expires_in.value_or(0);
  record.expires_at = grant.expires_in ? grant.arrived_at + *grant.expires_in : 0;
  if (grant.refresh_expires_in) record.refresh_expires_at = grant.arrived_at + *grant.refresh_expires_in;
  record.state = RecordState::ok;
  record.state_since = 0;
  record.state_reason.clear();
}

RefreshResult refresh_locked(VaultTransaction& transaction, const std::string& account, CredentialRecord record,
                             const RefreshContext& context) {
  return LockedRefresh(transaction, account, context).run(std::move(record));
}

}  // namespace haulier::credentials
