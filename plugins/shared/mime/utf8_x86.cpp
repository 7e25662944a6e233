// UTF-8 by table look-up, 32 bytes at a time: Keiser and Lemire, "Validating UTF-8 in less than one instruction per
// byte" (2020). Three tables of 16 say which errors the high half of a byte, its low half and the high half of the next
// byte allow; what all three name is an error.
#include "mime/utf8.hpp"

#if defined(__x86_64__)
#include <immintrin.h>

#define HAULIER_AVX2 __attribute__((target("avx2,popcnt")))

namespace haulier::mime::utf8_kernel {

namespace {

constexpr char kTooShort = 1;    // a lead without its continuation
constexpr char kTooLong = 2;     // ASCII with a continuation
constexpr char kOverlong3 = 4;   // E0 80..9F
constexpr char kTooLarge = 8;    // F4 90.. and above
constexpr char kSurrogate = 16;  // ED A0..BF
constexpr char kOverlong2 = 32;  // C0, C1
constexpr char kAbove1000 = 64;  // F5 80.. and above
constexpr char kOverlong4 = 64;  // F0 80..8F
constexpr char kTwo = -128;      // two continuations in a row: right only behind a longer lead
constexpr char kCarry = kTooShort | kTooLong | kTwo;

HAULIER_AVX2 inline __m256i table(char a, char b, char c, char d, char e, char f, char g, char h, char i, char j,
                                  char k, char l, char m, char n, char o, char p) {
  return _mm256_setr_epi8(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o,
                          p);
}

HAULIER_AVX2 inline __m256i high_half(__m256i bytes) {
  return _mm256_and_si256(_mm256_srli_epi16(bytes, 4), _mm256_set1_epi8(0x0F));
}

// The bytes Before places earlier.
template <int Before>
HAULIER_AVX2 inline __m256i shifted(__m256i bytes, __m256i previous) {
  return _mm256_alignr_epi8(bytes, _mm256_permute2x128_si256(previous, bytes, 0x21), 16 - Before);
}

// Not zero where a byte is wrong.
HAULIER_AVX2 inline __m256i errors(__m256i bytes, __m256i previous) {
  constexpr char kHigh = kCarry | kTooLarge | kAbove1000;
  const __m256i by_first_high =
      table(kTooLong, kTooLong, kTooLong, kTooLong, kTooLong, kTooLong, kTooLong, kTooLong, kTwo, kTwo, kTwo, kTwo,
            kTooShort | kOverlong2, kTooShort, kTooShort | kOverlong3 | kSurrogate,
            kTooShort | kTooLarge | kAbove1000 | kOverlong4);
  const __m256i by_first_low =
      table(kCarry | kOverlong3 | kOverlong2 | kOverlong4, kCarry | kOverlong2, kCarry, kCarry, kCarry | kTooLarge,
            kHigh, kHigh, kHigh, kHigh, kHigh, kHigh, kHigh, kHigh, kHigh | kSurrogate, kHigh, kHigh);
  constexpr char kAny = kTooLong | kOverlong2 | kTwo;
  const __m256i by_second_high =
      table(kTooShort, kTooShort, kTooShort, kTooShort, kTooShort, kTooShort, kTooShort, kTooShort,
            kAny | kOverlong3 | kAbove1000 | kOverlong4, kAny | kOverlong3 | kTooLarge, kAny | kSurrogate | kTooLarge,
            kAny | kSurrogate | kTooLarge, kTooShort, kTooShort, kTooShort, kTooShort);
  const __m256i first = shifted<1>(bytes, previous);
  const __m256i special = _mm256_and_si256(
      _mm256_and_si256(_mm256_shuffle_epi8(by_first_high, high_half(first)),
                       _mm256_shuffle_epi8(by_first_low, _mm256_and_si256(first, _mm256_set1_epi8(0x0F)))),
      _mm256_shuffle_epi8(by_second_high, high_half(bytes)));
  // Third bytes of E0.. and above, fourth bytes of F0.. and above must be a second continuation, others must not.
  const __m256i third = _mm256_subs_epu8(shifted<2>(bytes, previous), _mm256_set1_epi8(0xE0 - 0x80));
  const __m256i fourth = _mm256_subs_epu8(shifted<3>(bytes, previous), _mm256_set1_epi8(0xF0 - 0x80));
  const __m256i must = _mm256_and_si256(_mm256_or_si256(third, fourth), _mm256_set1_epi8(kTwo));
  return _mm256_xor_si256(must, special);
}

// The character that reaches over the end of data[0, size), which is valid apart from that; size when there is none.
std::size_t last_whole(const unsigned char* data, std::size_t size) {
  for (std::size_t back = 1; back <= 3 && back <= size; ++back) {
    const unsigned char byte = data[size - back];
    if (byte < 0x80) break;
    if (byte < 0xC0) continue;
    const std::size_t need = byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
    return need > back ? size - back : size;
  }
  return size;
}

}  // namespace

HAULIER_AVX2 Utf8Check avx2(std::string_view bytes) {
  const char* data = bytes.data();
  __m256i previous = _mm256_setzero_si256();
  unsigned previous_high = 0;  // bit per byte of 0x80 and above
  Utf8Check result;
  std::size_t at = 0;
  for (; at + 32 <= bytes.size(); at += 32) {
    const __m256i block = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(data + at));
    const auto high = static_cast<unsigned>(_mm256_movemask_epi8(block));
    if ((high | previous_high) != 0) {
      const __m256i wrong = errors(block, previous);
      if (_mm256_testz_si256(wrong, wrong) == 0) break;
      const __m256i no_continuation = _mm256_cmpgt_epi8(block, _mm256_set1_epi8(-65));
      const unsigned leads = high & static_cast<unsigned>(_mm256_movemask_epi8(no_continuation));
      result.multibyte_chars += static_cast<std::size_t>(__builtin_popcount(leads));
    }
    previous = block;
    previous_high = high;
  }
  result.valid_bytes = last_whole(reinterpret_cast<const unsigned char*>(data), at);
  if (result.valid_bytes != at) --result.multibyte_chars;
  return result;
}

}  // namespace haulier::mime::utf8_kernel
#endif
