#include "mime/plain_text.hpp"

#include <unicode/uchar.h>

#include <algorithm>
#include <cstring>

#include "mime/ascii.hpp"
#include "mime/byte_scan.hpp"
#include "mime/header_fields.hpp"
#include "mime/utf8.hpp"

namespace haulier::mime {

namespace {

// Rulers such as "-----" or "=====" say nothing in a preview.
bool is_ruler(std::string_view line) {
  return line.size() >= 3 && std::all_of(line.begin(), line.end(), [](char c) {
           return c == '-' || c == '=' || c == '_' || c == '*' || c == '#' || c == '~' || c == ' ';
         });
}

// Whether `next` belongs to the same grapheme as the character before it (the rules of UAX 29 that mails need).
bool extends_grapheme(char32_t before, char32_t next) {
  constexpr char32_t kJoiner = 0x200D;
  if (next < 0x300) return false;
  if (before == kJoiner || next == kJoiner) return true;
  if (next >= 0x3400 && next < 0xA000) return false;  // ideographs: the bulk of what is not Latin
  // Greek, Cyrillic, kana and hangul letters: asking ICU costs more than all the rest of a preview.
  if ((next >= 0x370 && next < 0x483) || (next >= 0x3041 && next < 0x3097) || (next >= 0x30A0 && next < 0x3100) ||
      (next >= 0xAC00 && next < 0xD7A4)) {
    return false;
  }
  if (next >= 0x1F3FB && next <= 0x1F3FF) return true;  // skin tones
  return u_hasBinaryProperty(static_cast<UChar32>(next), UCHAR_GRAPHEME_EXTEND) != 0 ||
         u_charType(static_cast<UChar32>(next)) == U_COMBINING_SPACING_MARK;
}

bool is_flag_half(char32_t c) { return c >= 0x1F1E6 && c <= 0x1F1FF; }

// Length of the printable ASCII words at the front, with single blanks between them and none at the end.
std::size_t plain_words(std::string_view text) {
  constexpr std::size_t kLookAt = 512;  // bytes; a preview is full long before, and no line is looked through twice
  if (text.starts_with(' ')) return 0;
  std::size_t size = printable_prefix(text.substr(0, kLookAt));
  const std::size_t two = text.substr(0, size).find("  ");
  if (two != std::string_view::npos) size = two;
  return size != 0 && text[size - 1] == ' ' ? size - 1 : size;
}

// Takes words until the room is used up; remembers the last edge of a grapheme.
class PreviewWriter {
 public:
  static constexpr std::size_t kMostCharacters = 256;

  explicit PreviewWriter(std::size_t characters) : left_(std::min(characters, kMostCharacters)) {}

  // False when full. The text after the last edge is cut away then.
  bool put(char32_t c) {
    const bool joined = extends_grapheme(before_, c) || (is_flag_half(c) && is_flag_half(before_) && flags_ % 2 == 1);
    flags_ = is_flag_half(c) ? flags_ + 1 : 0;
    if (!joined) edge_ = size_;
    if (left_ == 0) {
      size_ = edge_;
      if (size_ != 0 && text_[size_ - 1] == ' ') --size_;
      return false;
    }
    --left_;
    size_ += put_utf8(text_ + size_, c);
    before_ = c;
    return true;
  }
  // A run of printable ASCII: nothing in it joins anything.
  bool put_ascii(std::string_view run) {
    const std::string_view fits = run.substr(0, left_ == 0 ? 0 : left_ - 1);
    std::memcpy(text_ + size_, fits.data(), fits.size());
    size_ += fits.size();
    left_ -= fits.size();
    if (!fits.empty()) {
      before_ = static_cast<unsigned char>(fits.back());
      edge_ = size_ - 1;
      flags_ = 0;
    }
    for (const char c : run.substr(fits.size())) {
      if (!put(static_cast<unsigned char>(c))) return false;
    }
    return true;
  }
  [[nodiscard]] std::string_view text() const { return {text_, size_}; }

 private:
  std::size_t left_;
  std::size_t size_ = 0;
  std::size_t edge_ = 0;
  char32_t before_ = 0;
  std::size_t flags_ = 0;
  char text_[kMostCharacters * 4];
};

void write_preview(PreviewWriter& writer, std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const Line line = line_at(text, at, '\n');
    at = line.next;
    std::string_view content = trim(line.in(text));
    if (content.starts_with(">") || is_ruler(content)) continue;
    if (content == "--") return;  // the signature
    bool blank = !writer.text().empty();
    while (!content.empty()) {
      if (const std::size_t words = plain_words(content); words != 0) {
        if (blank && !writer.put_ascii(" ")) return;
        blank = false;
        if (!writer.put_ascii(content.substr(0, words))) return;
        content.remove_prefix(words);
        continue;
      }
      const CodePoint c = first_code_point(content);
      content.remove_prefix(c.bytes);
      const bool space = c.value <= 0x20 || c.value == 0xA0 || c.value == 0x3000 || c.value == 0x7F;
      if (space) {
        blank = !writer.text().empty();
        continue;
      }
      if (blank && !writer.put_ascii(" ")) return;
      blank = false;
      if (!writer.put(c.value)) return;
    }
  }
}

}  // namespace

void use_lf(std::string& text, std::string& scratch) {
  constexpr std::size_t kRoom = 16;  // of copy_until
  std::size_t from = text.find('\r');
  if (from == std::string::npos) return;
  scratch.resize(text.size() + kRoom);
  std::memcpy(scratch.data(), text.data(), from);
  char* to = scratch.data() + from;
  while (from < text.size()) {
    // `from` stands on a CR.
    if (from + 1 >= text.size() || text[from + 1] != '\n') *to++ = '\n';
    ++from;
    const std::size_t next = copy_until(text, from, '\r', to);
    to += next - from;
    from = next;
  }
  scratch.resize(static_cast<std::size_t>(to - scratch.data()));
  text.swap(scratch);
}

void unflow(std::string& text, bool delete_space) {
  std::string out;
  out.reserve(text.size());
  std::size_t open_depth = 0;
  bool open = false;  // the line before ends in a soft break
  for (std::size_t at = 0; at < text.size();) {
    const Line line = line_at(text, at, '\n');
    std::string_view content = line.in(text);
    at = line.next;
    std::size_t depth = 0;
    while (depth < content.size() && content[depth] == '>') ++depth;
    content.remove_prefix(depth);
    if (content.starts_with(" ")) content.remove_prefix(1);
    const bool signature = content == "-- ";
    if (open && (depth != open_depth || signature)) out.push_back('\n');
    const bool joins = open && depth == open_depth && !signature;
    if (!joins && depth != 0) out.append(depth, '>').push_back(' ');
    const bool soft = content.ends_with(" ") && !signature;
    out.append(content.substr(0, content.size() - (soft && delete_space ? 1 : 0)));
    open = soft && line.next != line.end;
    open_depth = depth;
    if (!open && line.next != line.end) out.push_back('\n');
  }
  text.swap(out);
}

void append_preview(std::string& out, std::string_view text, std::size_t characters) {
  constexpr std::size_t kLookAt = 16u << 10;  // bytes; whoever writes more white space than this gets no preview
  PreviewWriter writer(characters);
  write_preview(writer, cut_utf8(text, kLookAt));
  out.append(writer.text());
}

void find_uu_blocks(std::string_view text, std::size_t limit, std::vector<UuBlock>& out) {
  std::size_t begin = 0;
  std::string_view name;
  bool inside = false;
  bool in_yenc = false;
  for (std::size_t at = 0; at < text.size() && out.size() < limit;) {
    const Line line = line_at(text, at, '\n');
    const std::string_view content = line.in(text);
    at = line.next;
    // =ybegin line=128 size=123456 name=file.bin
    if (content.starts_with("=ybegin ") && !in_yenc) {
      const std::size_t name_at = content.find(" name=");
      if (name_at == std::string_view::npos) continue;
      inside = false;
      in_yenc = true;
      begin = line.begin;
      name = trim(content.substr(name_at + 6));
      continue;
    }
    if (in_yenc) {
      if (!content.starts_with("=yend")) continue;
      out.push_back({begin, line.next, name, TransferEncoding::yenc});
      in_yenc = false;
      continue;
    }
    // begin 644 file.txt
    if (content.size() > 10 && content.starts_with("begin ") && is_digit(content[6]) && is_digit(content[7]) &&
        is_digit(content[8]) && (content[9] == ' ' || (is_digit(content[9]) && content[10] == ' '))) {
      inside = true;
      begin = line.begin;
      name = trim(content.substr(10));
    } else if (inside && content == "end") {
      out.push_back({begin, line.next, name});
      inside = false;
    } else if (inside && !content.empty()) {
      const std::size_t count = static_cast<std::size_t>(content[0] - ' ') & 0x3F;
      const std::size_t need = (count + 2) / 3 * 4 + 1;
      if (content[0] < ' ' || content[0] > '`' || content.size() > need + 2) inside = false;
    }
  }
}

}  // namespace haulier::mime
