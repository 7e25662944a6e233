#include "mime/subject.hpp"

#include <cstddef>

#include "mime/ascii.hpp"
#include "mime/utf8.hpp"

namespace haulier::mime {

namespace {

struct Tag {
  std::string_view word;
  bool forward;
};

// Re/Fwd as mail programs of the world write them, lower case where there is a case.
constexpr Tag kTags[] = {{"re", false},   {"aw", false},    {"sv", false},   {"vs", false},    {"antw", false},
                         {"odp", false},  {"res", false},   {"rif", false},  {"ref", false},   {"bls", false},
                         {"atb", false},  {"ynt", false},   {"vá", false},   {"ответ", false}, {"答复", false},
                         {"回复", false}, {"回覆", false},  {"答覆", false}, {"返信", false},  {"답장", false},
                         {"회신", false}, {"fw", true},     {"fwd", true},   {"wg", true},     {"tr", true},
                         {"vb", true},    {"doorst", true}, {"enc", true},   {"rv", true},     {"i", true},
                         {"pd", true},    {"yml", true},    {"转发", true},  {"轉寄", true},   {"轉發", true},
                         {"転送", true},  {"전달", true},   {"пересл", true}};

// The colon of a tag: ':' or the full-width one.
std::size_t colon_at(std::string_view text) {
  if (text.starts_with(":")) return 1;
  return text.starts_with("\xEF\xBC\x9A") ? 3 : 0;
}

std::size_t blanks_at(std::string_view text) {
  std::size_t size = 0;
  for (;;) {
    if (size < text.size() && is_space(text[size]))
      ++size;
    else if (text.substr(size).starts_with("\xC2\xA0"))
      size += 2;
    else if (text.substr(size).starts_with("\xE3\x80\x80"))
      size += 3;
    else
      return size;
  }
}

// Re:  Re[2]:  Re (2):  Re^2:  AW :
std::size_t tag_at(std::string_view text, bool& forward) {
  for (const Tag& tag : kTags) {
    if (!starts_with_ignoring_case(text, tag.word)) continue;
    std::size_t size = tag.word.size();
    size += blanks_at(text.substr(size));
    if (size < text.size() && (text[size] == '[' || text[size] == '(' || text[size] == '^')) {
      std::size_t at = size + 1;
      while (at < text.size() && is_digit(text[at])) ++at;
      if (at == size + 1) continue;
      if (text[size] != '^' && at < text.size() && (text[at] == ']' || text[at] == ')')) ++at;
      size = at + blanks_at(text.substr(at));
    }
    const std::size_t colon = colon_at(text.substr(size));
    if (colon == 0) continue;
    forward = tag.forward;
    return size + colon;
  }
  return 0;
}

// `[list-name] `, when something follows it.
std::size_t blob_at(std::string_view text) {
  if (!text.starts_with("[")) return 0;
  const std::size_t end = text.find_first_of("[]", 1);
  if (end == std::string_view::npos || text[end] != ']') return 0;
  const std::size_t size = end + 1 + blanks_at(text.substr(end + 1));
  return size < text.size() ? size : 0;
}

}  // namespace

BaseSubject base_subject(std::string_view subject) {
  BaseSubject result;
  std::string_view text = subject;
  for (;;) {
    text.remove_prefix(blanks_at(text));
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    bool forward = false;
    if (const std::size_t size = tag_at(text, forward); size != 0) {
      (forward ? result.is_forward : result.is_reply) = true;
      text.remove_prefix(size);
    } else if (const std::size_t blob = blob_at(text); blob != 0) {
      text.remove_prefix(blob);
    } else if (ends_with_ignoring_case(text, "(fwd)")) {
      result.is_forward = true;
      text.remove_suffix(5);
    } else if (starts_with_ignoring_case(text, "[fwd:") && text.ends_with("]")) {
      result.is_forward = true;
      text = text.substr(5, text.size() - 6);
    } else {
      result.base = text;
      return result;
    }
  }
}

}  // namespace haulier::mime
