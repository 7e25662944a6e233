// The ABI's string view and error struct, for host code (which includes no SDK).
#pragma once

#include <cstdint>
#include <string_view>

#include "haulier/abi/status.h"
#include "haulier/abi/value.h"

namespace haulier::host {

inline std::string_view view(haulier_str text) noexcept { return {text.data, static_cast<std::size_t>(text.size)}; }
inline haulier_str str(std::string_view text) noexcept { return {text.data(), text.size()}; }

// Zeroed, struct_size set.
[[nodiscard]] haulier_error new_error() noexcept;

// Fills `out` (may be null; texts are cut at a character's border) and returns `status`.
int32_t fill_error(haulier_error* out, haulier_status status, std::string_view message,
                   std::string_view hint = {}) noexcept;

// A text of fixed capacity as a view; safe when the plugin forgot the final NUL.
template <std::size_t N>
[[nodiscard]] std::string_view text_of(const char (&field)[N]) noexcept {
  std::size_t n = 0;
  while (n < N && field[n] != '\0') ++n;
  return {field, n};
}

}  // namespace haulier::host
