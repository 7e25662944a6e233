#include "mime/charset_detection.hpp"

#include <uchardet/uchardet.h>

#include <algorithm>

#include "mime/utf8.hpp"

namespace haulier::mime {

namespace {

constexpr std::size_t kSample = 16u << 10;
constexpr std::size_t kCondensed = 3u << 10;

// How the bytes above 0x7F of a text are spread: enough to tell short Chinese, Korean and Cyrillic text apart, where
// the statistics of uchardet have too little to go on.
struct Look {
  std::size_t runs = 0;  // of high bytes
  std::size_t longest = 0;
  std::size_t pairs = 0;       // (0xA1..0xF7, 0xA1..0xFE), the double-byte area of EUC encodings
  std::size_t hanzi = 0;       // pairs with a lead of GB 2312 level 1, 0xB0..0xD7
  std::size_t hangul = 0;      // pairs with a lead of KS X 1001 hangul, 0xB0..0xC8
  std::size_t kana = 0;        // pairs with a lead of kana in EUC-JP, 0xA4..0xA5
  std::size_t letters = 0;     // 0xC0..0xFF, where Cyrillic single-byte encodings have their letters
  std::size_t upper_half = 0;  // 0xE0..0xFF: small letters of windows-1251, capitals of KOI8-R
  std::size_t high = 0;
  std::size_t sjis_kana = 0;  // (0x82, 0x9F..0xF1) and (0x83, 0x40..0x96), kana in Shift_JIS
  bool odd = false;           // a run that is no row of pairs
};

Look look_at(std::string_view bytes) {
  Look look;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  for (std::size_t i = 0; i < bytes.size();) {
    if (byte(i) < 0x80) {
      ++i;
      continue;
    }
    const std::size_t begin = i;
    for (; i < bytes.size() && byte(i) >= 0x80; ++i) {
      ++look.high;
      if (byte(i) >= 0xC0) ++look.letters;
      if (byte(i) >= 0xE0) ++look.upper_half;
      if ((i - begin) % 2 == 0) continue;
      const unsigned lead = byte(i - 1);
      if (lead < 0xA1 || lead > 0xF7 || byte(i) < 0xA1 || byte(i) == 0xFF) {
        look.odd = true;
        continue;
      }
      ++look.pairs;
      if (lead >= 0xB0 && lead <= 0xD7) ++look.hanzi;
      if (lead >= 0xB0 && lead <= 0xC8) ++look.hangul;
      if (lead == 0xA4 || lead == 0xA5) ++look.kana;
    }
    ++look.runs;
    look.longest = std::max(look.longest, i - begin);
    if ((i - begin) % 2 != 0) look.odd = true;
  }
  return look;
}

std::size_t count_sjis_kana(std::string_view bytes) {
  std::size_t count = 0;
  for (std::size_t i = 0; i + 1 < bytes.size(); ++i) {
    const auto lead = static_cast<unsigned char>(bytes[i]);
    const auto trail = static_cast<unsigned char>(bytes[i + 1]);
    const bool kana =
        (lead == 0x82 && trail >= 0x9F && trail <= 0xF1) || (lead == 0x83 && trail >= 0x40 && trail <= 0x96);
    count += kana ? 1 : 0;
    i += kana ? 1 : 0;
  }
  return count;
}

std::string_view guess_short(const Look& look) {
  const bool cyrillic_area = look.letters == look.high;
  if (look.sjis_kana >= 3 && look.sjis_kana * 3 >= look.high) return "shift_jis";
  // Single characters among ASCII, as in a date: 2009年4月28日.
  if (!look.odd && look.longest == 2 && look.runs >= 3 && look.hanzi == look.pairs) return "gb18030";
  if (!look.odd && look.pairs >= 2 && !cyrillic_area) {
    if (look.kana * 2 > look.pairs) return "euc-jp";
    if (look.pairs >= 6 && look.hangul == look.pairs) return "euc-kr";
    if (look.hanzi * 10 >= look.pairs * 6) return "gb18030";
  }
  if (cyrillic_area && look.longest >= 3 && look.high >= look.runs * 3) {
    return look.upper_half * 2 > look.high ? "windows-1251" : "koi8-r";
  }
  return {};
}

// What tells charsets apart is the bytes above 0x7F and the letters beside them: long ASCII stretches (markup, quoted
// English) are left away, and what remains is cut, because uchardet reads 150 MB/s only.
std::string_view condensed(std::string_view sample, std::string& out) {
  constexpr std::size_t kBeside = 16;  // ASCII bytes kept on each side of high ones
  out.clear();
  while (!sample.empty() && out.size() < kCondensed) {
    const std::size_t ascii = ascii_prefix(sample);
    if (ascii <= 2 * kBeside) {
      out.append(sample.substr(0, ascii));
    } else {
      out.append(sample.substr(0, kBeside)).push_back(' ');
      out.append(sample.substr(ascii - kBeside, kBeside));
    }
    sample.remove_prefix(ascii);
    std::size_t high = 0;
    while (high < sample.size() && static_cast<unsigned char>(sample[high]) >= 0x80) ++high;
    // The trail byte of a double-byte character may be ASCII.
    high = std::min(high + 1, sample.size());
    out.append(sample.substr(0, high));
    sample.remove_prefix(high);
  }
  return out;
}

}  // namespace

void CharsetDetector::Free::operator()(uchardet* detector) const { uchardet_delete(detector); }

const Charset& CharsetDetector::ask_uchardet(std::string_view sample) {
  if (!detector_) detector_.reset(uchardet_new());
  if (!detector_) return kUnknownCharset;
  uchardet_reset(detector_.get());
  sample = condensed(sample, condensed_);
  uchardet_handle_data(detector_.get(), sample.data(), sample.size());
  uchardet_data_end(detector_.get());
  return charset_of_label(uchardet_get_charset(detector_.get()));
}

const Charset& CharsetDetector::detect(std::string_view bytes) {
  // Long ASCII prefixes (mail footers are at the end, but headers of HTML are at the start) say nothing.
  const std::size_t ascii = ascii_prefix(bytes);
  const std::string_view sample = bytes.substr(ascii > 256 ? ascii - 256 : 0, kSample);
  // Binary data that calls itself text: no language has statistics for it.
  const auto nuls = static_cast<std::size_t>(std::count(sample.begin(), sample.end(), '\0'));
  if (nuls * 20 > sample.size()) return charset_of_label("windows-1252");
  Look look = look_at(sample);
  constexpr std::size_t kShort = 80;  // high bytes
  if (look.high < kShort) {
    look.sjis_kana = count_sjis_kana(sample);
    const std::string_view guess = guess_short(look);
    if (!guess.empty()) return charset_of_label(guess);
    // A few scattered high bytes among ASCII letters: Latin text, which short statistics take for anything.
    if (look.longest <= 2 && look.high * 4 < sample.size()) return charset_of_label("windows-1252");
  }
  const Charset& found = ask_uchardet(sample);
  return found.kind == CharsetKind::utf8 ? kUnknownCharset : found;
}

bool looks_like_iso_2022_jp(std::string_view ascii) {
  for (std::size_t at = ascii.find('\x1B'); at != std::string_view::npos; at = ascii.find('\x1B', at + 1)) {
    const std::string_view rest = ascii.substr(at + 1, 2);
    if (rest == "$B" || rest == "$@" || rest == "(J") return true;
  }
  return false;
}

}  // namespace haulier::mime
