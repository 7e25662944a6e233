#include "mime/header_text.hpp"

#include <algorithm>

#include "mime/ascii.hpp"
#include "mime/base64.hpp"
#include "mime/header_fields.hpp"
#include "mime/utf8.hpp"

namespace haulier::mime {

namespace {

// encoded-word = "=?" charset ["*" language] "?" encoding "?" encoded-text "?="
struct Word {
  std::string_view charset;
  std::string_view text;
  char encoding;
  std::size_t size;  // of the whole word
};

bool read_word(std::string_view at, Word& word) {
  constexpr std::size_t kLongestCharset = 64;
  const std::size_t first = at.substr(0, kLongestCharset).find('?', 2);
  if (first == std::string_view::npos || first == 2 || first + 3 > at.size() || at[first + 2] != '?') return false;
  word.charset = at.substr(2, first - 2);
  word.charset = word.charset.substr(0, word.charset.find('*'));
  if (std::any_of(word.charset.begin(), word.charset.end(), is_space)) return false;
  word.encoding = to_lower(at[first + 1]);
  if (word.encoding != 'b' && word.encoding != 'q') return false;
  const std::size_t begin = first + 3;
  // The end, unless another word begins first: then this one was never closed (and nothing is read twice).
  std::size_t end = begin;
  for (;; ++end) {
    if (end + 1 >= at.size()) return false;
    if (at[end] == '=' && at[end + 1] == '?' && (end + 2 >= at.size() || at[end + 2] != '=')) return false;
    if (at[end] != '?' || at[end + 1] != '=') continue;
    // A Q text may hold a bare question mark and end in `?=?=`.
    if (word.encoding == 'q' && at.substr(end + 2, 2) == "?=") continue;
    break;
  }
  word.text = at.substr(begin, end - begin);
  word.size = end + 2;
  return true;
}

void append_q(std::string& out, std::string_view text, bool& damaged) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '_') {
      out.push_back(' ');
    } else if (c == '=' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0) {
      out.push_back(static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2])));
      i += 2;
    } else if (c != '\r' && c != '\n') {
      damaged = damaged || c == '=';
      out.push_back(c);
    }
  }
}

void append_b(std::string& out, std::string_view text, bool& damaged) {
  const std::size_t begin = out.size();
  out.resize(begin + text.size() + 16);
  Base64Decoder decoder;
  std::size_t size = decoder.feed(text, out.data() + begin);
  size += decoder.finish(out.data() + begin + size);
  out.resize(begin + size);
  damaged = damaged || decoder.dirty();
}

}  // namespace

void HeaderText::append_raw(std::string& out, std::string_view text, std::uint64_t at) {
  if (is_printable_ascii(text)) {
    out.append(text);
    return;
  }
  if (text.find_first_of("\r\n") != std::string_view::npos) {
    unfolded_.clear();
    // Blanks around the text stand between words and must stay.
    if (is_space(text.front())) unfolded_.push_back(' ');
    append_unfolded(unfolded_, trim(text));
    if (is_space(text.back()) && !trim(text).empty()) unfolded_.push_back(' ');
    text = unfolded_;
  }
  // ISO-2022-JP is ASCII to look at, and Japanese programs write it into headers as it is.
  if (is_ascii(text) && text.find('\x1B') == std::string_view::npos) {
    out.append(text);
    return;
  }
  defects_.add(DefectCode::header_8bit, at);
  charsets_.append_unlabelled(out, text, hint_);
}

void HeaderText::flush_words(std::string& out, std::uint64_t at) {
  if (word_bytes_.empty()) return;
  const Conversion done = charsets_.append(out, word_bytes_, word_charset_);
  if (done.unknown_label) defects_.add(DefectCode::unknown_charset, at);
  if (done.mismatch) defects_.add(DefectCode::charset_mismatch, at);
  if (done.invalid != 0) defects_.add(DefectCode::charset_invalid_bytes, at);
  word_bytes_.clear();
}

void HeaderText::append(std::string& out, std::string_view value, std::uint64_t at) {
  const std::size_t begin = out.size();
  std::size_t from = 0;  // of text that is not written yet
  std::size_t words = 0;
  bool after_word = false;  // only blanks since the last word
  bool damaged = false;
  std::size_t search = 0;
  for (;;) {
    const std::size_t found = value.find("=?", search);
    if (found == std::string_view::npos) break;
    Word word{};
    if (!read_word(value.substr(found), word)) {
      defects_.add(DefectCode::encoded_word_invalid, at);
      search = found + 2;
      continue;
    }
    if (++words > limits_.encoded_words) {
      defects_.add(DefectCode::encoded_word_limit, at);
      break;
    }
    const std::string_view between = value.substr(from, found - from);
    const bool adjacent = after_word && trim(between).empty();
    if (!adjacent || !equals_ignoring_case(word.charset, word_charset_)) flush_words(out, at);
    if (!adjacent) append_raw(out, between, at);
    word_charset_ = word.charset;
    if (word.encoding == 'q')
      append_q(word_bytes_, word.text, damaged);
    else
      append_b(word_bytes_, word.text, damaged);
    after_word = true;
    from = search = found + word.size;
  }
  flush_words(out, at);
  append_raw(out, value.substr(from), at);
  if (damaged) defects_.add(DefectCode::encoded_word_invalid, at);
  // Line ends that came out of encoded-words would break the one-line promise of every header column.
  for (std::size_t i = begin; i < out.size(); ++i) {
    if (out[i] == '\r' || out[i] == '\n') out[i] = ' ';
    if (out[i] != '\0') continue;
    std::string tail = out.substr(i);
    out.resize(i);
    replace_nul(tail);
    out.append(tail);
    defects_.add(DefectCode::nul_replaced, at);
  }
}

}  // namespace haulier::mime
