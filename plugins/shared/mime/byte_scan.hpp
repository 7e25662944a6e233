#pragma once
#include <cstddef>
#include <cstring>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

// Searches over raw bytes, sixteen at a time where the processor can (every x86-64 does).
namespace haulier::mime {

// First byte that is '=', CR or LF; text.size() when there is none. RFC 2045 section 6.7: what ends a literal run.
inline std::size_t find_escape_or_line_end(std::string_view text, std::size_t from = 0) {
  std::size_t at = from;
#if defined(__SSE2__)
  const __m128i equals = _mm_set1_epi8('=');
  const __m128i cr = _mm_set1_epi8('\r');
  const __m128i lf = _mm_set1_epi8('\n');
  for (; at + 16 <= text.size(); at += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
    const __m128i line_end = _mm_or_si128(_mm_cmpeq_epi8(bytes, cr), _mm_cmpeq_epi8(bytes, lf));
    const int found = _mm_movemask_epi8(_mm_or_si128(line_end, _mm_cmpeq_epi8(bytes, equals)));
    if (found != 0) return at + static_cast<std::size_t>(__builtin_ctz(static_cast<unsigned>(found)));
  }
#endif
  while (at < text.size() && text[at] != '=' && text[at] != '\r' && text[at] != '\n') ++at;
  return at;
}

// Where the first line that begins with "--" begins, looking from `from` (inside a line); text.size() when there is
// none. Lines end in LF.
inline std::size_t find_dash_line(std::string_view text, std::size_t from) {
  std::size_t at = from;
#if defined(__SSE2__)
  const __m128i lf = _mm_set1_epi8('\n');
  const __m128i dash = _mm_set1_epi8('-');
  for (; at + 18 <= text.size(); at += 16) {
    const char* data = text.data() + at;
    const __m128i first = _mm_cmpeq_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(data)), lf);
    const __m128i second = _mm_cmpeq_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(data + 1)), dash);
    const __m128i third = _mm_cmpeq_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(data + 2)), dash);
    const int found = _mm_movemask_epi8(_mm_and_si128(first, _mm_and_si128(second, third)));
    if (found != 0) return at + static_cast<std::size_t>(__builtin_ctz(static_cast<unsigned>(found))) + 1;
  }
#endif
  for (; at + 3 <= text.size(); ++at) {
    if (text[at] == '\n' && text[at + 1] == '-' && text[at + 2] == '-') return at + 1;
  }
  return text.size();
}

// Bytes before the first one of 0x80 and above.
inline std::size_t ascii_prefix(std::string_view bytes) {
  std::size_t at = 0;
#if defined(__SSE2__)
  for (; at + 16 <= bytes.size(); at += 16) {
    const int high = _mm_movemask_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes.data() + at)));
    if (high != 0) return at + static_cast<std::size_t>(__builtin_ctz(static_cast<unsigned>(high)));
  }
#endif
  while (at < bytes.size() && static_cast<unsigned char>(bytes[at]) < 0x80) ++at;
  return at;
}

}  // namespace haulier::mime
