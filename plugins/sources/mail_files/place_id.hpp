// PlaceHash: the stable number of a message in its mailbox, 63 bits of a SHA-256.
#pragma once

#include <openssl/evp.h>

#include <cstdint>
#include <memory>
#include <string_view>

namespace haulier::mail_files {

// A cryptographic hash, because a sender who could make two mails collide could hide one of them. One thread.
class PlaceHash {
 public:
  PlaceHash();
  void update(std::string_view bytes);
  // Bits 1 to 63 of the digest, never 0; starts anew afterwards.
  [[nodiscard]] std::int64_t finish();
  // The same over one text.
  [[nodiscard]] std::int64_t of(std::string_view bytes);

 private:
  struct Free {
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
    void operator()(EVP_MD* digest) const noexcept { EVP_MD_free(digest); }
  };
  void start();
  std::unique_ptr<EVP_MD, Free> digest_;
  std::unique_ptr<EVP_MD_CTX, Free> context_;
};

}  // namespace haulier::mail_files
