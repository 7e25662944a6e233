#include "mime/json_text.hpp"

#include <array>
#include <cstddef>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace haulier::mime {

namespace {

constexpr std::array<bool, 256> make_escaped() {
  std::array<bool, 256> escaped{};
  for (std::size_t c = 0; c < 0x20; ++c) escaped[c] = true;
  escaped[static_cast<unsigned char>('"')] = escaped[static_cast<unsigned char>('\\')] = true;
  return escaped;
}
constexpr auto kEscaped = make_escaped();

constexpr std::size_t kLeastRoom = 256;  // bytes

// Copies up to the first byte that needs an escape, or to the end; `to` has room for all of it. Returns how many.
std::size_t copy_plain(const char* from, std::size_t size, char* to) {
  std::size_t at = 0;
#if defined(__SSE2__)
  for (; at + 16 <= size; at += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + at));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to + at), bytes);
    const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1F)), bytes);
    const __m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
    const __m128i backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
    const int found = _mm_movemask_epi8(_mm_or_si128(control, _mm_or_si128(quote, backslash)));
    if (found != 0) return at + static_cast<std::size_t>(__builtin_ctz(static_cast<unsigned>(found)));
  }
#endif
  for (; at < size && !kEscaped[static_cast<unsigned char>(from[at])]; ++at) to[at] = from[at];
  return at;
}

char* put_escape(char* to, unsigned char c) {
  static constexpr char kHex[] = "0123456789abcdef";
  *to++ = '\\';
  switch (c) {
    case '"':
    case '\\':
      *to++ = static_cast<char>(c);
      break;
    case '\n':
      *to++ = 'n';
      break;
    case '\r':
      *to++ = 'r';
      break;
    case '\t':
      *to++ = 't';
      break;
    default:
      for (const char digit : {'u', '0', '0', kHex[c >> 4], kHex[c & 15]}) *to++ = digit;
  }
  return to;
}

}  // namespace

// By little, because all of it is filled with zeros first; the string's memory itself doubles.
void JsonText::grow(std::size_t bytes) { out_.resize(size_ + std::max(bytes, kLeastRoom)); }

// Without room beforehand: what is written twice does not stay in the caches.
JsonText& JsonText::long_string(std::string_view text) {
  char* to = begin_value(1);
  *to++ = '"';
  written(to);
  out_.resize(size_);
  out_.reserve(size_ + text.size() + 2 * kLeastRoom);
  char block[4096];
  while (!text.empty()) {
    const std::string_view next = text.substr(0, sizeof block);
    const std::size_t plain = copy_plain(next.data(), next.size(), block);
    out_.append(block, plain);
    text.remove_prefix(plain);
    if (plain == next.size()) continue;
    out_.append(block, put_escape(block, static_cast<unsigned char>(text.front())));
    text.remove_prefix(1);
  }
  out_.push_back('"');
  size_ = out_.size();
  return *this;
}

JsonText& JsonText::string(std::string_view text) {
  constexpr std::size_t kLong = 64u << 10;
  if (text.size() > kLong) return long_string(text);
  char* to = begin_value(text.size() + 2);
  *to++ = '"';
  for (;;) {
    const std::size_t plain = copy_plain(text.data(), text.size(), to);
    to += plain;
    text.remove_prefix(plain);
    if (text.empty()) break;
    written(to);
    to = put_escape(room(text.size() + 7), static_cast<unsigned char>(text.front()));
    text.remove_prefix(1);
  }
  *to++ = '"';
  return end_value(to);
}

}  // namespace haulier::mime
