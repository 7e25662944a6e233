#include "assertion.hpp"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <array>
#include <memory>

#include "bytes.hpp"
#include "credential_error.hpp"
#include "flat_json.hpp"

namespace haulier::credentials {
namespace {

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* pointer) const noexcept {
    Free(pointer);
  }
};
using Bio = std::unique_ptr<BIO, Deleter<BIO_free>>;
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Deleter<X509_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Deleter<EVP_MD_CTX_free>>;
using EcSignature = std::unique_ptr<ECDSA_SIG, Deleter<ECDSA_SIG_free>>;

constexpr int kMinRsaBits = 2048;
constexpr int kP256Bits = 256;
constexpr std::size_t kP256Bytes = 32;

Bio reader(std::string_view text) { return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

// OpenSSL's own callback would ask for a passphrase on the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

Key read_key(const Secret& pem) {
  const Bio in = reader(pem.reveal());
  Key key(PEM_read_bio_PrivateKey(in.get(), nullptr, no_passphrase, nullptr));
  ERR_clear_error();
  if (!key) {
    throw Misconfigured(
        "the private key cannot be read: it must be PEM and not protected by a passphrase (the vault encrypts it). "
        "Convert it with: openssl pkcs8 -topk8 -nocrypt -in KEY -out NEW");
  }
  return key;
}

std::string usual_algorithm(const EVP_PKEY* key) { return EVP_PKEY_base_id(key) == EVP_PKEY_EC ? "ES256" : "RS256"; }

void check_algorithm(const EVP_PKEY* key, const std::string& algorithm) {
  const bool rsa = EVP_PKEY_base_id(key) == EVP_PKEY_RSA && EVP_PKEY_bits(key) >= kMinRsaBits;
  const bool p256 = EVP_PKEY_base_id(key) == EVP_PKEY_EC && EVP_PKEY_bits(key) == kP256Bits;
  const bool wants_rsa = algorithm == "RS256" || algorithm == "PS256";
  if ((wants_rsa && rsa) || (algorithm == "ES256" && p256)) return;
  throw Misconfigured("the private key does not fit the algorithm " + algorithm +
                      ": RS256 and PS256 need an RSA key of 2048 bits or more, ES256 needs a P-256 key");
}

std::string thumbprint(const X509* certificate, const EVP_MD* digest) {
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  if (X509_digest(certificate, digest, bytes.data(), &size) != 1) throw Misconfigured("the certificate cannot be read");
  return base64url(ByteView(bytes.data(), size));
}

std::int64_t end_of(const X509* certificate) {
  std::tm time{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &time) != 1) return 0;
  return static_cast<std::int64_t>(::timegm(&time));
}

void read_certificate(const std::string& pem, const EVP_PKEY* private_key, CheckedKey& into) {
  const Bio in = reader(pem);
  const Certificate certificate(PEM_read_bio_X509(in.get(), nullptr, no_passphrase, nullptr));
  ERR_clear_error();
  if (!certificate) throw Misconfigured("the certificate cannot be read: it must be PEM");
  if (EVP_PKEY_eq(X509_get0_pubkey(certificate.get()), private_key) != 1)
    throw Misconfigured("the certificate belongs to another private key");
  into.key.x5t = thumbprint(certificate.get(), EVP_sha1());
  into.key.x5t_s256 = thumbprint(certificate.get(), EVP_sha256());
  into.certificate_expires_at = end_of(certificate.get());
}

std::string random_id(const Environment& environment) {
  std::array<std::uint8_t, 16> bytes{};
  environment.random(bytes);
  return base64url(bytes);
}

void append_part(const Secret& json, SecretBuilder& into) {
  append_base64(as_bytes(json.reveal()), Base64::url_unpadded, into);
}

// ECDSA gives DER; a JWS wants the two numbers side by side (RFC 7518 section 3.4).
Bytes joined_numbers(const Bytes& der) {
  const unsigned char* at = der.data();
  const EcSignature signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  Bytes both(2 * kP256Bytes);
  const bool done = signature && BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), both.data(), kP256Bytes) >= 0 &&
                    BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), both.data() + kP256Bytes, kP256Bytes) >= 0;
  if (!done) throw CredentialError(ExitCode::bug, "an assertion could not be signed");
  return both;
}

Bytes signature_of(EVP_PKEY* key, const std::string& algorithm, ByteView text) {
  const DigestContext context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* parameters = nullptr;
  bool good = EVP_DigestSignInit(context.get(), &parameters, EVP_sha256(), nullptr, key) == 1;
  if (good && algorithm == "PS256") {
    good = EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) == 1;
  }
  std::size_t size = 0;
  good = good && EVP_DigestSign(context.get(), nullptr, &size, text.data(), text.size()) == 1;
  Bytes signature(size);
  good = good && EVP_DigestSign(context.get(), signature.data(), &size, text.data(), text.size()) == 1;
  if (!good) throw CredentialError(ExitCode::bug, "an assertion could not be signed");
  signature.resize(size);
  return algorithm == "ES256" ? joined_numbers(signature) : signature;
}

}  // namespace

SigningKey SigningKey::clone() const { return {private_key.clone(), algorithm, key_id, x5t, x5t_s256}; }

CheckedKey check_signing_key(SigningKeyFiles files) {
  const Key key = read_key(files.private_key);
  CheckedKey checked;
  checked.key.algorithm = files.algorithm.empty() ? usual_algorithm(key.get()) : files.algorithm;
  check_algorithm(key.get(), checked.key.algorithm);
  if (!files.certificate.empty()) read_certificate(files.certificate, key.get(), checked);
  checked.key.private_key = std::move(files.private_key);
  checked.key.key_id = std::move(files.key_id);
  return checked;
}

Secret sign_assertion(const SigningKey& key, const AssertionClaims& claims, std::int64_t now,
                      const Environment& environment) {
  FlatJsonWriter header;
  header.add("alg", key.algorithm).add("typ", "JWT").add_if_set("kid", key.key_id);
  header.add_if_set("x5t", key.x5t).add_if_set("x5t#S256", key.x5t_s256);
  const std::int64_t issued = now - kAssertionBackdateSeconds;
  FlatJsonWriter body;
  body.add("iss", claims.issuer).add("sub", claims.subject).add("aud", claims.audience);
  body.add_if_set("scope", claims.scope).add("jti", random_id(environment));
  body.add("iat", issued).add("nbf", issued).add("exp", issued + kAssertionLifeSeconds);
  SecretBuilder token;
  append_part(header.finish(0), token);
  token.append('.');
  append_part(body.finish(0), token);
  const Secret signed_part = token.finish();
  const Key private_key = read_key(key.private_key);
  const Bytes signature = signature_of(private_key.get(), key.algorithm, as_bytes(signed_part.reveal()));
  SecretBuilder whole;
  whole.append(signed_part.reveal()).append('.');
  append_base64(signature, Base64::url_unpadded, whole);
  return whole.finish();
}

}  // namespace haulier::credentials
