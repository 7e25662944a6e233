#include "mime/parameters.hpp"

#include <algorithm>

#include "mime/ascii.hpp"

namespace haulier::mime {

namespace {

// After a closing quote: does the parameter really end here? Names such as `"a "b" c.txt"` hold bare quotes.
bool ends_parameter(std::string_view rest) {
  std::size_t at = 0;
  while (at < rest.size() && is_space(rest[at])) ++at;
  if (at == rest.size() || rest[at] == ';') return true;
  if (at == 0) return false;
  const std::size_t word = at;
  while (at < rest.size() && (is_alpha(rest[at]) || is_digit(rest[at]) || rest[at] == '-' || rest[at] == '*')) ++at;
  return at > word && at < rest.size() && rest[at] == '=';
}

std::size_t percent_decode(std::string_view text, char* out) {
  std::size_t size = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0) {
      out[size++] = static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      i += 2;
    } else {
      out[size++] = text[i];
    }
  }
  return size;
}

// RFC 2231 section 4: charset'language'text.
std::string_view take_charset(std::string_view& text) {
  const std::size_t first = text.find('\'');
  if (first == std::string_view::npos) return {};
  const std::size_t second = text.find('\'', first + 1);
  if (second == std::string_view::npos) return {};
  const std::string_view charset = text.substr(0, first);
  text.remove_prefix(second + 1);
  return charset;
}

}  // namespace

void Parameters::clear() {
  items_.clear();
  truncated_ = false;
}

// A quoted string whose opening quote is at `at`; leaves `at` behind it. Only \" and \\ are escapes: a backslash
// before anything else is part of a Windows path. Line ends inside are folds.
std::string_view Parameters::quoted(std::string_view value, std::size_t& at) {
  const std::size_t begin = ++at;
  bool plain = true;
  for (; at < value.size(); ++at) {
    const char c = value[at];
    if (c == '\\' && at + 1 < value.size() && (value[at + 1] == '"' || value[at + 1] == '\\')) {
      plain = false;
      ++at;
    } else if (c == '\r' || c == '\n') {
      plain = false;
    } else if (c == '"' && ends_parameter(value.substr(at + 1))) {
      break;
    }
  }
  const std::string_view inner = value.substr(begin, at - begin);
  if (at < value.size()) ++at;
  if (plain) return inner;
  char* out = arena_->allocate(inner.size());
  std::size_t size = 0;
  for (std::size_t i = 0; i < inner.size(); ++i) {
    if (inner[i] == '\r' || inner[i] == '\n') continue;
    if (inner[i] == '\\' && i + 1 < inner.size() && (inner[i + 1] == '"' || inner[i + 1] == '\\')) ++i;
    out[size++] = inner[i];
  }
  return {out, size};
}

void Parameters::add(std::string_view name, std::string_view value, const Limits& limits) {
  if (items_.size() >= limits.parameters) {
    truncated_ = true;
    return;
  }
  Item item{name, value, -1, false};
  if (!item.name.empty() && item.name.back() == '*') {
    item.extended = true;
    item.name.remove_suffix(1);
  }
  const std::size_t star = item.name.find('*');
  if (star != std::string_view::npos) {
    const std::string_view digits = item.name.substr(star + 1);
    item.section = 0;
    for (const char c : digits) {
      if (!is_digit(c) || digits.size() > 6) return;
      item.section = item.section * 10 + (c - '0');
    }
    item.name = item.name.substr(0, star);
    if (static_cast<std::uint32_t>(item.section) >= limits.parameter_segments) {
      truncated_ = true;
      return;
    }
  }
  items_.push_back(item);
}

std::string_view Parameters::parse(std::string_view value, Arena& arena, const Limits& limits) {
  clear();
  arena_ = &arena;
  max_segments_ = limits.parameter_segments;
  std::size_t at = std::min(value.find(';'), value.size());
  const std::string_view main = trim(value.substr(0, at));
  while (at < value.size() && !truncated_) {
    while (at < value.size() && (value[at] == ';' || is_space(value[at]))) ++at;
    const std::size_t begin = at;
    while (at < value.size() && value[at] != '=' && value[at] != ';') ++at;
    if (at >= value.size() || value[at] == ';') continue;
    const std::string_view name = trim(value.substr(begin, at - begin));
    ++at;
    while (at < value.size() && is_space(value[at])) ++at;
    if (at < value.size() && value[at] == '"') {
      add(name, quoted(value, at), limits);
    } else {
      const std::size_t end = std::min(value.find(';', at), value.size());
      add(name, trim(value.substr(at, end - at)), limits);
      at = end;
    }
  }
  return main;
}

Parameters::Value Parameters::joined(std::string_view name) const {
  std::vector<const Item*> pieces(max_segments_, nullptr);
  std::size_t bytes = 0;
  for (const Item& item : items_) {
    if (item.section < 0 || !equals_ignoring_case(item.name, name)) continue;
    auto& slot = pieces[static_cast<std::size_t>(item.section)];
    if (slot == nullptr) slot = &item;
    bytes += item.value.size();
  }
  std::size_t section = pieces[0] == nullptr ? 1 : 0;
  if (section >= pieces.size() || pieces[section] == nullptr) return {};
  Value result{{}, pieces[section]->value, {}, true, true};
  char* out = arena_->allocate(bytes);
  std::size_t size = 0;
  for (const std::size_t first = section; section < pieces.size() && pieces[section] != nullptr; ++section) {
    std::string_view text = pieces[section]->value;
    if (pieces[section]->extended) {
      if (section == first) result.charset = take_charset(text);
      size += percent_decode(text, out + size);
    } else {
      size += text.copy(out + size, text.size());
    }
  }
  result.bytes = {out, size};
  return result;
}

Parameters::Value Parameters::find(std::string_view name) const {
  const Item* plain = nullptr;
  bool continued = false;
  for (const Item& item : items_) {
    if (!equals_ignoring_case(item.name, name)) continue;
    if (item.section >= 0) {
      continued = true;
    } else if (item.extended) {
      std::string_view text = item.value;
      const std::string_view charset = take_charset(text);
      char* out = arena_->allocate(text.size());
      return {{out, percent_decode(text, out)}, item.value, charset, true, true};
    } else if (plain == nullptr) {
      plain = &item;
    }
  }
  if (continued) {
    const Value value = joined(name);
    if (value.found) return value;
  }
  if (plain == nullptr) return {};
  return {plain->value, plain->value, {}, true, false};
}

}  // namespace haulier::mime
