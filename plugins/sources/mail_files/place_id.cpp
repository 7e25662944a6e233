#include "place_id.hpp"

#include <new>

namespace haulier::mail_files {

PlaceHash::PlaceHash() : digest_(EVP_MD_fetch(nullptr, "SHA256", nullptr)), context_(EVP_MD_CTX_new()) {
  if (!digest_ || !context_) throw std::bad_alloc();
  start();
}

void PlaceHash::start() {
  if (EVP_DigestInit_ex2(context_.get(), digest_.get(), nullptr) != 1) throw std::bad_alloc();
}

void PlaceHash::update(std::string_view bytes) { EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()); }

std::int64_t PlaceHash::finish() {
  unsigned char digest[EVP_MAX_MD_SIZE];
  EVP_DigestFinal_ex(context_.get(), digest, nullptr);
  start();
  std::uint64_t number = 0;
  for (int i = 0; i < 8; ++i) number = number << 8 | digest[i];
  const auto id = static_cast<std::int64_t>(number >> 1);
  return id == 0 ? 1 : id;
}

std::int64_t PlaceHash::of(std::string_view bytes) {
  update(bytes);
  return finish();
}

}  // namespace haulier::mail_files
