#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

// Searches over raw bytes, sixteen at a time where the processor can (every x86-64 does).
namespace haulier::mime {

// First byte that is '=', CR or LF; text.size() when there is none. RFC 2045 section 6.7: what ends a literal run. What
// it passes is copied to `to`, which has room for 16 bytes more.
inline std::size_t copy_until_escape_or_line_end(std::string_view text, std::size_t from, char* to) {
  std::size_t at = from;
#if defined(__SSE2__)
  const __m128i equals = _mm_set1_epi8('=');
  const __m128i cr = _mm_set1_epi8('\r');
  const __m128i lf = _mm_set1_epi8('\n');
  for (; at + 16 <= text.size(); at += 16, to += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), bytes);
    const __m128i line_end = _mm_or_si128(_mm_cmpeq_epi8(bytes, cr), _mm_cmpeq_epi8(bytes, lf));
    const int found = _mm_movemask_epi8(_mm_or_si128(line_end, _mm_cmpeq_epi8(bytes, equals)));
    if (found != 0) return at + static_cast<std::size_t>(__builtin_ctz(static_cast<unsigned>(found)));
  }
#endif
  while (at < text.size() && text[at] != '=' && text[at] != '\r' && text[at] != '\n') *to++ = text[at++];
  return at;
}

// First `c` from `from` on; text.size() when there is none. Lines of mail are short: the first bytes are looked at
// here, because calling memchr costs more than they do.
inline std::size_t find_near(std::string_view text, char c, std::size_t from) {
  std::size_t at = from;
#if defined(__SSE2__)
  const __m128i wanted = _mm_set1_epi8(c);
  for (int i = 0; i < 6 && at + 16 <= text.size(); ++i, at += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
    const int found = _mm_movemask_epi8(_mm_cmpeq_epi8(bytes, wanted));
    if (found != 0) return at + static_cast<std::size_t>(__builtin_ctz(static_cast<unsigned>(found)));
  }
#endif
  if (at >= text.size()) return text.size();
  const auto* found = static_cast<const char*>(std::memchr(text.data() + at, c, text.size() - at));
  return found == nullptr ? text.size() : static_cast<std::size_t>(found - text.data());
}

// Copies the bytes from `from` on to `to`, up to the first `c` or the end of the text; returns where that is. `to` has
// room for 16 bytes more than the text.
inline std::size_t copy_until(std::string_view text, std::size_t from, char c, char* to) {
  std::size_t at = from;
#if defined(__SSE2__)
  const __m128i wanted = _mm_set1_epi8(c);
  for (; at + 16 <= text.size(); at += 16, to += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), bytes);
    const int found = _mm_movemask_epi8(_mm_cmpeq_epi8(bytes, wanted));
    if (found != 0) return at + static_cast<std::size_t>(__builtin_ctz(static_cast<unsigned>(found)));
  }
#endif
  while (at < text.size() && text[at] != c) *to++ = text[at++];
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

// Whether a line begins with "be" or "=y", as the first line of a uuencoded or yEnc file does. Lines end in LF.
inline bool may_hold_encoded_file(std::string_view text) {
  const auto begins = [](const char* at) { return (at[0] == 'b' && at[1] == 'e') || (at[0] == '=' && at[1] == 'y'); };
  if (text.size() >= 2 && begins(text.data())) return true;
  std::size_t at = 0;
#if defined(__SSE2__)
  for (; at + 18 <= text.size(); at += 16) {
    const char* data = text.data() + at;
    const auto at_offset = [&](int offset, char c) {
      return _mm_cmpeq_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(data + offset)), _mm_set1_epi8(c));
    };
    const __m128i uu = _mm_and_si128(at_offset(1, 'b'), at_offset(2, 'e'));
    const __m128i yenc = _mm_and_si128(at_offset(1, '='), at_offset(2, 'y'));
    if (_mm_movemask_epi8(_mm_and_si128(at_offset(0, '\n'), _mm_or_si128(uu, yenc))) != 0) return true;
  }
#endif
  for (; at + 3 <= text.size(); ++at) {
    if (text[at] == '\n' && begins(text.data() + at + 1)) return true;
  }
  return false;
}

// Where a run of plain HTML text ends that begins at `from`: at markup, at any control, at a byte that may lead a blank
// or filler character (0xC2, 0xCD, 0xE1, 0xE2, 0xEF), or at a blank; with `join_words` single blanks between words are
// part of the run. May end too early, never too late, and only behind `from`.
inline std::size_t find_html_text_end(std::string_view text, std::size_t from, bool join_words) {
  std::size_t at = from + 1;
#if defined(__SSE2__)
  const __m128i zero = _mm_setzero_si128();
  for (; at + 16 <= text.size(); at += 15) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
    const auto is = [&](int c) { return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(static_cast<char>(c))); };
    const __m128i control = _mm_cmpeq_epi8(_mm_subs_epu8(bytes, _mm_set1_epi8(0x20)), zero);
    const __m128i lead =
        _mm_or_si128(_mm_or_si128(is(0xC2), is(0xCD)), _mm_or_si128(_mm_or_si128(is(0xE1), is(0xE2)), is(0xEF)));
    const __m128i stop = _mm_or_si128(_mm_or_si128(is('<'), is('&')), _mm_or_si128(control, lead));
    auto stops = static_cast<unsigned>(_mm_movemask_epi8(stop));
    // A blank whose next byte is plain does not end the run.
    if (join_words) stops &= ~(static_cast<unsigned>(_mm_movemask_epi8(is(' '))) & ~(stops >> 1)) | 0x8000u;
    // The last byte's neighbour is not known yet.
    stops &= 0x7FFFu;
    if (stops != 0) return at + static_cast<std::size_t>(__builtin_ctz(stops));
  }
#endif
  return at;
}

// Which of the 64 bytes at `at` are blanks or controls (0x20 and below), and which lead an ideograph's three bytes
// (0xE3..0xE9, U+3000..U+9FFF); bit 0 is the first byte.
struct WordMasks {
  std::uint64_t blanks = 0;
  std::uint64_t ideographs = 0;
};
inline WordMasks word_masks(const char* at) {
  WordMasks masks;
#if defined(__SSE2__)
  const __m128i zero = _mm_setzero_si128();
  for (unsigned i = 0; i < 4; ++i) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + i * 16));
    const __m128i blank = _mm_cmpeq_epi8(_mm_subs_epu8(bytes, _mm_set1_epi8(0x20)), zero);
    const __m128i from_lead = _mm_sub_epi8(bytes, _mm_set1_epi8(static_cast<char>(0xE3)));
    const __m128i lead = _mm_cmpeq_epi8(_mm_subs_epu8(from_lead, _mm_set1_epi8(6)), zero);
    masks.blanks |= static_cast<std::uint64_t>(static_cast<unsigned>(_mm_movemask_epi8(blank))) << (i * 16);
    masks.ideographs |= static_cast<std::uint64_t>(static_cast<unsigned>(_mm_movemask_epi8(lead))) << (i * 16);
  }
#else
  for (unsigned i = 0; i < 64; ++i) {
    const auto c = static_cast<unsigned char>(at[i]);
    if (c <= 0x20) masks.blanks |= std::uint64_t{1} << i;
    if (c >= 0xE3 && c <= 0xE9) masks.ideographs |= std::uint64_t{1} << i;
  }
#endif
  return masks;
}

// Bytes before the first one that is no printable ASCII (0x20..0x7E).
inline std::size_t printable_prefix(std::string_view bytes) {
  std::size_t at = 0;
#if defined(__SSE2__)
  for (; at + 16 <= bytes.size(); at += 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes.data() + at));
    // As signed numbers, 0x80 and above are below the blank.
    const __m128i printable =
        _mm_andnot_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8(0x7F)), _mm_cmpgt_epi8(block, _mm_set1_epi8(0x1F)));
    const auto other = static_cast<unsigned>(_mm_movemask_epi8(printable)) ^ 0xFFFFu;
    if (other != 0) return at + static_cast<std::size_t>(__builtin_ctz(other));
  }
#endif
  while (at < bytes.size() && bytes[at] >= ' ' && bytes[at] < 0x7F) ++at;
  return at;
}

// Where a header field's name ends that begins the text (RFC 5322 section 2.2): the first byte that is no printable
// ASCII, a blank or a colon.
inline std::size_t find_name_end(std::string_view text) {
  std::size_t at = 0;
#if defined(__SSE2__)
  for (; at + 16 <= text.size(); at += 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
    const __m128i end =
        _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8(':')), _mm_cmpeq_epi8(block, _mm_set1_epi8(0x7F)));
    // As signed numbers, 0x80 and above are below the blank.
    const __m128i name = _mm_andnot_si128(end, _mm_cmpgt_epi8(block, _mm_set1_epi8(' ')));
    const auto other = static_cast<unsigned>(_mm_movemask_epi8(name)) ^ 0xFFFFu;
    if (other != 0) return at + static_cast<std::size_t>(__builtin_ctz(other));
  }
#endif
  while (at < text.size() && text[at] > ' ' && text[at] < 0x7F && text[at] != ':') ++at;
  return at;
}

// Bytes before the first one of 0x80 and above.
inline std::size_t ascii_prefix(std::string_view bytes) {
  std::size_t at = 0;
#if defined(__SSE2__)
  const auto load = [&](std::size_t from) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes.data() + from));
  };
  for (; at + 64 <= bytes.size(); at += 64) {
    const __m128i all = _mm_or_si128(_mm_or_si128(load(at), load(at + 16)), _mm_or_si128(load(at + 32), load(at + 48)));
    if (_mm_movemask_epi8(all) != 0) break;
  }
  for (; at + 16 <= bytes.size(); at += 16) {
    const int high = _mm_movemask_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes.data() + at)));
    if (high != 0) return at + static_cast<std::size_t>(__builtin_ctz(static_cast<unsigned>(high)));
  }
#endif
  while (at < bytes.size() && static_cast<unsigned char>(bytes[at]) < 0x80) ++at;
  return at;
}

}  // namespace haulier::mime
