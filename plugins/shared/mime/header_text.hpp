#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "mime/charsets.hpp"
#include "mime/defects.hpp"
#include "mime/limits.hpp"

namespace haulier::mime {

// Decodes unstructured header text into UTF-8: folds, encoded-words (RFC 2047, RFC 2231 section 5), raw 8-bit bytes.
// Adjacent words of one charset are joined before conversion, because programs split inside characters; words without
// padding, inside quoted strings and in the middle of other text are decoded, because programs write them.
class HeaderText {
 public:
  HeaderText(Charsets& charsets, const Limits& limits, DefectList& defects)
      : charsets_(charsets), limits_(limits), defects_(defects) {}

  // The label of the message's body, for raw 8-bit headers; must outlive its use.
  void set_hint(std::string_view charset) { hint_ = charset; }

  // Appends the decoded text; `at` is the position that defects carry. Never any NUL in what is appended.
  void append(std::string& out, std::string_view value, std::uint64_t at);

 private:
  void append_raw(std::string& out, std::string_view text, std::uint64_t at);
  void flush_words(std::string& out, std::uint64_t at);

  Charsets& charsets_;
  const Limits& limits_;
  DefectList& defects_;
  std::string_view hint_;
  std::string word_bytes_;  // decoded, of adjacent words that share word_charset_
  std::string_view word_charset_;
  std::string unfolded_;
};

// Whether `text` holds something that looks like an encoded-word.
[[nodiscard]] inline bool has_encoded_word(std::string_view text) { return text.find("=?") != std::string_view::npos; }

}  // namespace haulier::mime
