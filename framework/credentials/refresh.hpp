// Refreshing one account inside the vault's exclusive lock, so that a rotating refresh token is used exactly once
// whatever threads and processes want it, and so that a crash at any step leaves words instead of a riddle.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "credential_record.hpp"
#include "environment.hpp"
#include "http_exchange.hpp"
#include "token_endpoint.hpp"
#include "token_refusal.hpp"
#include "vault.hpp"

namespace haulier::credentials {

// When to refresh before the end: max(60 s, 10 % of the life), but never more than 20 % of it.
[[nodiscard]] std::chrono::milliseconds refresh_margin(std::int64_t lifetime_seconds);

// What is left of the access token by the wall clock; nullopt when the provider gave no expiry. A clock that went back
// behind the moment the token was got is not believed: zero.
[[nodiscard]] std::optional<std::chrono::milliseconds> remaining_by_wall_clock(const CredentialRecord& record,
                                                                               std::int64_t now);

// Copies a grant into the record; a refresh token or scope that was not sent again is kept.
void apply_grant(CredentialRecord& record, const TokenGrant& grant);

struct RefreshResult {
  CredentialRecord record;  // as it now is in the vault
  std::uint64_t version = 0;
  std::optional<TokenGrant> grant;      // set when this call got a new token
  std::optional<TokenRefusal> refusal;  // set when it did not
  bool interrupted_before = false;      // an earlier refresh ended without a stored answer
  std::int64_t interrupted_since = 0;
  // The provider has answered, but its answer could not be written: `record` is the only copy of the new refresh token.
  std::optional<std::string> unsaved;
};

struct RefreshContext {
  const Environment& environment;
  const HttpExchange& http;
};

// `record` is what `transaction` holds for `account`, with a refresh token. Steps: write-ahead mark -> ask -> store,
// each durable before the next. On invalid_grant the file is read once more; if another writer changed the record
// meanwhile, that one is returned (or, when it too is out of date, tried once). Nothing is ever deleted.
[[nodiscard]] RefreshResult refresh_locked(VaultTransaction& transaction, const std::string& account,
                                           CredentialRecord record, const RefreshContext& context);

}  // namespace haulier::credentials
