#pragma once
#include <cstdint>
#include <string_view>

namespace haulier::mime {

enum class CharsetKind : std::uint8_t {
  unknown,
  utf8,
  single_byte,  // one table of 256 characters
  utf16,        // byte order by mark, else by the look of the text
  utf16_le,
  utf16_be,
  iso_2022_jp,
  multi_byte,  // two and more bytes per character, no state
  stateful,    // escape sequences or shifts: ASCII bytes may mean something else
};

// A character encoding: the name that is stored, and the ICU converter that knows its table.
struct Charset {
  std::string_view name;
  const char* icu_name;
  CharsetKind kind;
};

inline constexpr Charset kUnknownCharset{"", "", CharsetKind::unknown};

// The encoding that a label means (encoding.spec.whatwg.org section 4.2, so gb2312 is gb18030 and iso-8859-1 is
// windows-1252), plus those that mail knows and browsers dropped (UTF-7, HZ, ISO-2022-KR, IBM code pages). Forgives
// case, quotes, blanks and junk behind the label. Unknown labels give kUnknownCharset.
[[nodiscard]] const Charset& charset_of_label(std::string_view label);

}  // namespace haulier::mime
