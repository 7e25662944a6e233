#include "mime/charsets.hpp"

#include <unicode/ucnv.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "mime/ascii.hpp"
#include "mime/charset_detection.hpp"
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
  std::size_t invalid = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const char16_t unit = units[i];
    if (high != 0) {
      const char16_t first = high;
      high = 0;
      if (unit >= 0xDC00 && unit < 0xE000) {
        append_utf8(out, 0x10000 + ((static_cast<char32_t>(first) - 0xD800) << 10) + (unit - 0xDC00u));
        continue;
      }
      out.append(kReplacement);
      ++invalid;
    }
    if (unit < 0x80) {
      out.push_back(static_cast<char>(unit));
    } else if (unit >= 0xD800 && unit < 0xDC00) {
      high = unit;
    } else {
      if (unit == 0xFFFD || (unit >= 0xDC00 && unit < 0xE000)) ++invalid;
      append_utf8(out, unit);
    }
  }
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
    std::uint8_t size;
  };
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

  const char* name;
  UConverter* converter = nullptr;  // null when ICU lacks it
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
    made->entries[i].size = static_cast<std::uint8_t>(utf8.size());
  }
  tables_.push_back(std::move(made));
  return tables_.back().get();
}

std::size_t Charsets::convert_table(std::string& out, std::string_view bytes, const Table& table) {
  std::size_t invalid = 0;
  while (!bytes.empty()) {
    const std::size_t ascii = ascii_prefix(bytes);
    out.append(bytes.substr(0, ascii));
    bytes.remove_prefix(ascii);
    std::size_t high = 0;
    while (high < bytes.size() && static_cast<unsigned char>(bytes[high]) >= 0x80) {
      const auto& entry = table.entries[static_cast<unsigned char>(bytes[high++])];
      out.append(entry.bytes, entry.size);
      if (entry.size == 3 && std::memcmp(entry.bytes, kReplacement.data(), 3) == 0) ++invalid;
    }
    bytes.remove_prefix(high);
  }
  return invalid;
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

// ISO-2022-JP as programs send it: JIS X 0208 with the NEC and IBM rows (which only Shift_JIS's table has in ICU),
// half-width katakana, JIS X 0212, GB 2312 and KS C 5601 (RFC 1554). Each run is handed to the encoding that has it.
std::size_t Charsets::convert_iso_2022_jp(std::string& out, std::string_view bytes) {
  enum class Set { ascii, katakana, jis_208, jis_212, gb2312, ksc5601 };
  struct Escape {
    std::string_view text;
    Set set;
  };
  static constexpr Escape kEscapes[] = {{"(B", Set::ascii},   {"(J", Set::ascii},   {"(H", Set::ascii},
                                        {"(I", Set::katakana}, {"$@", Set::jis_208}, {"$B", Set::jis_208},
                                        {"$(D", Set::jis_212}, {"$A", Set::gb2312},  {"$(C", Set::ksc5601}};
  std::string run;
  const char* encoding = "ibm-943_P15A-2003";
  std::size_t invalid = 0;
  const auto use = [&](const char* wanted) {
    if (encoding == wanted) return;
    if (!run.empty()) invalid += convert_icu(out, run, encoding);
    run.clear();
    encoding = wanted;
  };
  static constexpr const char* kShiftJis = "ibm-943_P15A-2003";
  encoding = kShiftJis;
  Set set = Set::ascii;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto c = static_cast<unsigned char>(bytes[i]);
    if (c == 0x1B) {
      const std::string_view rest = bytes.substr(i + 1);
      const auto* escape = std::find_if(std::begin(kEscapes), std::end(kEscapes),
                                        [&](const Escape& e) { return rest.starts_with(e.text); });
      if (escape == std::end(kEscapes)) continue;
      set = escape->set;
      i += escape->text.size();
      continue;
    }
    if (c == '\n' || c == '\r') set = Set::ascii;
    if (c == 0x0E || c == 0x0F) {
      set = c == 0x0E ? Set::katakana : Set::ascii;
      continue;
    }
    const bool two_bytes = set != Set::ascii && set != Set::katakana;
    if (!two_bytes || c <= 0x20 || c >= 0x7F) {
      use(kShiftJis);
      run.push_back(static_cast<char>(set == Set::katakana && c > 0x20 && c < 0x60 ? c | 0x80 : c));
      continue;
    }
    const unsigned second = i + 1 < bytes.size() ? static_cast<unsigned char>(bytes[i + 1]) & 0x7Fu : 0;
    if (second <= 0x20 || second == 0x7F) {
      use(kShiftJis);
      run.append("\xFC\xFC");  // no character: becomes U+FFFD
      continue;
    }
    ++i;
    if (set == Set::jis_208) {
      use(kShiftJis);
      unsigned lead = ((c - 0x21u) >> 1) + 0x81;
      if (lead > 0x9F) lead += 0x40;
      run.push_back(static_cast<char>(lead));
      run.push_back(static_cast<char>(c % 2 == 1 ? second + 0x1F + (second >= 0x60 ? 1 : 0) : second + 0x7E));
      continue;
    }
    use(set == Set::jis_212 ? "EUC-JP" : set == Set::gb2312 ? "gb18030" : "windows-949-2000");
    if (set == Set::jis_212) run.push_back('\x8F');
    run.push_back(static_cast<char>(c | 0x80));
    run.push_back(static_cast<char>(second | 0x80));
  }
  if (!run.empty()) invalid += convert_icu(out, run, encoding);
  return invalid;
}

std::size_t Charsets::convert(std::string& out, std::string_view bytes, const Charset& charset) {
  switch (charset.kind) {
    case CharsetKind::utf8: return append_repaired_utf8(out, bytes);
    case CharsetKind::single_byte: return convert_table(out, bytes, *table(charset));
    case CharsetKind::utf16:
    case CharsetKind::utf16_le:
    case CharsetKind::utf16_be: return convert_utf16(out, bytes, charset.kind);
    case CharsetKind::iso_2022_jp: return convert_iso_2022_jp(out, bytes);
    case CharsetKind::multi_byte:
    case CharsetKind::stateful: return convert_icu(out, bytes, charset.icu_name);
    case CharsetKind::unknown: break;
  }
  return convert_table(out, bytes, *table(charset_of_label("windows-1252")));
}

const Charset& Charsets::detect(std::string_view bytes) {
  const Charset& latin = charset_of_label("windows-1252");
  if (detections_left_ <= 0) return latin;
  --detections_left_;
  const Charset& found = detect_charset(bytes);
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

Conversion Charsets::append(std::string& out, std::string_view bytes, std::string_view label) {
  const Charset& charset = charset_of_label(label);
  const bool known = charset.kind != CharsetKind::unknown;
  Conversion result;
  result.unknown_label = !known && !trim(label).empty();
  result.used = known ? charset.name : "us-ascii";
  if (bytes.starts_with("\xEF\xBB\xBF") && !is_stateful(charset.kind)) bytes.remove_prefix(3);
  if (!is_stateful(charset.kind)) {
    const Utf8Check check = check_utf8(bytes);
    const bool valid = check.valid_bytes == bytes.size();
    if (valid && check.multibyte_chars == 0) {
      if (!looks_like_iso_2022_jp(bytes)) {
        out.append(bytes);
        return result;
      }
      result.used = "iso-2022-jp";
      result.mismatch = known;
      result.invalid = convert_iso_2022_jp(out, bytes);
      return result;
    }
    // Three characters of valid UTF-8 do not happen by chance in a double-byte encoding, one does not in a
    // single-byte one.
    const std::size_t proof = charset.kind == CharsetKind::multi_byte ? 3 : 1;
    if (valid && (charset.kind == CharsetKind::utf8 || check.multibyte_chars >= proof)) {
      out.append(bytes);
      result.used = "utf-8";
      result.mismatch = known && charset.kind != CharsetKind::utf8;
      return result;
    }
    if (charset.kind == CharsetKind::utf8) return append_utf8_labelled(out, bytes, check.multibyte_chars);
  }
  if (is_stateful(charset.kind)) {
    // HTML that went through a browser often calls itself UTF-16 and is not.
    constexpr std::size_t kProof = 8;  // bytes; two Chinese characters in UTF-16 may look like ASCII
    const bool is_16 = charset.kind != CharsetKind::stateful && charset.kind != CharsetKind::iso_2022_jp;
    const bool lies = bytes.size() >= kProof && is_utf8(bytes) &&
                      (is_16 ? bytes.find('\0') == std::string_view::npos : !is_ascii(bytes));
    if (lies) out.append(bytes);
    else result.invalid = convert(out, bytes, charset);
    if (lies) result.used = "utf-8";
    result.mismatch = lies;
    return result;
  }
  if (!known) {
    const Conversion detected = append_detected(out, bytes);
    result.used = detected.used;
    result.invalid = detected.invalid;
    return result;
  }
  const std::size_t begin = out.size();
  result.invalid = convert(out, bytes, charset);
  if (result.invalid * 100 <= bytes.size()) return result;
  std::string other;
  Conversion detected = is_utf8(bytes) ? Conversion{} : append_detected(other, bytes);
  if (detected.used.empty() || detected.used == charset.name || detected.invalid * 2 >= result.invalid) return result;
  out.resize(begin);
  out.append(other);
  detected.mismatch = true;
  return detected;
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
