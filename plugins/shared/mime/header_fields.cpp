#include "mime/header_fields.hpp"

#include <algorithm>

#include "mime/ascii.hpp"
#include "mime/byte_scan.hpp"

namespace haulier::mime {

Line line_at(std::string_view text, std::size_t begin, char line_end) {
  const std::size_t at = find_near(text, line_end, begin);
  if (at == text.size()) return {begin, at, at};
  const bool crlf = line_end == '\n' && at > begin && text[at - 1] == '\r';
  return {begin, crlf ? at - 1 : at, at + 1};
}

FieldName field_name_of(std::string_view line) {
  std::size_t at = find_name_end(line);
  const std::size_t name = at;
  while (at < line.size() && (line[at] == ' ' || line[at] == '\t')) ++at;
  if (name == 0 || at == line.size() || line[at] != ':') return {};
  return {name, at + 1};
}

bool HeaderCursor::next(HeaderField& field) {
  while (at_ < block_.size()) {
    Line line = line_at(block_, at_, line_end_);
    const FieldName found = field_name_of(line.in(block_));
    std::size_t end = line.end;
    while (line.next < block_.size() && (block_[line.next] == ' ' || block_[line.next] == '\t')) {
      line = line_at(block_, line.next, line_end_);
      end = line.end;
    }
    const std::size_t begin = at_;
    at_ = line.next;
    if (found.name_bytes == 0) continue;
    field.name = block_.substr(begin, found.name_bytes);
    field.value = trim(block_.substr(begin + found.value_at, end - begin - found.value_at));
    return true;
  }
  return false;
}

void append_unfolded(std::string& out, std::string_view value) {
  std::size_t at = 0;
  while (at < value.size()) {
    std::size_t end = std::min(value.find('\n', at), value.size());
    end = std::min(value.substr(0, end).find('\r', at), end);
    out.append(value.substr(at, end - at));
    at = end;
    while (at < value.size() && is_space(value[at])) ++at;
    if (at < value.size() && end != at) out.push_back(' ');
  }
}

}  // namespace haulier::mime
