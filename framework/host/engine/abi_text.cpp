#include "engine/abi_text.hpp"

#include <cstring>

namespace haulier::host {

namespace {

template <std::size_t N>
void copy_text(char (&to)[N], std::string_view text) noexcept {
  std::size_t n = text.size() < N - 1 ? text.size() : N - 1;
  if (n < text.size()) {
    while (n > 0 && (static_cast<unsigned char>(text[n]) & 0xC0) == 0x80) --n;
  }
  if (n > 0) std::memcpy(to, text.data(), n);
  to[n] = '\0';
}

}  // namespace

haulier_error new_error() noexcept {
  haulier_error error;
  std::memset(&error, 0, sizeof error);
  error.struct_size = sizeof error;
  return error;
}

int32_t fill_error(haulier_error* out, haulier_status status, std::string_view message,
                   std::string_view hint) noexcept {
  if (out) {
    out->status = status;
    copy_text(out->message, message);
    copy_text(out->hint, hint);
  }
  return status;
}

}  // namespace haulier::host
