// Reading UTF-8 one character at a time, strictly.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace haulier::host {

struct Utf8Character {
  char32_t code = 0;
  std::size_t size = 1;  // bytes; 1 when not valid
  bool valid = false;
};

// The character at `at` (at < text.size()). Refuses overlong forms, surrogates and codes above U+10FFFF (RFC 3629).
[[nodiscard]] Utf8Character utf8_at(std::string_view text, std::size_t at);

// Byte offset of the first invalid sequence, or npos.
[[nodiscard]] std::size_t find_invalid_utf8(std::string_view text);

// Characters, counting an invalid byte as one.
[[nodiscard]] std::size_t utf8_length(std::string_view text);

}  // namespace haulier::host
