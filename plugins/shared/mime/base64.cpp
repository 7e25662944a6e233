#include "mime/base64.hpp"

#include <array>

namespace haulier::mime {

namespace {

constexpr std::uint8_t kInvalid = 0xFF;
constexpr std::uint8_t kBlank = 0xFE;  // white space: skipped without a defect
constexpr std::uint8_t kPad = 0xFD;

constexpr std::array<std::uint8_t, 256> make_table() {
  std::array<std::uint8_t, 256> table{};
  table.fill(kInvalid);
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  for (const char c : {' ', '\t', '\r', '\n'}) table[static_cast<unsigned char>(c)] = kBlank;
  table[static_cast<unsigned char>('=')] = kPad;
  return table;
}
constexpr auto kTable = make_table();

// Sextets already at their place in the group of 24 bits; bit 31 marks what is no sextet.
template <int Shift>
constexpr std::array<std::uint32_t, 256> make_shifted() {
  std::array<std::uint32_t, 256> table{};
  for (std::size_t i = 0; i < 256; ++i) {
    table[i] = kTable[i] < 64 ? static_cast<std::uint32_t>(kTable[i]) << Shift : 0x80000000u;
  }
  return table;
}
constexpr auto kFirst = make_shifted<18>();
constexpr auto kSecond = make_shifted<12>();
constexpr auto kThird = make_shifted<6>();
constexpr auto kFourth = make_shifted<0>();

}  // namespace

namespace base64_kernel {

std::size_t scalar(const char* in, std::size_t size, char* out) {
  const auto* from = reinterpret_cast<const unsigned char*>(in);
  std::size_t read = 0;
  while (size - read >= 4) {
    const std::uint32_t group =
        kFirst[from[read]] | kSecond[from[read + 1]] | kThird[from[read + 2]] | kFourth[from[read + 3]];
    if (group & 0x80000000u) break;
    *out++ = static_cast<char>(group >> 16);
    *out++ = static_cast<char>(group >> 8);
    *out++ = static_cast<char>(group);
    read += 4;
  }
  return read;
}

Kernel fastest() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) return avx2;
  if (__builtin_cpu_supports("ssse3")) return ssse3;
#endif
  return scalar;
}

}  // namespace base64_kernel

std::size_t Base64Decoder::flush(char* out) {
  std::size_t size = 0;
  if (pending_ == 1) truncated_ = true;
  if (pending_ == 2) out[size++] = static_cast<char>(bits_ >> 4);
  if (pending_ == 3) {
    out[size++] = static_cast<char>(bits_ >> 10);
    out[size++] = static_cast<char>(bits_ >> 2);
  }
  bits_ = 0;
  pending_ = 0;
  return size;
}

std::size_t Base64Decoder::feed_byte(unsigned char byte, char* out) {
  const std::uint8_t value = kTable[byte];
  if (padded_ && (byte == ' ' || byte == '\t')) skip_line_ = true;
  if (byte == '\n' || byte == '\r') skip_line_ = false;
  if (skip_line_) {
    // Words behind the padding are a remark, not data.
    if (value != kBlank) after_padding_ = true;
    return 0;
  }
  if (value < 64) {
    if (padded_) after_padding_ = true;
    padded_ = false;
    bits_ = bits_ << 6 | value;
    if (++pending_ < 4) return 0;
    out[0] = static_cast<char>(bits_ >> 16);
    out[1] = static_cast<char>(bits_ >> 8);
    out[2] = static_cast<char>(bits_);
    bits_ = 0;
    pending_ = 0;
    return 3;
  }
  if (value == kPad) {
    padded_ = true;
    return flush(out);
  }
  if (value == kInvalid) dirty_ = true;
  return 0;
}

std::size_t Base64Decoder::feed(std::string_view in, char* out) {
  static const base64_kernel::Kernel kernel = base64_kernel::fastest();
  char* to = out;
  std::size_t at = 0;
  while (at < in.size()) {
    if (pending_ == 0 && !padded_) {
      const std::size_t read = kernel(in.data() + at, in.size() - at, to);
      at += read;
      to += read / 4 * 3;
      if (at == in.size()) break;
    }
    // One group or line end by hand, then the kernel again.
    do {
      to += feed_byte(static_cast<unsigned char>(in[at]), to);
      ++at;
    } while (at < in.size() && (pending_ != 0 || kTable[static_cast<unsigned char>(in[at])] >= 64));
  }
  return static_cast<std::size_t>(to - out);
}

std::size_t Base64Decoder::finish(char* out) {
  if (pending_ != 0) truncated_ = true;
  return flush(out);
}

}  // namespace haulier::mime
