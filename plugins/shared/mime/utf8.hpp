#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "mime/byte_scan.hpp"

// UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF.
namespace haulier::mime {

inline constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

[[nodiscard]] inline bool is_ascii(std::string_view bytes) { return ascii_prefix(bytes) == bytes.size(); }

// Only 0x20..0x7E: neither controls nor anything to convert.
[[nodiscard]] bool is_printable_ascii(std::string_view bytes);

struct Utf8Check {
  std::size_t valid_bytes = 0;      // length of the valid prefix
  std::size_t multibyte_chars = 0;  // in that prefix
};
[[nodiscard]] Utf8Check check_utf8(std::string_view bytes);

namespace utf8_kernel {

// Goes through `bytes` in whole blocks as long as they are valid. valid_bytes ends at a character; what follows may be
// anything.
Utf8Check scalar(std::string_view bytes);
#if defined(__x86_64__)
Utf8Check avx2(std::string_view bytes);
#endif

}  // namespace utf8_kernel

[[nodiscard]] inline bool is_utf8(std::string_view bytes) { return check_utf8(bytes).valid_bytes == bytes.size(); }

// Surrogates and what is too large become U+FFFD. `to` has room for 4 bytes; returns the bytes written.
inline std::size_t put_utf8(char* to, char32_t c) {
  if (c < 0x80) {
    to[0] = static_cast<char>(c);
    return 1;
  }
  if (c < 0x800) {
    to[0] = static_cast<char>(0xC0 | (c >> 6));
    to[1] = static_cast<char>(0x80 | (c & 0x3F));
    return 2;
  }
  if (c > 0x10FFFF || (c >= 0xD800 && c < 0xE000)) c = 0xFFFD;
  if (c < 0x10000) {
    to[0] = static_cast<char>(0xE0 | (c >> 12));
    to[1] = static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    to[2] = static_cast<char>(0x80 | (c & 0x3F));
    return 3;
  }
  to[0] = static_cast<char>(0xF0 | (c >> 18));
  to[1] = static_cast<char>(0x80 | ((c >> 12) & 0x3F));
  to[2] = static_cast<char>(0x80 | ((c >> 6) & 0x3F));
  to[3] = static_cast<char>(0x80 | (c & 0x3F));
  return 4;
}
inline void append_utf8(std::string& out, char32_t c) {
  char bytes[4];
  out.append(bytes, put_utf8(bytes, c));
}

struct CodePoint {
  char32_t value;
  std::size_t bytes;
};
// `valid` must be valid UTF-8 and not empty.
[[nodiscard]] CodePoint first_code_point(std::string_view valid);

// Appends `bytes`, each maximal invalid sequence as U+FFFD (the WHATWG way); returns how many were replaced.
std::size_t append_repaired_utf8(std::string& out, std::string_view bytes);

// The longest prefix of valid UTF-8 text that has at most `bytes` bytes and ends at a character's edge.
[[nodiscard]] std::string_view cut_utf8(std::string_view valid, std::size_t bytes);

// Replaces every NUL by U+FFFD (databases refuse 0x00 in text); true when there was one.
bool replace_nul(std::string& text);

}  // namespace haulier::mime
