#include "mime/html_tags.hpp"

#include <algorithm>
#include <iterator>

#include "mime/ascii.hpp"

namespace haulier::mime {

namespace {

struct Known {
  std::string_view name;
  TagKind kind;
  bool is_void = false;
};

// Sorted by name.
constexpr Known kKnown[] = {{"a", TagKind::link},
                            {"address", TagKind::line},
                            {"area", TagKind::inline_text, true},
                            {"article", TagKind::line},
                            {"aside", TagKind::line},
                            {"base", TagKind::inline_text, true},
                            {"blockquote", TagKind::quote},
                            {"body", TagKind::line},
                            {"br", TagKind::line_break, true},
                            {"caption", TagKind::line},
                            {"center", TagKind::line},
                            {"col", TagKind::inline_text, true},
                            {"dd", TagKind::line},
                            {"div", TagKind::line},
                            {"dl", TagKind::line},
                            {"dt", TagKind::line},
                            {"embed", TagKind::inline_text, true},
                            {"fieldset", TagKind::line},
                            {"figcaption", TagKind::line},
                            {"figure", TagKind::line},
                            {"footer", TagKind::line},
                            {"form", TagKind::line},
                            {"h1", TagKind::paragraph},
                            {"h2", TagKind::paragraph},
                            {"h3", TagKind::paragraph},
                            {"h4", TagKind::paragraph},
                            {"h5", TagKind::paragraph},
                            {"h6", TagKind::paragraph},
                            {"head", TagKind::line},
                            {"header", TagKind::line},
                            {"hr", TagKind::ruler, true},
                            {"html", TagKind::line},
                            {"iframe", TagKind::raw},
                            {"img", TagKind::image, true},
                            {"input", TagKind::inline_text, true},
                            {"legend", TagKind::line},
                            {"li", TagKind::item},
                            {"link", TagKind::inline_text, true},
                            {"main", TagKind::line},
                            {"meta", TagKind::inline_text, true},
                            {"nav", TagKind::line},
                            {"noembed", TagKind::raw},
                            {"noframes", TagKind::raw},
                            {"object", TagKind::dropped},
                            {"ol", TagKind::ordered_list},
                            {"option", TagKind::line},
                            {"p", TagKind::paragraph},
                            {"param", TagKind::inline_text, true},
                            {"pre", TagKind::preformatted},
                            {"script", TagKind::raw},
                            {"section", TagKind::line},
                            {"select", TagKind::dropped},
                            {"source", TagKind::inline_text, true},
                            {"style", TagKind::raw},
                            {"svg", TagKind::dropped},
                            {"table", TagKind::line},
                            {"tbody", TagKind::line},
                            {"td", TagKind::cell},
                            {"template", TagKind::dropped},
                            {"textarea", TagKind::raw},
                            {"tfoot", TagKind::line},
                            {"th", TagKind::cell},
                            {"thead", TagKind::line},
                            {"title", TagKind::raw},
                            {"tr", TagKind::line},
                            {"track", TagKind::inline_text, true},
                            {"ul", TagKind::list},
                            {"wbr", TagKind::inline_text, true},
                            {"xml", TagKind::dropped}};
static_assert(std::is_sorted(std::begin(kKnown), std::end(kKnown),
                             [](const Known& a, const Known& b) { return a.name < b.name; }));

// Whether a number such as "0", "0px" or "0.0em" is zero.
bool is_zero(std::string_view value) {
  for (const char c : value) {
    if (c == '0' || c == '.') continue;
    return !is_digit(c);
  }
  return true;
}

// Whether an inline style keeps its element from being seen. font-size:0 is no sign: layout tables use it.
bool hides(std::string_view style) {
  for (std::size_t colon = style.find(':'); colon != std::string_view::npos; colon = style.find(':', colon + 1)) {
    std::string_view value = style.substr(colon + 1, 24);
    while (!value.empty() && is_space(value.front())) value.remove_prefix(1);
    if (value.empty()) return false;
    const char first = to_lower(value.front());
    if (first != 'n' && first != 'h' && first != 'a' && first != '0') continue;
    value = trim(value.substr(0, value.find_first_of(";!")));
    constexpr std::size_t kLongestProperty = 24;
    std::string_view property =
        style.substr(colon > kLongestProperty ? colon - kLongestProperty : 0, std::min(colon, kLongestProperty));
    if (const std::size_t end = property.rfind(';'); end != std::string_view::npos) property.remove_prefix(end + 1);
    property = trim(property);
    const auto is = [&](std::string_view name) { return equals_ignoring_case(property, name); };
    if (first == 'n' && is("display") && equals_ignoring_case(value, "none")) return true;
    if (first == 'h' && is("visibility") && equals_ignoring_case(value, "hidden")) return true;
    if (first == 'a' && is("mso-hide") && equals_ignoring_case(value, "all")) return true;
    if (first == '0' && (is("max-height") || is("opacity")) && is_zero(value)) return true;
  }
  return false;
}

constexpr std::array<bool, 256> make_name_ends() {
  std::array<bool, 256> ends{};
  for (const char c : {' ', '\t', '\r', '\n', '\f', '>', '/', '='}) ends[static_cast<unsigned char>(c)] = true;
  return ends;
}
constexpr auto kNameEnds = make_name_ends();
bool is_name_end(char c) { return kNameEnds[static_cast<unsigned char>(c)]; }

// Where the names of each first letter begin in kKnown; [26] is the end.
constexpr std::array<unsigned char, 27> make_letters() {
  std::array<unsigned char, 27> letters{};
  unsigned char at = 0;
  for (std::size_t letter = 0; letter < 26; ++letter) {
    letters[letter] = at;
    while (at < std::size(kKnown) && static_cast<std::size_t>(kKnown[at].name[0] - 'a') == letter) ++at;
  }
  letters[26] = at;
  return letters;
}
constexpr auto kLetters = make_letters();

const Known* find_known(std::string_view name) {
  if (name.empty() || !is_alpha(name[0])) return nullptr;
  const auto letter = static_cast<std::size_t>(name[0] - 'a');
  for (std::size_t i = kLetters[letter]; i < kLetters[letter + 1]; ++i) {
    const std::string_view known = kKnown[i].name;
    if (known.size() == name.size() && known.back() == name.back() && known == name) return &kKnown[i];
  }
  return nullptr;
}

}  // namespace

std::size_t HtmlTagReader::read_name(std::size_t at, HtmlTag& tag) const {
  tag.name_size = 0;
  for (; at < html_.size() && !is_name_end(html_[at]); ++at) {
    if (tag.name_size < tag.name_bytes.size()) tag.name_bytes[tag.name_size++] = to_lower(html_[at]);
  }
  const Known* known = find_known(tag.name());
  tag.kind = known != nullptr ? known->kind : TagKind::inline_text;
  tag.is_void = known != nullptr && known->is_void;
  return at;
}

// An attribute's value; `at` stands behind the '='.
std::size_t HtmlTagReader::read_value(std::size_t at, std::string_view& value) const {
  while (at < html_.size() && is_space(html_[at])) ++at;
  if (at >= html_.size()) return at;
  const char quote = html_[at];
  if (quote == '"' || quote == '\'') {
    const std::size_t end = html_.find(quote, at + 1);
    if (end != std::string_view::npos) {
      value = html_.substr(at + 1, end - at - 1);
      return end + 1;
    }
  }
  const std::size_t begin = at;
  while (at < html_.size() && !is_space(html_[at]) && html_[at] != '>') ++at;
  value = html_.substr(begin, at - begin);
  return at;
}

std::size_t HtmlTagReader::read(std::size_t at, HtmlTag& tag) const {
  ++at;
  tag.hidden = false;
  tag.href = tag.alt = {};
  tag.closing = html_[at] == '/';
  at = read_name(tag.closing ? at + 1 : at, tag);
  while (at < html_.size() && html_[at] != '>') {
    if (is_space(html_[at]) || html_[at] == '/' || html_[at] == '=' || html_[at] == '\f') {
      ++at;
      continue;
    }
    const std::size_t begin = at;
    while (at < html_.size() && !is_name_end(html_[at])) ++at;
    const std::string_view name = html_.substr(begin, at - begin);
    while (at < html_.size() && is_space(html_[at])) ++at;
    std::string_view value;
    if (at < html_.size() && html_[at] == '=') at = read_value(at + 1, value);
    if (name.size() == 5 && equals_ignoring_case(name, "style"))
      tag.hidden = tag.hidden || hides(value);
    else if (name.size() == 4 && equals_ignoring_case(name, "href"))
      tag.href = value;
    else if (name.size() == 3 && equals_ignoring_case(name, "alt"))
      tag.alt = value;
    else if (name.size() == 6 && equals_ignoring_case(name, "hidden"))
      tag.hidden = true;
  }
  return at < html_.size() ? at + 1 : std::string_view::npos;
}

}  // namespace haulier::mime
