// Signed statements that take the place of a client secret or of a person: the client's proof of RFC 7523 section 2.2
// (private_key_jwt, also with Microsoft's certificate thumbprints) and the service account's grant of section 2.1.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "environment.hpp"
#include "secret.hpp"

namespace haulier::credentials {

// A private key and how its signature is announced in the header of a JWT. A value.
struct SigningKey {
  Secret private_key;     // PEM, not protected by a passphrase: the vault protects it
  std::string algorithm;  // RS256, PS256 or ES256
  std::string key_id;     // "kid"; empty: left out
  std::string x5t;        // base64url of the certificate's SHA-1 (RFC 7515 section 4.1.7); empty: no certificate
  std::string x5t_s256;   // the same of its SHA-256

  [[nodiscard]] SigningKey clone() const;
};

// What a person gave. `algorithm` empty: RS256 for an RSA key, ES256 for a P-256 key.
struct SigningKeyFiles {
  Secret private_key;
  std::string certificate;  // PEM; empty: none
  std::string algorithm;
  std::string key_id;
};

struct CheckedKey {
  SigningKey key;
  std::int64_t certificate_expires_at = 0;  // Unix seconds; 0: no certificate
};

// Throws Misconfigured when the key cannot be read, does not fit the algorithm or belongs to another certificate.
[[nodiscard]] CheckedKey check_signing_key(SigningKeyFiles files);

struct AssertionClaims {
  std::string issuer;
  std::string subject;
  std::string audience;
  std::string scope;  // empty: no such claim
};

inline constexpr std::int64_t kAssertionLifeSeconds = 300;
inline constexpr std::int64_t kAssertionBackdateSeconds = 30;  // a server whose clock is a little behind takes it too

// JWS compact serialisation (RFC 7515 section 3.1) with a random jti. `now`: Unix seconds at the server, as far as
// known. Throws CredentialError when OpenSSL refuses.
[[nodiscard]] Secret sign_assertion(const SigningKey& key, const AssertionClaims& claims, std::int64_t now,
                                    const Environment& environment);

}  // namespace haulier::credentials
