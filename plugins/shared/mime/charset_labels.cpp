#include "mime/charset_labels.hpp"

#include <algorithm>
#include <iterator>

#include "mime/ascii.hpp"

namespace haulier::mime {

namespace {

constexpr Charset kCharsets[] = {
    {"utf-8", "UTF-8", CharsetKind::utf8},
    {"ibm866", "ibm-866_P100-1995", CharsetKind::single_byte},
    {"iso-8859-2", "ISO-8859-2", CharsetKind::single_byte},
    {"iso-8859-3", "ISO-8859-3", CharsetKind::single_byte},
    {"iso-8859-4", "ISO-8859-4", CharsetKind::single_byte},
    {"iso-8859-5", "ISO-8859-5", CharsetKind::single_byte},
    {"iso-8859-6", "ISO-8859-6", CharsetKind::single_byte},
    {"iso-8859-7", "ISO-8859-7", CharsetKind::single_byte},
    {"iso-8859-8", "ISO-8859-8", CharsetKind::single_byte},
    {"iso-8859-10", "iso-8859_10-1998", CharsetKind::single_byte},
    {"iso-8859-13", "ISO-8859-13", CharsetKind::single_byte},
    {"iso-8859-14", "iso-8859_14-1998", CharsetKind::single_byte},
    {"iso-8859-15", "ISO-8859-15", CharsetKind::single_byte},
    {"iso-8859-16", "", CharsetKind::single_byte},
    {"koi8-r", "KOI8-R", CharsetKind::single_byte},
    {"koi8-u", "KOI8-U", CharsetKind::single_byte},
    {"macintosh", "macintosh", CharsetKind::single_byte},
    {"windows-874", "windows-874-2000", CharsetKind::single_byte},
    {"windows-1250", "ibm-5346_P100-1998", CharsetKind::single_byte},
    {"windows-1251", "ibm-5347_P100-1998", CharsetKind::single_byte},
    {"windows-1252", "ibm-5348_P100-1997", CharsetKind::single_byte},
    {"windows-1253", "ibm-5349_P100-1998", CharsetKind::single_byte},
    {"windows-1254", "ibm-5350_P100-1998", CharsetKind::single_byte},
    {"windows-1255", "ibm-9447_P100-2002", CharsetKind::single_byte},
    {"windows-1256", "ibm-9448_X100-2005", CharsetKind::single_byte},
    {"windows-1257", "ibm-9449_P100-2002", CharsetKind::single_byte},
    {"windows-1258", "ibm-5354_P100-1998", CharsetKind::single_byte},
    {"x-mac-cyrillic", "x-mac-cyrillic", CharsetKind::single_byte},
    {"gb18030", "gb18030", CharsetKind::multi_byte},
    {"big5", "Big5-HKSCS", CharsetKind::multi_byte},
    {"euc-jp", "EUC-JP", CharsetKind::multi_byte},
    {"iso-2022-jp", "", CharsetKind::iso_2022_jp},
    {"shift_jis", "ibm-943_P15A-2003", CharsetKind::multi_byte},
    {"euc-kr", "windows-949-2000", CharsetKind::multi_byte},
    {"iso-2022-kr", "ISO-2022-KR", CharsetKind::stateful},
    {"iso-2022-cn", "ISO-2022-CN", CharsetKind::stateful},
    {"hz-gb-2312", "HZ-GB-2312", CharsetKind::stateful},
    {"utf-7", "UTF-7", CharsetKind::stateful},
    {"utf-16be", "", CharsetKind::utf16_be},
    {"utf-16le", "", CharsetKind::utf16_le},
    {"utf-16", "", CharsetKind::utf16},
    {"utf-32", "UTF-32", CharsetKind::stateful},
    {"utf-32le", "UTF-32LE", CharsetKind::stateful},
    {"utf-32be", "UTF-32BE", CharsetKind::stateful},
    {"ibm437", "ibm-437_P100-1995", CharsetKind::single_byte},
    {"ibm850", "ibm-850_P100-1995", CharsetKind::single_byte},
    {"ibm852", "ibm-852_P100-1995", CharsetKind::single_byte},
    {"ibm855", "ibm-855_P100-1995", CharsetKind::single_byte},
    {"ibm857", "ibm-857_P100-1995", CharsetKind::single_byte},
    {"ibm858", "ibm-858_P100-1997", CharsetKind::single_byte},
    {"ibm862", "ibm-862_P100-1995", CharsetKind::single_byte},
};

struct Label {
  std::string_view text;
  std::uint8_t charset;  // index into kCharsets
};

// Sorted by bytes, for the binary search.
constexpr Label kLabels[] = {
    {"437", 44}, {"5601", 33}, {"646", 20}, {"850", 45}, {"852", 46}, {"866", 1}, {"ansi", 20},
    {"ansi_x3.4-1968", 20}, {"ansi_x3.4-1986", 20}, {"arabic", 6}, {"ascii", 20}, {"asmo-708", 6}, {"big-5", 29},
    {"big5", 29}, {"big5-eten", 29}, {"big5-hkscs", 29}, {"big5hkscs", 29}, {"chinese", 28}, {"cn-big5", 29},
    {"cp-1251", 19}, {"cp-1252", 20}, {"cp1250", 18}, {"cp1251", 19}, {"cp1252", 20}, {"cp1253", 21}, {"cp1254", 22},
    {"cp1255", 23}, {"cp1256", 24}, {"cp1257", 25}, {"cp1258", 26}, {"cp437", 44}, {"cp50220", 31}, {"cp50221", 31},
    {"cp65001", 0}, {"cp819", 20}, {"cp850", 45}, {"cp852", 46}, {"cp855", 47}, {"cp857", 48}, {"cp858", 49},
    {"cp862", 50}, {"cp866", 1}, {"cp874", 17}, {"cp932", 32}, {"cp936", 28}, {"cp949", 33}, {"cp950", 29},
    {"csbig5", 29}, {"cseuckr", 33}, {"cseucpkdfmtjapanese", 30}, {"csgb2312", 28}, {"csibm866", 1},
    {"csiso2022jp", 31}, {"csiso2022jp2", 31}, {"csiso2022kr", 34}, {"csiso58gb231280", 28}, {"csiso88596e", 6},
    {"csiso88596i", 6}, {"csiso88598e", 8}, {"csiso88598i", 8}, {"csisolatin1", 20}, {"csisolatin2", 2},
    {"csisolatin3", 3}, {"csisolatin4", 4}, {"csisolatin5", 22}, {"csisolatin6", 9}, {"csisolatin9", 12},
    {"csisolatinarabic", 6}, {"csisolatincyrillic", 5}, {"csisolatingreek", 7}, {"csisolatinhebrew", 8},
    {"cskoi8r", 14}, {"csksc56011987", 33}, {"csmacintosh", 16}, {"csshiftjis", 32}, {"csunicode", 40},
    {"csunicode11utf7", 37}, {"cswindows31j", 32}, {"cyrillic", 5}, {"default", 20}, {"dos-866", 1}, {"dos-874", 17},
    {"ecma-114", 6}, {"ecma-118", 7}, {"elot_928", 7}, {"euc-cn", 28}, {"euc-jp", 30}, {"euc-kr", 33},
    {"eucgb2312_cn", 28}, {"eucjp", 30}, {"euckr", 33}, {"gb", 28}, {"gb-18030", 28}, {"gb-2312", 28},
    {"gb18030", 28}, {"gb18030-2022", 28}, {"gb2312", 28}, {"gb2312-80", 28}, {"gb_2312", 28}, {"gb_2312-80", 28},
    {"gbk", 28}, {"greek", 7}, {"greek8", 7}, {"hebrew", 8}, {"hkscs-big5", 29}, {"hz", 36}, {"hz-gb-2312", 36},
    {"hz-gb2312", 36}, {"ibm-866", 1}, {"ibm00858", 49}, {"ibm437", 44}, {"ibm819", 20}, {"ibm850", 45},
    {"ibm852", 46}, {"ibm855", 47}, {"ibm857", 48}, {"ibm858", 49}, {"ibm862", 50}, {"ibm866", 1},
    {"iso-10646-ucs-2", 40}, {"iso-10646-ucs-4", 41}, {"iso-2022-cn", 35}, {"iso-2022-cn-ext", 35},
    {"iso-2022-jp", 31}, {"iso-2022-jp-1", 31}, {"iso-2022-jp-2", 31}, {"iso-2022-jp-3", 31}, {"iso-2022-jp-ms", 31},
    {"iso-2022-kr", 34}, {"iso-646", 20}, {"iso-8859-1", 20}, {"iso-8859-10", 9}, {"iso-8859-11", 17},
    {"iso-8859-13", 10}, {"iso-8859-14", 11}, {"iso-8859-15", 12}, {"iso-8859-16", 13}, {"iso-8859-2", 2},
    {"iso-8859-3", 3}, {"iso-8859-4", 4}, {"iso-8859-5", 5}, {"iso-8859-6", 6}, {"iso-8859-6-e", 6},
    {"iso-8859-6-i", 6}, {"iso-8859-7", 7}, {"iso-8859-8", 8}, {"iso-8859-8-e", 8}, {"iso-8859-8-i", 8},
    {"iso-8859-9", 22}, {"iso-ir-100", 20}, {"iso-ir-101", 2}, {"iso-ir-109", 3}, {"iso-ir-110", 4},
    {"iso-ir-126", 7}, {"iso-ir-127", 6}, {"iso-ir-138", 8}, {"iso-ir-144", 5}, {"iso-ir-148", 22},
    {"iso-ir-149", 33}, {"iso-ir-157", 9}, {"iso-ir-58", 28}, {"iso2022jp", 31}, {"iso646-us", 20}, {"iso8859-1", 20},
    {"iso8859-10", 9}, {"iso8859-11", 17}, {"iso8859-13", 10}, {"iso8859-14", 11}, {"iso8859-15", 12},
    {"iso8859-16", 13}, {"iso8859-2", 2}, {"iso8859-3", 3}, {"iso8859-4", 4}, {"iso8859-5", 5}, {"iso8859-6", 6},
    {"iso8859-7", 7}, {"iso8859-8", 8}, {"iso8859-9", 22}, {"iso88591", 20}, {"iso885910", 9}, {"iso885911", 17},
    {"iso885913", 10}, {"iso885914", 11}, {"iso885915", 12}, {"iso885916", 13}, {"iso88592", 2}, {"iso88593", 3},
    {"iso88594", 4}, {"iso88595", 5}, {"iso88596", 6}, {"iso88597", 7}, {"iso88598", 8}, {"iso88599", 22},
    {"iso_8859-1", 20}, {"iso_8859-15", 12}, {"iso_8859-1:1987", 20}, {"iso_8859-2", 2}, {"iso_8859-2:1987", 2},
    {"iso_8859-3", 3}, {"iso_8859-3:1988", 3}, {"iso_8859-4", 4}, {"iso_8859-4:1988", 4}, {"iso_8859-5", 5},
    {"iso_8859-5:1988", 5}, {"iso_8859-6", 6}, {"iso_8859-6:1987", 6}, {"iso_8859-7", 7}, {"iso_8859-7:1987", 7},
    {"iso_8859-8", 8}, {"iso_8859-8:1988", 8}, {"iso_8859-9", 22}, {"iso_8859-9:1989", 22}, {"jis", 31}, {"koi", 14},
    {"koi8", 14}, {"koi8-r", 14}, {"koi8-ru", 15}, {"koi8-u", 15}, {"koi8_r", 14}, {"koi8r", 14}, {"koi8u", 15},
    {"korean", 33}, {"ks-c-5601-1987", 33}, {"ks_c_5601", 33}, {"ks_c_5601-1987", 33}, {"ks_c_5601-1989", 33},
    {"ksc5601", 33}, {"ksc_5601", 33}, {"l1", 20}, {"l2", 2}, {"l3", 3}, {"l4", 4}, {"l5", 22}, {"l6", 9}, {"l9", 12},
    {"latin-1", 20}, {"latin-9", 12}, {"latin1", 20}, {"latin2", 2}, {"latin3", 3}, {"latin4", 4}, {"latin5", 22},
    {"latin6", 9}, {"latin9", 12}, {"logical", 8}, {"mac", 16}, {"macintosh", 16}, {"macroman", 16}, {"ms932", 32},
    {"ms936", 28}, {"ms949", 33}, {"ms950", 29}, {"ms_kanji", 32}, {"shift-jis", 32}, {"shift_jis", 32},
    {"shiftjis", 32}, {"sjis", 32}, {"sun_eu_greek", 7}, {"tis-620", 17}, {"tis620", 17}, {"ucs-2", 40},
    {"ucs-4", 41}, {"uhc", 33}, {"ujis", 30}, {"unicode", 40}, {"unicode-1-1-utf-7", 37}, {"unicode-1-1-utf-8", 0},
    {"unicode-utf-8", 0}, {"unicode11utf8", 0}, {"unicode20utf8", 0}, {"unicodefeff", 39}, {"unicodefffe", 38},
    {"us", 20}, {"us-ascii", 20}, {"us_ascii", 20}, {"usascii", 20}, {"utf-16", 40}, {"utf-16be", 38},
    {"utf-16le", 39}, {"utf-32", 41}, {"utf-32be", 43}, {"utf-32le", 42}, {"utf-7", 37}, {"utf-8", 0},
    {"utf-8-mac", 0}, {"utf16", 40}, {"utf16be", 38}, {"utf16le", 39}, {"utf32", 41}, {"utf7", 37}, {"utf8", 0},
    {"utf8mb4", 0}, {"utf_8", 0}, {"visual", 8}, {"win-1250", 18}, {"win-1251", 19}, {"win-1252", 20},
    {"win1251", 19}, {"windows-1250", 18}, {"windows-1251", 19}, {"windows-1252", 20}, {"windows-1253", 21},
    {"windows-1254", 22}, {"windows-1255", 23}, {"windows-1256", 24}, {"windows-1257", 25}, {"windows-1258", 26},
    {"windows-31j", 32}, {"windows-874", 17}, {"windows-932", 32}, {"windows-936", 28}, {"windows-949", 33},
    {"windows-950", 29}, {"windows1250", 18}, {"windows1251", 19}, {"windows1252", 20}, {"x-ansi", 20},
    {"x-cp1250", 18}, {"x-cp1251", 19}, {"x-cp1252", 20}, {"x-cp1253", 21}, {"x-cp1254", 22}, {"x-cp1255", 23},
    {"x-cp1256", 24}, {"x-cp1257", 25}, {"x-cp1258", 26}, {"x-euc", 30}, {"x-euc-jp", 30}, {"x-gb2312", 28},
    {"x-gbk", 28}, {"x-mac-cyrillic", 27}, {"x-mac-roman", 16}, {"x-mac-ukrainian", 27}, {"x-ms-cp932", 32},
    {"x-sjis", 32}, {"x-unicode-2-0-utf-7", 37}, {"x-unicode20utf8", 0}, {"x-windows-949", 33}, {"x-x-big5", 29},
};
static_assert(std::is_sorted(std::begin(kLabels), std::end(kLabels),
                             [](const Label& a, const Label& b) { return a.text < b.text; }));

constexpr std::size_t kLongestLabel = 32;

const Charset* look_up(std::string_view lower) {
  const auto* found = std::lower_bound(std::begin(kLabels), std::end(kLabels), lower,
                                       [](const Label& label, std::string_view text) { return label.text < text; });
  if (found == std::end(kLabels) || found->text != lower) return nullptr;
  return &kCharsets[found->charset];
}

}  // namespace

const Charset& charset_of_label(std::string_view label) {
  const auto is_junk = [](char c) { return is_space(c) || c == '"' || c == '\'' || c == ';' || c == '<' || c == '>'; };
  while (!label.empty() && is_junk(label.front())) label.remove_prefix(1);
  std::size_t size = 0;
  char lower[kLongestLabel];
  while (size < label.size() && !is_junk(label[size])) {
    if (size == kLongestLabel) return kUnknownCharset;
    lower[size] = to_lower(label[size]);
    ++size;
  }
  const std::string_view text(lower, size);
  if (const Charset* found = look_up(text)) return *found;
  // x-foo for foo, and foo_bar for foo-bar.
  if (text.starts_with("x-")) {
    if (const Charset* found = look_up(text.substr(2))) return *found;
  }
  std::replace(lower, lower + size, '_', '-');
  if (const Charset* found = look_up(text)) return *found;
  return kUnknownCharset;
}

}  // namespace haulier::mime
