#include "proto/cursor.hpp"

#include <algorithm>
#include <charconv>

namespace haulier::imap {
namespace {

char to_upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

bool ends_atom(char c) { return c == ' ' || c == '(' || c == ')' || c == '"' || c == '\r' || c == '\n'; }

}  // namespace

bool equals_word(std::string_view text, std::string_view upper) {
  return text.size() == upper.size() &&
         std::equal(text.begin(), text.end(), upper.begin(), [](char a, char b) { return to_upper(a) == b; });
}

std::string ImapString::text() const {
  if (form != Form::kEscaped) return std::string(raw);
  std::string out;
  out.reserve(raw.size());
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] == '\\' && i + 1 < raw.size() && (raw[i + 1] == '"' || raw[i + 1] == '\\')) ++i;
    out += raw[i];
  }
  return out;
}

bool Cursor::take(char c) {
  if (peek() != c || at_end()) return false;
  ++at_;
  return true;
}

bool Cursor::take_spaces() {
  const std::size_t start = at_;
  while (!at_end() && text_[at_] == ' ') ++at_;
  return at_ > start;
}

bool Cursor::take_word(std::string_view upper) {
  if (!equals_word(text_.substr(at_, upper.size()), upper)) return false;
  const std::size_t end = at_ + upper.size();
  if (end < text_.size() && !ends_atom(text_[end]) && text_[end] != ']') return false;
  at_ = end;
  return true;
}

std::string_view Cursor::atom() {
  const std::size_t start = at_;
  while (!at_end() && !ends_atom(text_[at_])) ++at_;
  return text_.substr(start, at_ - start);
}

// section = "[" [section-spec] "]"; msg-att-static = "BODY" section ["<" number ">"] SP nstring
std::string_view Cursor::item_name() {
  const std::size_t start = at_;
  while (!at_end() && !ends_atom(text_[at_]) && text_[at_] != '[') ++at_;
  if (peek() == '[') {
    const auto close = text_.find(']', at_);
    at_ = close == std::string_view::npos ? text_.size() : close + 1;
    if (peek() == '<') {
      const auto end = text_.find('>', at_);
      at_ = end == std::string_view::npos ? text_.size() : end + 1;
    }
  }
  return text_.substr(start, at_ - start);
}

std::optional<std::uint64_t> Cursor::number() {
  std::uint64_t value = 0;
  const char* const begin = text_.data() + at_;
  const auto result = std::from_chars(begin, text_.data() + text_.size(), value);
  if (result.ec != std::errc{}) return std::nullopt;
  at_ += static_cast<std::size_t>(result.ptr - begin);
  return value;
}

// quoted = DQUOTE *QUOTED-CHAR DQUOTE; CR and LF inside are not legal but some servers send them
std::optional<ImapString> Cursor::quoted() {
  const std::size_t start = ++at_;
  bool escaped = false;
  for (; at_ < text_.size(); ++at_) {
    if (text_[at_] == '"') {
      ImapString value{escaped ? ImapString::Form::kEscaped : ImapString::Form::kPlain,
                       text_.substr(start, at_ - start), at_ - start};
      ++at_;
      return value;
    }
    if (text_[at_] == '\\' && at_ + 1 < text_.size() && (text_[at_ + 1] == '"' || text_[at_ + 1] == '\\')) {
      escaped = true;
      ++at_;
    }
  }
  return std::nullopt;
}

// literal = ["~"] "{" number64 ["+"] "}" CRLF *CHAR8; the framer has seen to it that the bytes are there
std::optional<ImapString> Cursor::literal() {
  take('~');
  if (!take('{')) return std::nullopt;
  const auto size = number();
  take('+');
  if (!size || !take('}')) return std::nullopt;
  take('\r');
  if (!take('\n')) return std::nullopt;
  for (const auto& literal : streamed_) {
    if (literal.offset == at_) return ImapString{ImapString::Form::kStreamed, {}, literal.size};
  }
  if (*size > text_.size() - at_) return std::nullopt;
  const auto bytes = text_.substr(at_, static_cast<std::size_t>(*size));
  at_ += bytes.size();
  return ImapString{ImapString::Form::kPlain, bytes, bytes.size()};
}

std::optional<ImapString> Cursor::string() {
  if (peek() == '"') return quoted();
  if (peek() == '{' || (peek() == '~' && text_.substr(at_).starts_with("~{"))) return literal();
  const auto value = atom();
  if (value.empty()) return std::nullopt;
  if (equals_word(value, "NIL")) return ImapString{};
  return ImapString{ImapString::Form::kPlain, value, value.size()};
}

std::optional<std::string_view> Cursor::list_inside() {
  if (peek() != '(') return std::nullopt;
  const std::size_t start = at_;
  if (!skip_value()) return std::nullopt;
  return text_.substr(start + 1, at_ - start - 2);
}

bool Cursor::skip_value() {
  std::size_t depth = 0;
  do {
    take_spaces();
    if (at_end()) return false;
    if (take('(')) {
      if (++depth > kMaxNesting) return false;
    } else if (take(')')) {
      if (depth == 0) return false;
      --depth;
    } else if (!string()) {
      return false;
    }
  } while (depth > 0);
  return true;
}

}  // namespace haulier::imap
