#include "mime/json_text.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace haulier::mime {

namespace {

constexpr std::array<bool, 256> make_escaped() {
  std::array<bool, 256> escaped{};
  for (std::size_t c = 0; c < 0x20; ++c) escaped[c] = true;
  escaped[static_cast<unsigned char>('"')] = escaped[static_cast<unsigned char>('\\')] = true;
  return escaped;
}
constexpr auto kEscaped = make_escaped();

// How many bytes from `at` on need no escape, at least as far as whole words of 8 tell.
std::size_t plain_words(std::string_view text, std::size_t at) {
  constexpr std::uint64_t kOnes = 0x0101010101010101ull;
  constexpr std::uint64_t kHigh = kOnes * 0x80;
  const std::size_t begin = at;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + at, sizeof word);
    const std::uint64_t quote = word ^ kOnes * '"';
    const std::uint64_t backslash = word ^ kOnes * '\\';
    // A zero byte of x shows in (x - 1) & ~x; a byte below 0x20 in (word - 0x20) & ~word.
    const std::uint64_t found =
        ((quote - kOnes) & ~quote) | ((backslash - kOnes) & ~backslash) | ((word - kOnes * 0x20) & ~word);
    if (found & kHigh) break;
  }
  return at - begin;
}

}  // namespace

JsonText& JsonText::string(std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  comma();
  out_.push_back('"');
  std::size_t from = 0;
  for (std::size_t i = plain_words(text, 0); i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (!kEscaped[c]) continue;
    out_.append(text, from, i - from);
    from = i + 1;
    out_.push_back('\\');
    switch (c) {
      case '"':
      case '\\':
        out_.push_back(static_cast<char>(c));
        break;
      case '\n':
        out_.push_back('n');
        break;
      case '\r':
        out_.push_back('r');
        break;
      case '\t':
        out_.push_back('t');
        break;
      default: {
        const char escape[] = {'u', '0', '0', kHex[c >> 4], kHex[c & 15]};
        out_.append(escape, sizeof escape);
      }
    }
  }
  out_.append(text, from, text.size() - from);
  out_.push_back('"');
  return *this;
}

}  // namespace haulier::mime
