// Byte views and the text codings the sign-in code needs (RFC 4648 base64 and hex, RFC 3986 percent-encoding).
// The coders write into a caller's `append` target so that secret text never passes through a std::string.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace haulier::credentials {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

[[nodiscard]] inline ByteView as_bytes(std::string_view text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
[[nodiscard]] inline std::string_view as_text(ByteView bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

enum class Base64 { standard, standard_unpadded, url_unpadded };

// `Target` is anything with append(char): std::string does not have it, so StringTarget adapts one.
struct StringTarget {
  std::string text;
  void append(char byte) { text.push_back(byte); }
};

template <class Target>
void append_base64(ByteView input, Base64 form, Target& target) {
  const char* alphabet = form == Base64::url_unpadded
                             ? "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
                             : "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t at = 0; at < input.size(); at += 3) {
    const std::size_t count = input.size() - at < 3 ? input.size() - at : 3;
    std::uint32_t group = static_cast<std::uint32_t>(input[at]) << 16U;
    if (count > 1) group |= static_cast<std::uint32_t>(input[at + 1]) << 8U;
    if (count > 2) group |= input[at + 2];
    for (std::size_t digit = 0; digit <= count; ++digit) target.append(alphabet[(group >> (18U - 6U * digit)) & 63U]);
    for (std::size_t pad = count; pad < 3 && form == Base64::standard; ++pad) target.append('=');
  }
}

// Percent-encodes everything but RFC 3986 unreserved characters; `space_as_plus` gives the form of HTML forms.
template <class Target>
void append_percent_encoded(std::string_view input, bool space_as_plus, bool upper_hex, Target& target) {
  const char* digits = upper_hex ? "0123456789ABCDEF" : "0123456789abcdef";
  for (const char byte : input) {
    const bool plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
                       byte == '-' || byte == '.' || byte == '_' || byte == '~';
    if (plain) {
      target.append(byte);
    } else if (byte == ' ' && space_as_plus) {
      target.append('+');
    } else {
      target.append('%');
      target.append(digits[static_cast<std::uint8_t>(byte) >> 4U]);
      target.append(digits[static_cast<std::uint8_t>(byte) & 15U]);
    }
  }
}

[[nodiscard]] std::string base64url(ByteView input);
[[nodiscard]] std::string percent_encoded(std::string_view input);
// Two digits a byte, either case; nullopt for anything else.
[[nodiscard]] std::optional<Bytes> from_hex(std::string_view text);
[[nodiscard]] bool is_valid_utf8(std::string_view text) noexcept;
[[nodiscard]] std::string lower_ascii(std::string_view text);

}  // namespace haulier::credentials
