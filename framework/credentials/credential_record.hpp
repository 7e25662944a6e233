// What the vault keeps for one account, and its JSON form inside an encrypted record.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "assertion.hpp"
#include "provider.hpp"
#include "secret.hpp"

namespace haulier::credentials {

enum class RecordState {
  ok,
  refreshing,      // write-ahead mark: a refresh token was sent and no answer is stored yet
  sign_in_needed,  // the provider refused; everything is kept
};
[[nodiscard]] std::string_view state_name(RecordState state) noexcept;

// How the next access token is got.
enum class Renewal {
  refresh_token,       // a person signed in
  client_credentials,  // the application itself has access (RFC 6749 section 4.4)
  service_account,     // a signed statement is exchanged (RFC 7523 section 2.1)
};
[[nodiscard]] std::string_view renewal_name(Renewal renewal) noexcept;

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

  Renewal renewal = Renewal::refresh_token;
  SigningKey signing_key;           // for private_key_jwt and service accounts
  std::string assertion_issuer;     // service account: its own name
  std::string assertion_audience;   // empty: the token endpoint
  bool scope_in_assertion = false;  // Google reads the scope in the signed statement, others in the request

  Secret client_secret;
  Secret access_token;
  Secret refresh_token;
  Secret password;  // app password

  std::int64_t obtained_at = 0;         // Unix seconds
  std::int64_t expires_at = 0;          // of the access token; 0: the provider did not say
  std::int64_t lifetime = 0;            // seconds the access token was given
  std::int64_t refresh_expires_at = 0;  // 0: not known
  // Ends of what only a person can renew, as told at sign-in or read from the certificate; 0: not known.
  std::int64_t client_secret_expires_at = 0;
  std::int64_t certificate_expires_at = 0;

  RecordState state = RecordState::ok;
  std::int64_t state_since = 0;
  std::string state_reason;  // words for a person

  [[nodiscard]] bool allows_host(std::string_view imap_host) const;
  // Whether a new access token can be got without a person.
  [[nodiscard]] bool can_renew() const noexcept;
};

// Padded with spaces to a multiple of 256 bytes, which hides the lengths of tokens.
[[nodiscard]] Secret encode_record(const CredentialRecord& record);
// Throws FlatJsonError; only our own bug can cause it, since the text was authenticated.
[[nodiscard]] CredentialRecord decode_record(const Secret& plaintext);

// Host names compare without case and without a final dot.
[[nodiscard]] std::string normal_host(std::string_view host);

}  // namespace haulier::credentials
