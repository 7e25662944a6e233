// What the vault keeps for one account, and its JSON form inside an encrypted record.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "provider.hpp"
#include "secret.hpp"

namespace haulier::credentials {

enum class RecordState {
  ok,
  refreshing,      // write-ahead mark: a refresh token was sent and no answer is stored yet
  sign_in_needed,  // the provider refused; everything is kept
};
[[nodiscard]] std::string_view state_name(RecordState state) noexcept;

// Provider, token endpoint, user and IMAP hosts are bound here when the person signs in; nothing else may use them.
struct CredentialRecord {
  Method method = Method::oauth2;
  std::string provider;  // preset name, or "custom"
  std::string issuer;
  std::string token_url;
  std::string revocation_url;
  std::string client_id;
  ClientAuth client_auth = ClientAuth::basic;
  std::string ca_file;  // for the token endpoint; empty: the system's authorities
  std::string user;
  std::string scope;
  std::vector<std::string> imap_hosts;  // lower case

  Secret client_secret;
  Secret access_token;
  Secret refresh_token;
  Secret password;  // app password

  std::int64_t obtained_at = 0;         // Unix seconds
  std::int64_t expires_at = 0;          // of the access token; 0: the provider did not say
  std::int64_t lifetime = 0;            // seconds the access token was given
  std::int64_t refresh_expires_at = 0;  // 0: not known

  RecordState state = RecordState::ok;
  std::int64_t state_since = 0;
  std::string state_reason;  // words for a person

  [[nodiscard]] bool allows_host(std::string_view imap_host) const;
};

// Padded with spaces to a multiple of 256 bytes, which hides the lengths of tokens.
[[nodiscard]] Secret encode_record(const CredentialRecord& record);
// Throws FlatJsonError; only our own bug can cause it, since the text was authenticated.
[[nodiscard]] CredentialRecord decode_record(const Secret& plaintext);

// Host names compare without case and without a final dot.
[[nodiscard]] std::string normal_host(std::string_view host);

}  // namespace haulier::credentials
