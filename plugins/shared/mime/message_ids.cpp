#include "mime/message_ids.hpp"

#include <algorithm>

#include "mime/ascii.hpp"

namespace haulier::mime {

namespace {

constexpr ByteSet kBrackets("<>");

}  // namespace

void read_message_ids(std::string_view value, std::size_t limit, std::vector<std::string_view>& out) {
  const std::size_t first = out.size();
  std::size_t at = value.find('<');
  while (at != std::string_view::npos && out.size() - first < limit) {
    const std::size_t end = kBrackets.find_in(value, at + 1);
    const std::size_t stop = std::min(end, value.size());
    const std::string_view id = trim(value.substr(at + 1, stop - at - 1));
    if (!id.empty()) out.push_back(id);
    at = end == std::string_view::npos ? end : value.find('<', end);
  }
  if (out.size() != first || value.find('<') != std::string_view::npos) return;
  std::size_t words = 0;
  std::string_view only;
  for (std::size_t i = 0; i < value.size() && out.size() - first < limit;) {
    while (i < value.size() && (is_space(value[i]) || value[i] == ',')) ++i;
    const std::size_t begin = i;
    while (i < value.size() && !is_space(value[i]) && value[i] != ',') ++i;
    const std::string_view word = value.substr(begin, i - begin);
    if (word.empty()) continue;
    ++words;
    only = word;
    if (word.find('@') != std::string_view::npos) out.push_back(word);
  }
  if (out.size() == first && words == 1) out.push_back(only);
}

}  // namespace haulier::mime
