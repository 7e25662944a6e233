#include "mime/utf8.hpp"

#include <cstdint>
#include <cstring>

namespace haulier::mime {

namespace {

struct Sequence {
  std::size_t bytes;  // of a valid sequence, or of the maximal invalid prefix
  bool valid;
};

// Table 3-7 of the Unicode Standard: the second byte's range depends on the first.
Sequence sequence_at(const unsigned char* at, std::size_t left) {
  const unsigned char lead = at[0];
  if (lead < 0x80) return {1, true};
  if (lead < 0xC2 || lead > 0xF4) return {1, false};
  const std::size_t need = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
  if (lead == 0xE0) low = 0xA0;
  if (lead == 0xED) high = 0x9F;
  if (lead == 0xF0) low = 0x90;
  if (lead == 0xF4) high = 0x8F;
  for (std::size_t i = 1; i < need; ++i) {
    if (i >= left || at[i] < low || at[i] > high) return {i, false};
    low = 0x80;
    high = 0xBF;
  }
  return {need, true};
}

}  // namespace

bool is_printable_ascii(std::string_view bytes) { return printable_prefix(bytes) == bytes.size(); }

Utf8Check check_utf8(std::string_view bytes) {
#if defined(__x86_64__)
  static const bool has_avx2 = __builtin_cpu_supports("avx2") != 0;
  constexpr std::size_t kWorthIt = 64;
  const std::size_t ascii = ascii_prefix(bytes);
  if (ascii == bytes.size()) return {ascii, 0};
  bytes.remove_prefix(ascii);
  Utf8Check done = has_avx2 && bytes.size() >= kWorthIt ? utf8_kernel::avx2(bytes) : Utf8Check();
  const Utf8Check rest = utf8_kernel::scalar(bytes.substr(done.valid_bytes));
  return {ascii + done.valid_bytes + rest.valid_bytes, done.multibyte_chars + rest.multibyte_chars};
#else
  return utf8_kernel::scalar(bytes);
#endif
}

Utf8Check utf8_kernel::scalar(std::string_view bytes) {
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  const std::size_t size = bytes.size();
  Utf8Check result;
  std::size_t at = 0;
  while (at < size) {
    at += ascii_prefix(bytes.substr(at));
    // Most of what is not ASCII in mail comes in runs of two- and three-byte characters; those without narrower rules
    // for their second byte take the short way.
    for (; at < size && data[at] >= 0x80; ++result.multibyte_chars) {
      const unsigned char lead = data[at];
      if (lead >= 0xC2 && lead < 0xE0 && at + 1 < size && (data[at + 1] & 0xC0) == 0x80) {
        at += 2;
        continue;
      }
      const bool plain = (lead > 0xE0 && lead < 0xF0 && lead != 0xED) && at + 2 < size;
      if (plain && (data[at + 1] & 0xC0) == 0x80 && (data[at + 2] & 0xC0) == 0x80) {
        at += 3;
        continue;
      }
      const Sequence sequence = sequence_at(data + at, size - at);
      if (!sequence.valid) {
        result.valid_bytes = at;
        return result;
      }
      at += sequence.bytes;
    }
  }
  result.valid_bytes = at;
  return result;
}

CodePoint first_code_point(std::string_view valid) {
  const auto byte = [&](std::size_t i) { return static_cast<char32_t>(static_cast<unsigned char>(valid[i])); };
  const char32_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  if (lead < 0xE0) return {((lead & 0x1F) << 6) | (byte(1) & 0x3F), 2};
  if (lead < 0xF0) return {((lead & 0x0F) << 12) | ((byte(1) & 0x3F) << 6) | (byte(2) & 0x3F), 3};
  return {((lead & 0x07) << 18) | ((byte(1) & 0x3F) << 12) | ((byte(2) & 0x3F) << 6) | (byte(3) & 0x3F), 4};
}

std::size_t append_repaired_utf8(std::string& out, std::string_view bytes) {
  std::size_t replaced = 0;
  while (!bytes.empty()) {
    const std::size_t valid = check_utf8(bytes).valid_bytes;
    out.append(bytes.substr(0, valid));
    bytes.remove_prefix(valid);
    if (bytes.empty()) break;
    const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
    bytes.remove_prefix(sequence_at(data, bytes.size()).bytes);
    out.append(kReplacement);
    ++replaced;
  }
  return replaced;
}

std::string_view cut_utf8(std::string_view valid, std::size_t bytes) {
  if (valid.size() <= bytes) return valid;
  while (bytes > 0 && (static_cast<unsigned char>(valid[bytes]) & 0xC0) == 0x80) --bytes;
  return valid.substr(0, bytes);
}

bool replace_nul(std::string& text) {
  std::size_t at = text.find('\0');
  if (at == std::string::npos) return false;
  std::string repaired;
  repaired.reserve(text.size() + 64);
  std::size_t from = 0;
  for (; at != std::string::npos; at = text.find('\0', from)) {
    repaired.append(text, from, at - from).append(kReplacement);
    from = at + 1;
  }
  repaired.append(text, from);
  text.swap(repaired);
  return true;
}

}  // namespace haulier::mime
