#include "proto/framer.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

namespace haulier::imap {
namespace {

// A huge response must not pin its memory for the rest of the connection.
constexpr std::size_t kKeptCapacity = std::size_t{1} << 20;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// literal = ["~"] "{" number64 ["+"] "}" CRLF - the part before CRLF, at the end of `line`. Twenty digits overflow 64
// bits, so at most nineteen are accepted; more count as a length that no limit allows.
std::optional<std::uint64_t> literal_length(std::string_view line) {
  if (line.size() < 3 || line.back() != '}') return std::nullopt;
  std::size_t end = line.size() - 1;
  if (line[end - 1] == '+') --end;
  std::size_t begin = end;
  while (begin > 0 && is_digit(line[begin - 1])) --begin;
  if (begin == end || begin == 0 || line[begin - 1] != '{') return std::nullopt;
  if (end - begin > 19) return UINT64_MAX;
  std::uint64_t length = 0;
  for (std::size_t i = begin; i < end; ++i) length = length * 10 + static_cast<std::uint64_t>(line[i] - '0');
  return length;
}

bool equals_ignoring_case(std::string_view text, std::string_view upper) {
  if (text.size() != upper.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i] >= 'a' && text[i] <= 'z' ? static_cast<char>(text[i] - 'a' + 'A') : text[i];
    if (c != upper[i]) return false;
  }
  return true;
}

// Free text for people may end in what looks like a literal: response-tagged, resp-cond-state and continue-req never
// carry one (RFC 9051 section 9, resp-text).
bool is_free_text(std::string_view line) {
  if (line.starts_with('+')) return true;
  const auto space = line.find(' ');
  if (space == std::string_view::npos) return true;
  const auto rest = line.substr(space + 1);
  const auto word = rest.substr(0, rest.find(' '));
  for (const std::string_view condition : {"OK", "NO", "BAD", "BYE", "PREAUTH"}) {
    if (equals_ignoring_case(word, condition)) return true;
  }
  return false;
}

}  // namespace

Framer::Item Framer::fail(std::string_view reason) {
  mode_ = Mode::kFailed;
  failure_ = reason;
  input_ = {};
  return {Kind::kError, failure_};
}

Framer::Item Framer::next() {
  for (;;) {
    switch (mode_) {
      case Mode::kFailed:
        return {Kind::kError, failure_};
      case Mode::kDone:
        if (text_.capacity() > kKeptCapacity) text_ = {};
        text_.clear();
        streamed_.clear();
        line_start_ = 0;
        literals_allowed_ = true;
        mode_ = Mode::kLine;
        break;
      case Mode::kDecide:
        // Nobody asked for the bytes: they become part of the response.
        if (literal_left_ > limits_.kept_literal_bytes) return fail("a literal is longer than allowed here");
        mode_ = Mode::kKeep;
        break;
      case Mode::kKeep:
        if (!keep_literal()) return {Kind::kNeedInput, {}};
        if (text_.size() > limits_.response_bytes) return fail("a response is longer than allowed");
        break;
      case Mode::kStream: {
        if (input_.empty() && literal_left_ > 0) return {Kind::kNeedInput, {}};
        if (literal_left_ == 0) {
          mode_ = Mode::kStreamEnd;
          break;
        }
        const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(literal_left_, input_.size()));
        const auto data = input_.substr(0, size);
        input_.remove_prefix(size);
        literal_left_ -= size;
        return {Kind::kLiteralData, data, size};
      }
      case Mode::kStreamEnd:
        mode_ = Mode::kLine;
        return {Kind::kLiteralEnd, {}};
      case Mode::kLine: {
        if (input_.empty()) return {Kind::kNeedInput, {}};
        const auto item = take_line();
        if (item.kind != Kind::kLiteralData) return item;
        break;
      }
    }
  }
}

void Framer::stream_literal() {
  if (mode_ != Mode::kDecide) return;
  if (literal_left_ > limits_.streamed_literal_bytes) {
    (void)fail("a message is longer than allowed");
    return;
  }
  streamed_.push_back({text_.size(), literal_left_});
  mode_ = Mode::kStream;
}

bool Framer::keep_literal() {
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(literal_left_, input_.size()));
  text_.append(input_.substr(0, size));
  input_.remove_prefix(size);
  literal_left_ -= size;
  if (literal_left_ > 0) return false;
  mode_ = Mode::kLine;
  line_start_ = text_.size();
  return true;
}

// Returns kLiteralData (an internal "go on") when only a part of the line is there.
Framer::Item Framer::take_line() {
  const auto* const end = static_cast<const char*>(std::memchr(input_.data(), '\n', input_.size()));
  const std::size_t size = end ? static_cast<std::size_t>(end - input_.data()) + 1 : input_.size();
  if (text_.size() + size > limits_.response_bytes) return fail("a response is longer than allowed");
  text_.append(input_.substr(0, size));
  input_.remove_prefix(size);
  return end ? end_of_line() : Item{Kind::kLiteralData, {}};
}

Framer::Item Framer::end_of_line() {
  std::string_view line(text_);
  line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line_start_ == 0) literals_allowed_ = !is_free_text(line);
  const auto part = line.substr(std::min(line_start_, line.size()));
  const auto length = literals_allowed_ ? literal_length(part) : std::nullopt;
  line_start_ = text_.size();
  if (length) {
    literal_left_ = *length;
    mode_ = Mode::kDecide;
    return {Kind::kLiteralBegin, text_, *length};
  }
  mode_ = Mode::kDone;
  return {Kind::kResponse, line};
}

}  // namespace haulier::imap
