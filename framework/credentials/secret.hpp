// Secret text or key bytes in a buffer of its own: wiped when it goes away, never copied by accident, printed as ***.
#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <span>
#include <string_view>

namespace haulier::credentials {

// A value; move-only, so that every further copy is a visible clone(). The buffer comes from OpenSSL's secure heap when
// protect_process_memory() could set one up, else from the plain heap; both are cleansed before they are given back.
// Not a std::string: its small-string buffer would leave copies on the stack. Any thread; no internal locking.
class Secret {
 public:
  Secret() noexcept = default;
  explicit Secret(std::string_view text);
  explicit Secret(std::span<const std::uint8_t> bytes);
  // A secret of `size` bytes written by `fill`, for key material that should exist nowhere else.
  static Secret of_size(std::size_t size, const std::function<void(std::span<std::uint8_t>)>& fill);

  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret();

  [[nodiscard]] Secret clone() const;
  // The only way to the bytes, named so that every use can be found. The view lives as long as this object.
  [[nodiscard]] std::string_view reveal() const noexcept { return {data_, size_}; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  // Takes the same time wherever the first difference is.
  [[nodiscard]] bool equals(const Secret& other) const noexcept;

 private:
  friend class SecretBuilder;
  char* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

std::ostream& operator<<(std::ostream& stream, const Secret& secret);

// Grows a secret piece by piece; the smaller buffers it outgrows are wiped too.
class SecretBuilder {
 public:
  SecretBuilder& append(std::string_view text);
  SecretBuilder& append(char byte) { return append(std::string_view(&byte, 1)); }
  [[nodiscard]] std::size_t size() const noexcept { return secret_.size(); }
  [[nodiscard]] Secret finish() noexcept { return static_cast<Secret&&>(secret_); }

 private:
  Secret secret_;
};

// Switches core dumps and same-user debugging off for this process and sets up the locked heap for secrets. Never
// turned back on: buffers of libraries may hold copies of a token until the process ends. Call before the first vault
// is opened.
void protect_process_memory() noexcept;

}  // namespace haulier::credentials
