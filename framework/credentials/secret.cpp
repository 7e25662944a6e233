#include "secret.hpp"

#include <openssl/crypto.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <ostream>
#include <utility>

namespace haulier::credentials {
namespace {

char* allocate(std::size_t size) {
  void* memory = OPENSSL_secure_malloc(size);
  if (memory == nullptr)
    memory = OPENSSL_malloc(size);  // the secure heap is small; when it is full the plain one serves
  if (memory == nullptr) throw std::bad_alloc();
  return static_cast<char*>(memory);
}

void wipe_and_free(char* memory, std::size_t size) noexcept {
  if (memory != nullptr) OPENSSL_secure_clear_free(memory, size);
}

}  // namespace

Secret::Secret(std::string_view text) {
  if (text.empty()) return;
  data_ = allocate(text.size());
  std::memcpy(data_, text.data(), text.size());
  size_ = capacity_ = text.size();
}

Secret::Secret(std::span<const std::uint8_t> bytes)
    : Secret(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size())) {}

Secret Secret::of_size(std::size_t size, const std::function<void(std::span<std::uint8_t>)>& fill) {
  Secret secret;
  if (size == 0) return secret;
  secret.data_ = allocate(size);
  secret.size_ = secret.capacity_ = size;
  std::memset(secret.data_, 0, size);
  fill({reinterpret_cast<std::uint8_t*>(secret.data_), size});
  return secret;
}

Secret::Secret(Secret&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      capacity_(std::exchange(other.capacity_, 0)) {}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    wipe_and_free(data_, capacity_);
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, 0);
  }
  return *this;
}

Secret::~Secret() { wipe_and_free(data_, capacity_); }

Secret Secret::clone() const { return Secret(reveal()); }

bool Secret::equals(const Secret& other) const noexcept {
  return size_ == other.size_ && (size_ == 0 || CRYPTO_memcmp(data_, other.data_, size_) == 0);
}

std::ostream& operator<<(std::ostream& stream, const Secret&) { return stream << "***"; }

SecretBuilder& SecretBuilder::append(std::string_view text) {
  if (text.empty()) return *this;
  if (secret_.capacity_ - secret_.size_ < text.size()) {
    const std::size_t capacity = std::max<std::size_t>({64, secret_.capacity_ * 2, secret_.size_ + text.size()});
    Secret bigger;
    bigger.data_ = allocate(capacity);
    bigger.capacity_ = capacity;
    bigger.size_ = secret_.size_;
    if (secret_.size_ > 0) std::memcpy(bigger.data_, secret_.data_, secret_.size_);
    secret_ = std::move(bigger);
  }
  std::memcpy(secret_.data_ + secret_.size_, text.data(), text.size());
  secret_.size_ += text.size();
  return *this;
}

void protect_process_memory() noexcept {
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  // 256 KiB holds some hundred tokens; a failure (RLIMIT_MEMLOCK) leaves the plain heap in use, which is still wiped.
  constexpr std::size_t kSecureHeapBytes = 256 * 1024;
  constexpr std::size_t kSmallestBlockBytes = 32;
  if (CRYPTO_secure_malloc_initialized() == 0) CRYPTO_secure_malloc_init(kSecureHeapBytes, kSmallestBlockBytes);
}

}  // namespace haulier::credentials
