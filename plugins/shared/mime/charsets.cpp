#include "mime/charsets.hpp"

#include <unicode/ucnv.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <utility>

#include "mime/ascii.hpp"
#include "mime/double_byte_table.hpp"
#include "mime/iso_2022_jp.hpp"
#include "mime/utf8.hpp"

namespace haulier::mime {

namespace {

// What ISO-8859-16 has above 0xA0 where it differs from ISO-8859-1; ICU has no table for it.
struct Latin10 {
  std::uint8_t byte;
  char16_t character;
};
constexpr Latin10 kLatin10[] = {
    {0xA1, 0x0104}, {0xA2, 0x0105}, {0xA3, 0x0141}, {0xA4, 0x20AC}, {0xA5, 0x201E}, {0xA6, 0x0160}, {0xA8, 0x0161},
    {0xAA, 0x0218}, {0xAC, 0x0179}, {0xAE, 0x017A}, {0xAF, 0x017B}, {0xB2, 0x010C}, {0xB3, 0x0142}, {0xB4, 0x017D},
    {0xB5, 0x201D}, {0xB8, 0x017E}, {0xB9, 0x010D}, {0xBA, 0x0219}, {0xBC, 0x0152}, {0xBD, 0x0153}, {0xBE, 0x0178},
    {0xBF, 0x017C}, {0xC3, 0x0102}, {0xC5, 0x0106}, {0xD0, 0x0110}, {0xD1, 0x0143}, {0xD5, 0x0150}, {0xD7, 0x015A},
    {0xD8, 0x0170}, {0xDD, 0x0118}, {0xDE, 0x021A}, {0xE3, 0x0103}, {0xE5, 0x0107}, {0xF0, 0x0111}, {0xF1, 0x0144},
    {0xF5, 0x0151}, {0xF7, 0x015B}, {0xF8, 0x0171}, {0xFD, 0x0119}, {0xFE, 0x021B}};

bool is_stateful(CharsetKind kind) {
  return kind == CharsetKind::stateful || kind == CharsetKind::iso_2022_jp || kind == CharsetKind::utf16 ||
         kind == CharsetKind::utf16_le || kind == CharsetKind::utf16_be;
}

// Appends UTF-16 code units; `high` carries a surrogate from one call to the next. Returns the U+FFFD written.
std::size_t append_utf16(std::string& out, const char16_t* units, std::size_t count, char16_t& high) {
  const std::size_t begin = out.size();
  out.resize(begin + (count + 1) * 3);  // a pair is 4 bytes, a lone surrogate becomes the 3 of U+FFFD
  char* to = out.data() + begin;
  std::size_t invalid = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const char16_t unit = units[i];
    if (high != 0) {
      const auto first = static_cast<char32_t>(std::exchange(high, char16_t{0}));
      if (unit >= 0xDC00 && unit < 0xE000) {
        to += put_utf8(to, 0x10000 + ((first - 0xD800) << 10) + (unit - 0xDC00u));
        continue;
      }
      to += put_utf8(to, 0xFFFD);
      ++invalid;
    }
    if (unit >= 0xD800 && unit < 0xDC00) {
      high = unit;
      continue;
    }
    if (unit == 0xFFFD || (unit >= 0xDC00 && unit < 0xE000)) ++invalid;
    to += put_utf8(to, unit);
  }
  out.resize(static_cast<std::size_t>(to - out.data()));
  return invalid;
}

// Byte order of UTF-16 without a mark: zero bytes are the high halves of Latin letters, blanks and line ends.
bool is_big_endian(std::string_view bytes) {
  std::size_t even = 0;
  std::size_t odd = 0;
  for (std::size_t i = 0; i + 1 < bytes.size() && i < 1024; i += 2) {
    even += bytes[i] == 0 ? 1 : 0;
    odd += bytes[i + 1] == 0 ? 1 : 0;
  }
  return even > odd;
}

std::size_t convert_utf16(std::string& out, std::string_view bytes, CharsetKind kind) {
  bool big = kind == CharsetKind::utf16_be || (kind == CharsetKind::utf16 && is_big_endian(bytes));
  if (bytes.starts_with("\xFE\xFF") || bytes.starts_with("\xFF\xFE")) {
    big = bytes[0] == '\xFE';
    bytes.remove_prefix(2);
  }
  std::array<char16_t, 1024> units{};
  char16_t high = 0;
  std::size_t invalid = 0;
  const std::size_t total = bytes.size() / 2;
  for (std::size_t done = 0; done < total;) {
    const std::size_t count = std::min(units.size(), total - done);
    for (std::size_t i = 0; i < count; ++i) {
      const auto a = static_cast<unsigned char>(bytes[(done + i) * 2]);
      const auto b = static_cast<unsigned char>(bytes[(done + i) * 2 + 1]);
      units[i] = static_cast<char16_t>(big ? a << 8 | b : b << 8 | a);
    }
    invalid += append_utf16(out, units.data(), count, high);
    done += count;
  }
  if (high != 0 || bytes.size() % 2 != 0) {
    out.append(kReplacement);
    ++invalid;
  }
  return invalid;
}

}  // namespace

// UTF-8 of each byte of a single-byte encoding, made from ICU's converter once.
struct Charsets::Table {
  std::string_view name;
  struct Entry {
    char bytes[3];
    std::uint8_t size;  // with kInvalid when U+FFFD stands for it
  };
  static_assert(sizeof(Entry) == 4, "one move of four bytes writes an entry");
  static constexpr std::uint8_t kSize = 3;
  static constexpr std::uint8_t kInvalid = 0x80;
  std::array<Entry, 256> entries{};
};

struct Charsets::Converter {
  explicit Converter(const char* icu_name) : name(icu_name) {
    UErrorCode error = U_ZERO_ERROR;
    converter = ucnv_open(icu_name, &error);
  }
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;
  ~Converter() { ucnv_close(converter); }

  // The table for double-byte text, once enough of it has been seen.
  const DoubleByteTable* table_for(std::size_t bytes) {
    constexpr std::size_t kWorthATable = 64u << 10;
    seen_bytes += bytes;
    if (!pairs && seen_bytes >= kWorthATable) pairs = std::make_unique<DoubleByteTable>(converter);
    return pairs.get();
  }

  const char* name;
  UConverter* converter = nullptr;  // null when ICU lacks it
  std::size_t seen_bytes = 0;
  std::unique_ptr<DoubleByteTable> pairs;
};

Charsets::Charsets() = default;
Charsets::~Charsets() = default;

Charsets::Converter* Charsets::converter(const char* icu_name) {
  for (const auto& open : converters_) {
    if (std::strcmp(open->name, icu_name) == 0) return open.get();
  }
  converters_.push_back(std::make_unique<Converter>(icu_name));
  return converters_.back().get();
}

const Charsets::Table* Charsets::table(const Charset& charset) {
  for (const auto& made : tables_) {
    if (made->name == charset.name) return made.get();
  }
  auto made = std::make_unique<Table>();
  made->name = charset.name;
  std::array<char16_t, 256> characters{};
  for (std::size_t i = 0; i < 256; ++i) characters[i] = static_cast<char16_t>(i);
  if (*charset.icu_name == '\0') {
    for (const Latin10& entry : kLatin10) characters[entry.byte] = entry.character;
  } else if (UConverter* icu = converter(charset.icu_name)->converter; icu != nullptr) {
    for (std::size_t i = 0x80; i < 256; ++i) {
      const char byte = static_cast<char>(i);
      UErrorCode error = U_ZERO_ERROR;
      char16_t unit[4] = {};
      ucnv_reset(icu);
      const std::int32_t size = ucnv_toUChars(icu, unit, 4, &byte, 1, &error);
      characters[i] = U_SUCCESS(error) && size == 1 ? unit[0] : char16_t{0xFFFD};
    }
  }
  for (std::size_t i = 0; i < 256; ++i) {
    std::string utf8;
    append_utf8(utf8, characters[i]);
    utf8.copy(made->entries[i].bytes, 3);
    made->entries[i].size = static_cast<std::uint8_t>(utf8.size() | (characters[i] == 0xFFFD ? Table::kInvalid : 0));
  }
  tables_.push_back(std::move(made));
  return tables_.back().get();
}

// Blocks go through a buffer on the stack: a string that grows byte by byte costs more than the conversion.
std::size_t Charsets::convert_table(std::string& out, std::string_view bytes, const Table& table) {
  constexpr std::size_t kBlock = 1024;
  char buffer[kBlock * sizeof(Table::Entry::bytes) + 1];
  std::size_t invalid = 0;
  while (!bytes.empty()) {
    const std::size_t ascii = ascii_prefix(bytes);
    out.append(bytes.substr(0, ascii));
    bytes.remove_prefix(ascii);
    char* to = buffer;
    const std::string_view block = bytes.substr(0, kBlock);
    std::size_t done = 0;
    // Short stretches of ASCII between the others go the same way.
    constexpr std::size_t kStretch = 32;
    for (std::size_t ascii_run = 0; done < block.size() && ascii_run < kStretch; ++done) {
      const auto c = static_cast<unsigned char>(block[done]);
      const Table::Entry& entry = table.entries[c];
      std::memcpy(to, &entry, sizeof entry);
      to += entry.size & Table::kSize;
      invalid += entry.size >> 7;
      ascii_run = c < 0x80 ? ascii_run + 1 : 0;
    }
    out.append(buffer, static_cast<std::size_t>(to - buffer));
    bytes.remove_prefix(done);
  }
  return invalid;
}

std::size_t Charsets::convert_pairs(std::string& out, std::string_view bytes, const char* icu_name) {
  Converter* known = converter(icu_name);
  if (known->converter != nullptr) {
    if (const DoubleByteTable* table = known->table_for(bytes.size())) bytes.remove_prefix(table->convert(out, bytes));
  }
  return bytes.empty() ? 0 : convert_icu(out, bytes, icu_name);
}

std::size_t Charsets::convert_icu(std::string& out, std::string_view bytes, const char* icu_name) {
  UConverter* icu = converter(icu_name)->converter;
  if (icu == nullptr) return append_repaired_utf8(out, bytes);
  ucnv_reset(icu);
  std::array<char16_t, 2048> units{};
  const char* from = bytes.data();
  const char* const end = from + bytes.size();
  char16_t high = 0;
  std::size_t invalid = 0;
  for (;;) {
    char16_t* to = units.data();
    UErrorCode error = U_ZERO_ERROR;
    ucnv_toUnicode(icu, &to, units.data() + units.size(), &from, end, nullptr, true, &error);
    invalid += append_utf16(out, units.data(), static_cast<std::size_t>(to - units.data()), high);
    if (error == U_BUFFER_OVERFLOW_ERROR) continue;
    if (U_FAILURE(error)) ++invalid;
    break;
  }
  if (high != 0) {
    out.append(kReplacement);
    ++invalid;
  }
  return invalid;
}

std::size_t Charsets::convert_iso_2022_jp(std::string& out, std::string_view bytes) {
  std::size_t invalid = 0;
  Iso2022Jp splitter([&](std::string_view run, const char* icu_name) { invalid += convert_pairs(out, run, icu_name); });
  splitter.convert(bytes);
  return invalid;
}

std::size_t Charsets::convert(std::string& out, std::string_view bytes, const Charset& charset) {
  switch (charset.kind) {
    case CharsetKind::utf8:
      return append_repaired_utf8(out, bytes);
    case CharsetKind::single_byte:
      return convert_table(out, bytes, *table(charset));
    case CharsetKind::utf16:
    case CharsetKind::utf16_le:
    case CharsetKind::utf16_be:
      return convert_utf16(out, bytes, charset.kind);
    case CharsetKind::iso_2022_jp:
      return convert_iso_2022_jp(out, bytes);
    case CharsetKind::multi_byte:
      return convert_pairs(out, bytes, charset.icu_name);
    case CharsetKind::stateful:
      return convert_icu(out, bytes, charset.icu_name);
    case CharsetKind::unknown:
      break;
  }
  return convert_table(out, bytes, *table(charset_of_label("windows-1252")));
}

const Charset& Charsets::detect(std::string_view bytes) {
  const Charset& latin = charset_of_label("windows-1252");
  if (detections_left_ <= 0) return latin;
  --detections_left_;
  const Charset& found = detector_.detect(bytes);
  return found.kind == CharsetKind::unknown ? latin : found;
}

Conversion Charsets::append_detected(std::string& out, std::string_view bytes) {
  Conversion result;
  const Charset& found = detect(bytes);
  result.used = found.name;
  result.invalid = convert(out, bytes, found);
  return result;
}

// The label says UTF-8 and the bytes are not. A damaged character or two among good ones: repaired; else something
// else was labelled UTF-8.
Conversion Charsets::append_utf8_labelled(std::string& out, std::string_view bytes, std::size_t multibyte_chars) {
  const std::size_t begin = out.size();
  Conversion result;
  result.used = "utf-8";
  result.invalid = append_repaired_utf8(out, bytes);
  std::size_t good = multibyte_chars;  // before the first damage; look further when that is not enough
  if (result.invalid * 4 > good) {
    const auto text = std::string_view(out).substr(begin);
    good = check_utf8(text).multibyte_chars - result.invalid;
  }
  if (result.invalid * 4 <= good) return result;
  std::string other;
  Conversion detected = append_detected(other, bytes);
  if (detected.invalid >= result.invalid) return result;
  out.resize(begin);
  out.append(other);
  detected.mismatch = true;
  return detected;
}

// Labels whose text looks like ASCII. HTML that went through a browser often calls itself UTF-16 and is not.
void Charsets::append_stateful(std::string& out, std::string_view bytes, const Charset& charset, Conversion& result) {
  constexpr std::size_t kProof = 8;  // bytes; two Chinese characters in UTF-16 may look like ASCII
  const bool is_16 = charset.kind != CharsetKind::stateful && charset.kind != CharsetKind::iso_2022_jp;
  result.mismatch = bytes.size() >= kProof && is_utf8(bytes) &&
                    (is_16 ? bytes.find('\0') == std::string_view::npos : !is_ascii(bytes));
  if (!result.mismatch) {
    result.invalid = convert(out, bytes, charset);
    return;
  }
  out.append(bytes);
  result.used = "utf-8";
}

// True when the bytes are ASCII or UTF-8, whatever the label says; they are appended then.
bool Charsets::append_if_utf8(std::string& out, std::string_view bytes, const Charset& charset, const Utf8Check& check,
                              Conversion& result) {
  if (check.valid_bytes != bytes.size()) return false;
  const bool known = charset.kind != CharsetKind::unknown;
  if (check.multibyte_chars == 0 && looks_like_iso_2022_jp(bytes)) {
    result.used = "iso-2022-jp";
    result.mismatch = known;
    result.invalid = convert_iso_2022_jp(out, bytes);
    return true;
  }
  // Three characters of valid UTF-8 do not happen by chance in a double-byte encoding, one does not in a
  // single-byte one.
  const std::size_t proof = charset.kind == CharsetKind::multi_byte ? 3 : 1;
  const bool is_utf8_label = charset.kind == CharsetKind::utf8;
  if (check.multibyte_chars != 0 && check.multibyte_chars < proof && !is_utf8_label) return false;
  out.append(bytes);
  if (check.multibyte_chars == 0) return true;
  result.used = "utf-8";
  result.mismatch = known && !is_utf8_label;
  return true;
}

// What the label says, unless that fails and something else fits better.
void Charsets::append_as_labelled(std::string& out, std::string_view bytes, const Charset& charset,
                                  Conversion& result) {
  const std::size_t begin = out.size();
  result.invalid = convert(out, bytes, charset);
  if (result.invalid * 100 <= bytes.size() || is_utf8(bytes)) return;
  std::string other;
  Conversion detected = append_detected(other, bytes);
  if (detected.used == charset.name || detected.invalid * 2 >= result.invalid) return;
  out.resize(begin);
  out.append(other);
  result = detected;
  result.mismatch = true;
}

Conversion Charsets::append(std::string& out, std::string_view bytes, std::string_view label) {
  const Charset& charset = charset_of_label(label);
  const bool known = charset.kind != CharsetKind::unknown;
  Conversion result;
  result.unknown_label = !known && !trim(label).empty();
  result.used = known ? charset.name : "us-ascii";
  if (is_stateful(charset.kind)) {
    append_stateful(out, bytes, charset, result);
    return result;
  }
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  const Utf8Check check = check_utf8(bytes);
  if (append_if_utf8(out, bytes, charset, check, result)) return result;
  if (charset.kind == CharsetKind::utf8) return append_utf8_labelled(out, bytes, check.multibyte_chars);
  if (known) {
    append_as_labelled(out, bytes, charset, result);
    return result;
  }
  const Conversion detected = append_detected(out, bytes);
  result.used = detected.used;
  result.invalid = detected.invalid;
  return result;
}

Conversion Charsets::append_unlabelled(std::string& out, std::string_view bytes, std::string_view hint) {
  const Utf8Check check = check_utf8(bytes);
  if (check.valid_bytes == bytes.size()) return append(out, bytes, "");
  const Charset& charset = charset_of_label(hint);
  const bool telling = charset.kind == CharsetKind::multi_byte ||
                       (charset.kind == CharsetKind::single_byte && charset.name != "windows-1252");
  if (telling) {
    const std::size_t begin = out.size();
    Conversion result;
    result.used = charset.name;
    result.invalid = convert(out, bytes, charset);
    if (result.invalid == 0) return result;
    out.resize(begin);
  }
  return append_detected(out, bytes);
}

}  // namespace haulier::mime
