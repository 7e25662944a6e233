#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>

#include "mime/ascii.hpp"
#include "mime/html_text.hpp"
#include "mime/utf8.hpp"

namespace haulier::mime {

namespace {

// Named character references: those of HTML 4 and the ones of HTML 5 that mails use. Sorted by bytes. `bare`: browsers
// take it without the semicolon, too.
struct Entity {
  std::string_view name;
  std::uint16_t character;
  bool bare;
};
constexpr Entity kEntities[] = {
    {"AElig", 198, true},     {"AMP", 38, true},        {"Aacute", 193, true},
    {"Abreve", 258, false},   {"Acirc", 194, true},     {"Agrave", 192, true},
    {"Alpha", 913, false},    {"Amacr", 256, false},    {"Aogon", 260, false},
    {"Aring", 197, true},     {"Atilde", 195, true},    {"Auml", 196, true},
    {"Beta", 914, false},     {"COPY", 169, true},      {"Cacute", 262, false},
    {"Ccaron", 268, false},   {"Ccedil", 199, true},    {"Chi", 935, false},
    {"Dagger", 8225, false},  {"Dcaron", 270, false},   {"Delta", 916, false},
    {"Dstrok", 272, false},   {"ETH", 208, true},       {"Eacute", 201, true},
    {"Ecaron", 282, false},   {"Ecirc", 202, true},     {"Egrave", 200, true},
    {"Emacr", 274, false},    {"Eogon", 280, false},    {"Epsilon", 917, false},
    {"Eta", 919, false},      {"Euml", 203, true},      {"GT", 62, true},
    {"Gamma", 915, false},    {"Gbreve", 286, false},   {"Iacute", 205, true},
    {"Icirc", 206, true},     {"Idot", 304, false},     {"Igrave", 204, true},
    {"Iota", 921, false},     {"Iuml", 207, true},      {"Kappa", 922, false},
    {"LT", 60, true},         {"Lambda", 923, false},   {"Lstrok", 321, false},
    {"Mu", 924, false},       {"Nacute", 323, false},   {"Ncaron", 327, false},
    {"NewLine", 10, false},   {"NoBreak", 8288, false}, {"Ntilde", 209, true},
    {"Nu", 925, false},       {"OElig", 338, false},    {"Oacute", 211, true},
    {"Ocirc", 212, true},     {"Odblac", 336, false},   {"Ograve", 210, true},
    {"Omega", 937, false},    {"Omicron", 927, false},  {"Oslash", 216, true},
    {"Otilde", 213, true},    {"Ouml", 214, true},      {"Phi", 934, false},
    {"Pi", 928, false},       {"Prime", 8243, false},   {"Psi", 936, false},
    {"QUOT", 34, true},       {"REG", 174, true},       {"Rcaron", 344, false},
    {"Rho", 929, false},      {"Sacute", 346, false},   {"Scaron", 352, false},
    {"Scedil", 350, false},   {"Sigma", 931, false},    {"THORN", 222, true},
    {"Tab", 9, false},        {"Tau", 932, false},      {"Tcaron", 356, false},
    {"Theta", 920, false},    {"Uacute", 218, true},    {"Ucirc", 219, true},
    {"Udblac", 368, false},   {"Ugrave", 217, true},    {"Upsilon", 933, false},
    {"Uring", 366, false},    {"Uuml", 220, true},      {"Xi", 926, false},
    {"Yacute", 221, true},    {"Yuml", 376, false},     {"Zacute", 377, false},
    {"Zcaron", 381, false},   {"Zdot", 379, false},     {"ZeroWidthSpace", 8203, false},
    {"Zeta", 918, false},     {"aacute", 225, true},    {"abreve", 259, false},
    {"acirc", 226, true},     {"acute", 180, true},     {"aelig", 230, true},
    {"agrave", 224, true},    {"alefsym", 8501, false}, {"alpha", 945, false},
    {"amacr", 257, false},    {"amp", 38, true},        {"and", 8743, false},
    {"ang", 8736, false},     {"aogon", 261, false},    {"apos", 39, false},
    {"aring", 229, true},     {"ast", 42, false},       {"asymp", 8776, false},
    {"atilde", 227, true},    {"auml", 228, true},      {"bdquo", 8222, false},
    {"beta", 946, false},     {"bigstar", 9733, false}, {"blk14", 9617, false},
    {"block", 9608, false},   {"brvbar", 166, true},    {"bsol", 92, false},
    {"bull", 8226, false},    {"cacute", 263, false},   {"cap", 8745, false},
    {"ccaron", 269, false},   {"ccedil", 231, true},    {"cedil", 184, true},
    {"cent", 162, true},      {"check", 10003, false},  {"chi", 967, false},
    {"circ", 710, false},     {"clubs", 9827, false},   {"colon", 58, false},
    {"comma", 44, false},     {"commat", 64, false},    {"cong", 8773, false},
    {"copy", 169, true},      {"copysr", 8471, false},  {"crarr", 8629, false},
    {"cross", 10007, false},  {"cup", 8746, false},     {"curren", 164, true},
    {"dArr", 8659, false},    {"dagger", 8224, false},  {"darr", 8595, false},
    {"dash", 8208, false},    {"dcaron", 271, false},   {"deg", 176, true},
    {"delta", 948, false},    {"diams", 9830, false},   {"divide", 247, true},
    {"dollar", 36, false},    {"dstrok", 273, false},   {"eacute", 233, true},
    {"ecaron", 283, false},   {"ecirc", 234, true},     {"egrave", 232, true},
    {"emacr", 275, false},    {"empty", 8709, false},   {"emsp", 8195, false},
    {"ensp", 8194, false},    {"eogon", 281, false},    {"epsilon", 949, false},
    {"equals", 61, false},    {"equiv", 8801, false},   {"eta", 951, false},
    {"eth", 240, true},       {"euml", 235, true},      {"euro", 8364, false},
    {"excl", 33, false},      {"exist", 8707, false},   {"female", 9792, false},
    {"fnof", 402, false},     {"forall", 8704, false},  {"frac12", 189, true},
    {"frac13", 8531, false},  {"frac14", 188, true},    {"frac18", 8539, false},
    {"frac23", 8532, false},  {"frac34", 190, true},    {"frasl", 8260, false},
    {"gamma", 947, false},    {"gbreve", 287, false},   {"ge", 8805, false},
    {"grave", 96, false},     {"gt", 62, true},         {"hArr", 8660, false},
    {"hairsp", 8202, false},  {"half", 189, false},     {"harr", 8596, false},
    {"hearts", 9829, false},  {"hellip", 8230, false},  {"hyphen", 8208, false},
    {"iacute", 237, true},    {"icirc", 238, true},     {"iexcl", 161, true},
    {"igrave", 236, true},    {"image", 8465, false},   {"imath", 305, false},
    {"incare", 8453, false},  {"infin", 8734, false},   {"inodot", 305, false},
    {"int", 8747, false},     {"iota", 953, false},     {"iquest", 191, true},
    {"isin", 8712, false},    {"iuml", 239, true},      {"kappa", 954, false},
    {"lArr", 8656, false},    {"lambda", 955, false},   {"lang", 9001, false},
    {"laquo", 171, true},     {"larr", 8592, false},    {"lbrace", 123, false},
    {"lbrack", 91, false},    {"lceil", 8968, false},   {"lcub", 123, false},
    {"ldquo", 8220, false},   {"ldquor", 8222, false},  {"le", 8804, false},
    {"lfloor", 8970, false},  {"lowast", 8727, false},  {"lowbar", 95, false},
    {"loz", 9674, false},     {"lpar", 40, false},      {"lrm", 8206, false},
    {"lsaquo", 8249, false},  {"lsquo", 8216, false},   {"lstrok", 322, false},
    {"lt", 60, true},         {"macr", 175, true},      {"male", 9794, false},
    {"mdash", 8212, false},   {"micro", 181, true},     {"middot", 183, true},
    {"minus", 8722, false},   {"mu", 956, false},       {"nabla", 8711, false},
    {"nacute", 324, false},   {"nbsp", 160, true},      {"ncaron", 328, false},
    {"ndash", 8211, false},   {"ne", 8800, false},      {"ni", 8715, false},
    {"not", 172, true},       {"notin", 8713, false},   {"nsub", 8836, false},
    {"ntilde", 241, true},    {"nu", 957, false},       {"num", 35, false},
    {"numsp", 8199, false},   {"oacute", 243, true},    {"ocirc", 244, true},
    {"odblac", 337, false},   {"oelig", 339, false},    {"ograve", 242, true},
    {"oline", 8254, false},   {"omega", 969, false},    {"omicron", 959, false},
    {"oplus", 8853, false},   {"or", 8744, false},      {"ordf", 170, true},
    {"ordm", 186, true},      {"oslash", 248, true},    {"otilde", 245, true},
    {"otimes", 8855, false},  {"ouml", 246, true},      {"para", 182, true},
    {"part", 8706, false},    {"percnt", 37, false},    {"period", 46, false},
    {"permil", 8240, false},  {"perp", 8869, false},    {"phi", 966, false},
    {"phone", 9742, false},   {"pi", 960, false},       {"piv", 982, false},
    {"plus", 43, false},      {"plusmn", 177, true},    {"pound", 163, true},
    {"prime", 8242, false},   {"prod", 8719, false},    {"prop", 8733, false},
    {"psi", 968, false},      {"puncsp", 8200, false},  {"quest", 63, false},
    {"quot", 34, true},       {"rArr", 8658, false},    {"radic", 8730, false},
    {"rang", 9002, false},    {"raquo", 187, true},     {"rarr", 8594, false},
    {"rbrace", 125, false},   {"rbrack", 93, false},    {"rcaron", 345, false},
    {"rceil", 8969, false},   {"rcub", 125, false},     {"rdquo", 8221, false},
    {"real", 8476, false},    {"reg", 174, true},       {"rfloor", 8971, false},
    {"rho", 961, false},      {"rlm", 8207, false},     {"rpar", 41, false},
    {"rsaquo", 8250, false},  {"rsquo", 8217, false},   {"rsquor", 8217, false},
    {"sacute", 347, false},   {"sbquo", 8218, false},   {"scaron", 353, false},
    {"scedil", 351, false},   {"sdot", 8901, false},    {"sect", 167, true},
    {"semi", 59, false},      {"shy", 173, true},       {"sigma", 963, false},
    {"sigmaf", 962, false},   {"sim", 8764, false},     {"sol", 47, false},
    {"spades", 9824, false},  {"squ", 9633, false},     {"square", 9633, false},
    {"star", 9734, false},    {"starf", 9733, false},   {"sub", 8834, false},
    {"sube", 8838, false},    {"sum", 8721, false},     {"sup", 8835, false},
    {"sup1", 185, true},      {"sup2", 178, true},      {"sup3", 179, true},
    {"supe", 8839, false},    {"szlig", 223, true},     {"tau", 964, false},
    {"tcaron", 357, false},   {"there4", 8756, false},  {"theta", 952, false},
    {"thetasym", 977, false}, {"thinsp", 8201, false},  {"thorn", 254, true},
    {"tilde", 732, false},    {"times", 215, true},     {"trade", 8482, false},
    {"uArr", 8657, false},    {"uacute", 250, true},    {"uarr", 8593, false},
    {"ucirc", 251, true},     {"udblac", 369, false},   {"ugrave", 249, true},
    {"uml", 168, true},       {"upsih", 978, false},    {"upsilon", 965, false},
    {"uring", 367, false},    {"uuml", 252, true},      {"vert", 124, false},
    {"weierp", 8472, false},  {"xi", 958, false},       {"yacute", 253, true},
    {"yen", 165, true},       {"yuml", 255, true},      {"zacute", 378, false},
    {"zcaron", 382, false},   {"zdot", 380, false},     {"zeta", 950, false},
    {"zwj", 8205, false},     {"zwnj", 8204, false},
};
static_assert(std::is_sorted(std::begin(kEntities), std::end(kEntities),
                             [](const Entity& a, const Entity& b) { return a.name < b.name; }));

constexpr std::size_t kLongestName = 16;

// Numeric references 128..159 mean windows-1252 (HTML Living Standard section 13.2.5.80).
constexpr std::uint16_t kC1[] = {0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
                                 0x2039, 0x0152, 0x8D,   0x017D, 0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
                                 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};

const Entity* find_entity(std::string_view name) {
  const auto* found = std::lower_bound(std::begin(kEntities), std::end(kEntities), name,
                                       [](const Entity& e, std::string_view n) { return e.name < n; });
  return found != std::end(kEntities) && found->name == name ? found : nullptr;
}

std::size_t append_numeric(std::string& out, std::string_view text) {
  std::size_t at = 1;
  const bool hex = at < text.size() && to_lower(text[at]) == 'x';
  if (hex) ++at;
  const std::size_t begin = at;
  char32_t value = 0;
  for (; at < text.size(); ++at) {
    const int digit = hex ? hex_value(text[at]) : is_digit(text[at]) ? text[at] - '0' : -1;
    if (digit < 0) break;
    if (value <= 0x10FFFF) value = value * (hex ? 16 : 10) + static_cast<char32_t>(digit);
  }
  if (at == begin) return 0;
  if (at < text.size() && text[at] == ';') ++at;
  if (value >= 0x80 && value < 0xA0) value = kC1[value - 0x80];
  append_utf8(out, value == 0 ? 0xFFFD : value);
  return at;
}

}  // namespace

std::size_t append_entity(std::string& out, std::string_view text) {
  if (text.starts_with("#")) return append_numeric(out, text);
  std::size_t size = 0;
  while (size < text.size() && size < kLongestName && (is_alpha(text[size]) || is_digit(text[size]))) ++size;
  if (size == 0) return 0;
  const bool closed = size < text.size() && text[size] == ';';
  if (const Entity* found = find_entity(text.substr(0, size)); found != nullptr && (closed || found->bare)) {
    if (!closed && size < text.size() && text[size] == '=') return 0;
    append_utf8(out, found->character);
    return size + (closed ? 1 : 0);
  }
  // `&copyright` is (c)right, as in browsers; a query string's `&section=` stays what it is.
  for (std::size_t shorter = size; shorter-- > 2;) {
    const Entity* found = find_entity(text.substr(0, shorter));
    if (found == nullptr || !found->bare) continue;
    if (size < text.size() && text[size] == '=') return 0;
    append_utf8(out, found->character);
    return shorter;
  }
  return 0;
}

}  // namespace haulier::mime
