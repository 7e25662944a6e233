#pragma once
#include <cstddef>
#include <string>
#include <string_view>

// UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF.
namespace haulier::mime {

inline constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

[[nodiscard]] std::size_t ascii_prefix(std::string_view bytes);
[[nodiscard]] inline bool is_ascii(std::string_view bytes) { return ascii_prefix(bytes) == bytes.size(); }

// Only 0x20..0x7E: neither controls nor anything to convert.
[[nodiscard]] bool is_printable_ascii(std::string_view bytes);

struct Utf8Check {
  std::size_t valid_bytes = 0;      // length of the valid prefix
  std::size_t multibyte_chars = 0;  // in that prefix
};
[[nodiscard]] Utf8Check check_utf8(std::string_view bytes);
[[nodiscard]] inline bool is_utf8(std::string_view bytes) { return check_utf8(bytes).valid_bytes == bytes.size(); }

void append_utf8(std::string& out, char32_t code_point);  // surrogates and too large ones become U+FFFD

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
