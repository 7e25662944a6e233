#include "mime/sha256.hpp"

#include <openssl/evp.h>

#include <stdexcept>

namespace haulier::mime {

void Sha256::FreeContext::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }
void Sha256::FreeAlgorithm::operator()(evp_md_st* algorithm) const { EVP_MD_free(algorithm); }

void Sha256::fetch() {
  algorithm_.reset(EVP_MD_fetch(nullptr, "SHA256", nullptr));
  context_.reset(EVP_MD_CTX_new());
  if (!algorithm_ || !context_) throw std::runtime_error("OpenSSL offers no SHA-256");
}

void Sha256::begin() {
  if (!context_) fetch();
  if (EVP_DigestInit_ex2(context_.get(), algorithm_.get(), nullptr) != 1) throw std::runtime_error("SHA-256 failed");
}

void Sha256::update(std::string_view bytes) {
  if (EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) != 1) throw std::runtime_error("SHA-256 failed");
}

Sha256::Digest Sha256::finish() {
  Digest digest{};
  if (EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr) != 1) throw std::runtime_error("SHA-256 failed");
  return digest;
}

Sha256::Hex hex_of(const Sha256::Digest& digest) {
  static constexpr char kDigits[] = "0123456789abcdef";
  Sha256::Hex hex{};
  for (std::size_t i = 0; i < digest.size(); ++i) {
    hex[i * 2] = kDigits[digest[i] >> 4];
    hex[i * 2 + 1] = kDigits[digest[i] & 15];
  }
  return hex;
}

}  // namespace haulier::mime
