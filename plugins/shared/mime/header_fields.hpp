#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace haulier::mime {

// A line of `text` that begins at `begin`: its content ends at `end`, the next line begins at `next`.
struct Line {
  std::size_t begin;
  std::size_t end;
  std::size_t next;
  [[nodiscard]] std::string_view in(std::string_view text) const { return text.substr(begin, end - begin); }
};

// `line_end` is '\n' (a CR before it belongs to the line end) or '\r' for messages that know no LF.
[[nodiscard]] Line line_at(std::string_view text, std::size_t begin, char line_end);

// Length of the field name when `line` begins a header field, else 0. RFC 5322 section 2.2: printable ASCII except
// the colon; blanks before the colon are section 4.5.
struct FieldName {
  std::size_t name_bytes = 0;
  std::size_t value_at = 0;  // first byte after the colon
};
[[nodiscard]] FieldName field_name_of(std::string_view line);

// One header field; both views point into the message. The value still holds its folds, trimmed at both ends.
struct HeaderField {
  std::string_view name;
  std::string_view value;
};

// Reads the fields of one header block in order; lines that are no field are passed over.
class HeaderCursor {
 public:
  HeaderCursor(std::string_view block, char line_end) : block_(block), line_end_(line_end) {}
  [[nodiscard]] bool next(HeaderField& field);

 private:
  std::string_view block_;
  std::size_t at_ = 0;
  char line_end_;
};

// Appends a folded value on one line: each fold (line end and the blanks after it) becomes one space.
void append_unfolded(std::string& out, std::string_view value);

}  // namespace haulier::mime
