#include "vault_crypto.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/sha.h>

#include <climits>
#include <memory>

#include "credential_error.hpp"

namespace haulier::credentials {
namespace {

struct Free {
  void operator()(EVP_KDF* kdf) const noexcept { EVP_KDF_free(kdf); }
  void operator()(EVP_KDF_CTX* context) const noexcept { EVP_KDF_CTX_free(context); }
  void operator()(EVP_CIPHER_CTX* context) const noexcept { EVP_CIPHER_CTX_free(context); }
};

// OpenSSL only fails here when it is out of memory or broken: nothing a caller could handle.
void require(bool succeeded, const char* operation) {
  if (!succeeded) throw CredentialError(ExitCode::bug, std::string("OpenSSL failed in ") + operation);
}

int length_of(std::size_t size) {
  require(size <= INT_MAX, "a length check");
  return static_cast<int>(size);
}

unsigned char* writable(std::span<std::uint8_t> bytes) { return bytes.data(); }

}  // namespace

bool ScryptCost::acceptable() const noexcept {
  if (log2_n < 14 || log2_n > 20 || r < 8 || r > 16 || p < 1 || p > 4) return false;
  constexpr std::uint64_t kMaxMemoryBytes = 1ULL << 30U;
  return (std::uint64_t{1} << log2_n) * r * p * 128 <= kMaxMemoryBytes;
}

Secret hkdf_sha256(const Secret& key, ByteView salt, std::string_view info) {
  const std::unique_ptr<EVP_KDF, Free> kdf(EVP_KDF_fetch(nullptr, "HKDF", nullptr));
  require(kdf != nullptr, "HKDF");
  const std::unique_ptr<EVP_KDF_CTX, Free> context(EVP_KDF_CTX_new(kdf.get()));
  require(context != nullptr, "HKDF");
  char digest[] = "SHA256";
  // The parameters are read only; OSSL_PARAM has no const form.
  const auto octets = [](const char* name, const void* data, std::size_t size) {
    return OSSL_PARAM_construct_octet_string(name, const_cast<void*>(data), size);
  };
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
                                   octets(OSSL_KDF_PARAM_KEY, key.reveal().data(), key.size()),
                                   octets(OSSL_KDF_PARAM_SALT, salt.data(), salt.size()),
                                   octets(OSSL_KDF_PARAM_INFO, info.data(), info.size()), OSSL_PARAM_construct_end()};
  return Secret::of_size(kKeyBytes, [&](std::span<std::uint8_t> out) {
    require(EVP_KDF_derive(context.get(), out.data(), out.size(), parameters) == 1, "HKDF");
  });
}

Secret scrypt(const Secret& passphrase, const Salt& salt, const ScryptCost& cost) {
  // OpenSSL's own limit is 32 MiB, with which every N above 2^14 fails; some MiB more than N*r*p*128 are needed.
  const std::uint64_t memory = (std::uint64_t{1} << cost.log2_n) * cost.r * cost.p * 128 + (32ULL << 20U);
  return Secret::of_size(kKeyBytes, [&](std::span<std::uint8_t> out) {
    const int result = EVP_PBE_scrypt(passphrase.reveal().data(), passphrase.size(), salt.data(), salt.size(),
                                      std::uint64_t{1} << cost.log2_n, cost.r, cost.p, memory, out.data(), out.size());
    require(result == 1, "scrypt (is there enough memory?)");
  });
}

Sealed seal(const Secret& key, ByteView additional, std::string_view plaintext, const Environment& from) {
  Sealed sealed;
  from.random(sealed.nonce);
  sealed.ciphertext.resize(plaintext.size());
  const std::unique_ptr<EVP_CIPHER_CTX, Free> context(EVP_CIPHER_CTX_new());
  require(context != nullptr, "AES-256-GCM");
  const auto* key_bytes = as_bytes(key.reveal()).data();
  int written = 0;
  require(
      EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key_bytes, sealed.nonce.data()) == 1 &&
          EVP_EncryptUpdate(context.get(), nullptr, &written, additional.data(), length_of(additional.size())) == 1 &&
          EVP_EncryptUpdate(context.get(), sealed.ciphertext.data(), &written, as_bytes(plaintext).data(),
                            length_of(plaintext.size())) == 1 &&
          EVP_EncryptFinal_ex(context.get(), sealed.ciphertext.data() + written, &written) == 1 &&
          EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, length_of(sealed.tag.size()), sealed.tag.data()) ==
              1,
      "AES-256-GCM");
  return sealed;
}

std::optional<Secret> unseal(const Secret& key, const Nonce& nonce, ByteView additional, ByteView ciphertext,
                             const Tag& tag) {
  const std::unique_ptr<EVP_CIPHER_CTX, Free> context(EVP_CIPHER_CTX_new());
  require(context != nullptr, "AES-256-GCM");
  Tag expected = tag;  // EVP_CIPHER_CTX_ctrl takes a writable pointer
  int written = 0;
  require(
      EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, as_bytes(key.reveal()).data(), nonce.data()) == 1 &&
          EVP_DecryptUpdate(context.get(), nullptr, &written, additional.data(), length_of(additional.size())) == 1 &&
          EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, length_of(expected.size()), expected.data()) == 1,
      "AES-256-GCM");
  bool authentic = false;
  Secret plaintext = Secret::of_size(ciphertext.size() + 1, [&](std::span<std::uint8_t> out) {
    int tail = 0;
    const bool decrypted =
        EVP_DecryptUpdate(context.get(), writable(out), &written, ciphertext.data(), length_of(ciphertext.size())) == 1;
    authentic = decrypted && EVP_DecryptFinal_ex(context.get(), writable(out) + written, &tail) == 1;
  });
  if (!authentic) return std::nullopt;
  return Secret(plaintext.reveal().substr(0, ciphertext.size()));
}

Mac hmac_sha256(const Secret& key, ByteView data) {
  Mac mac{};
  unsigned length = 0;
  require(HMAC(EVP_sha256(), key.reveal().data(), length_of(key.size()), data.data(), data.size(), mac.data(),
               &length) != nullptr &&
              length == mac.size(),
          "HMAC");
  return mac;
}

std::array<std::uint8_t, 32> sha256(ByteView data) {
  std::array<std::uint8_t, 32> digest{};
  require(SHA256(data.data(), data.size(), digest.data()) != nullptr, "SHA-256");
  return digest;
}

}  // namespace haulier::credentials
