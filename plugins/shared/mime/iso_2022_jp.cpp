#include "mime/iso_2022_jp.hpp"

namespace haulier::mime {

namespace {

constexpr const char* kShiftJis = "ibm-943_P15A-2003";
constexpr const char* kEucJp = "EUC-JP";
constexpr const char* kGb18030 = "gb18030";
constexpr const char* kWindows949 = "windows-949-2000";

bool is_graphic(unsigned c) { return c > 0x20 && c < 0x7F; }

}  // namespace

void Iso2022Jp::flush() {
  if (!bytes_.empty()) run_(bytes_, icu_name_);
  bytes_.clear();
}

void Iso2022Jp::use(const char* icu_name) {
  if (icu_name_ == icu_name) return;
  flush();
  icu_name_ = icu_name;
}

// What stands behind an ESC; returns the bytes it takes, 0 when it is no known sequence.
std::size_t Iso2022Jp::escape(std::string_view rest) {
  struct Sequence {
    std::string_view text;
    Set set;
  };
  static constexpr Sequence kSequences[] = {{"(B", Set::ascii},    {"(J", Set::ascii},   {"(H", Set::ascii},
                                            {"(I", Set::katakana}, {"$@", Set::jis_208}, {"$B", Set::jis_208},
                                            {"$(D", Set::jis_212}, {"$A", Set::gb2312},  {"$(C", Set::ksc5601}};
  for (const Sequence& sequence : kSequences) {
    if (!rest.starts_with(sequence.text)) continue;
    set_ = sequence.set;
    return sequence.text.size();
  }
  return 0;
}

void Iso2022Jp::one_byte(unsigned char c) {
  use(kShiftJis);
  const bool kana = set_ == Set::katakana && c > 0x20 && c < 0x60;
  bytes_.push_back(static_cast<char>(kana ? c | 0x80 : c));
}

// Characters of JIS X 0208 in a row; returns the bytes they take.
std::size_t Iso2022Jp::row_of_208(std::string_view bytes) {
  use(kShiftJis);
  const std::size_t before = bytes_.size();
  bytes_.resize(before + bytes.size());
  char* to = bytes_.data() + before;
  std::size_t at = 0;
  for (; at + 1 < bytes.size(); at += 2) {
    const unsigned first = static_cast<unsigned char>(bytes[at]);
    const unsigned second = static_cast<unsigned char>(bytes[at + 1]) & 0x7Fu;
    if (!is_graphic(first) || !is_graphic(second)) break;
    unsigned lead = ((first - 0x21u) >> 1) + 0x81;
    if (lead > 0x9F) lead += 0x40;
    const unsigned trail = first % 2 == 1 ? second + 0x1Fu + (second >= 0x60 ? 1 : 0) : second + 0x7Eu;
    *to++ = static_cast<char>(lead);
    *to++ = static_cast<char>(trail);
  }
  bytes_.resize(before + at);
  return at;
}

void Iso2022Jp::two_bytes(unsigned char first, unsigned char second) {
  use(set_ == Set::jis_212 ? kEucJp : set_ == Set::gb2312 ? kGb18030 : kWindows949);
  if (set_ == Set::jis_212) bytes_.push_back('\x8F');
  bytes_.push_back(static_cast<char>(first | 0x80));
  bytes_.push_back(static_cast<char>(second | 0x80));
}

void Iso2022Jp::convert(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto c = static_cast<unsigned char>(bytes[i]);
    if (c == 0x1B) {
      i += escape(bytes.substr(i + 1));
      continue;
    }
    if (c == 0x0E || c == 0x0F) {
      set_ = c == 0x0E ? Set::katakana : Set::ascii;
      continue;
    }
    if (c == '\n' || c == '\r') set_ = Set::ascii;
    if (set_ == Set::ascii || set_ == Set::katakana || !is_graphic(c)) {
      one_byte(c);
      continue;
    }
    if (set_ == Set::jis_208) {
      constexpr std::size_t kRow = 256;  // bytes; bounds what a row that ends at once has made room for
      if (const std::size_t read = row_of_208(bytes.substr(i, kRow)); read != 0) {
        i += read - 1;
        continue;
      }
    }
    const unsigned second = i + 1 < bytes.size() ? static_cast<unsigned char>(bytes[i + 1]) & 0x7Fu : 0;
    if (is_graphic(second)) {
      two_bytes(c, static_cast<unsigned char>(second));
      ++i;
    } else {
      use(kShiftJis);
      bytes_.append("\xFC\xFC");  // no character: becomes U+FFFD
    }
  }
  flush();
}

}  // namespace haulier::mime
