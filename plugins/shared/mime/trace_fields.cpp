#include "mime/trace_fields.hpp"

#include <algorithm>

#include "mime/ascii.hpp"

namespace haulier::mime {

namespace {

// Words of a structured value; comments are passed over and remembered, `;` is a word of its own.
class Words {
 public:
  explicit Words(std::string_view text) : text_(text) {}

  // False at the end. A quoted string belongs to its word.
  bool next(std::string_view& word) {
    skip_blanks_and_comments();
    if (at_ == text_.size()) return false;
    const std::size_t begin = at_;
    if (text_[at_] == ';') {
      word = text_.substr(at_++, 1);
      return true;
    }
    while (at_ < text_.size() && !is_space(text_[at_]) && text_[at_] != ';' && text_[at_] != '(') {
      if (text_[at_] == '"')
        skip_quoted();
      else
        ++at_;
    }
    word = text_.substr(begin, at_ - begin);
    return true;
  }
  // Of the comments right before the last word, the last one.
  [[nodiscard]] std::string_view comment() const { return comment_; }
  [[nodiscard]] std::string_view comment_ahead() {
    skip_blanks_and_comments();
    return comment_;
  }

 private:
  void skip_blanks_and_comments() {
    comment_ = {};
    while (at_ < text_.size()) {
      if (is_space(text_[at_])) {
        ++at_;
      } else if (text_[at_] == '(') {
        skip_comment();
      } else {
        return;
      }
    }
  }
  void skip_comment() {
    const std::size_t begin = ++at_;
    for (std::size_t depth = 1; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
        ++at_;
      } else if (text_[at_] == '(') {
        ++depth;
      } else if (text_[at_] == ')' && --depth == 0) {
        break;
      }
    }
    comment_ = text_.substr(begin, at_ - begin);
    if (at_ < text_.size()) ++at_;
  }
  void skip_quoted() {
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
    }
    if (at_ < text_.size()) ++at_;
  }

  std::string_view text_;
  std::string_view comment_;
  std::size_t at_ = 0;
};

std::string_view unquoted(std::string_view value) {
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"') return value.substr(1, value.size() - 2);
  return value;
}

// [192.0.2.1] or [IPv6:2001:db8::1]; empty when there is none.
std::string_view address_literal(std::string_view text) {
  const std::size_t open = text.find('[');
  const std::size_t close = open == std::string_view::npos ? open : text.find(']', open);
  if (close == std::string_view::npos) return {};
  std::string_view ip = text.substr(open + 1, close - open - 1);
  if (starts_with_ignoring_case(ip, "ipv6:")) ip.remove_prefix(5);
  const bool plausible = !ip.empty() && std::all_of(ip.begin(), ip.end(),
                                                    [](char c) { return hex_value(c) >= 0 || c == '.' || c == ':'; });
  return plausible ? ip : std::string_view();
}

}  // namespace

void read_authentication_results(std::string_view line, std::size_t limit, std::vector<AuthItem>& out) {
  const std::size_t most = out.size() + limit;
  Words words(line);
  std::string_view word;
  if (!words.next(word) || word == ";" || out.size() >= most) return;
  // Some servers leave the authserv-id away; then the first word is a method already.
  bool method_next = word.find('=') != std::string_view::npos;
  out.push_back({AuthItem::Kind::server, method_next ? std::string_view() : unquoted(word), {}});
  bool more = method_next || words.next(word);
  for (; more && out.size() < most; more = words.next(word)) {
    if (word == ";") {
      method_next = true;
      continue;
    }
    const std::size_t equals = word.find('=');
    if (equals == 0 || equals == std::string_view::npos) {
      if (word != "none") continue;  // `; none`: nothing was checked
      method_next = false;
      continue;
    }
    const std::string_view name = word.substr(0, equals);
    std::string_view value = word.substr(equals + 1);
    if (value.empty() && !words.next(value)) break;  // blanks after the equals sign
    if (value == ";") value = {};
    if (method_next) {
      out.push_back({AuthItem::Kind::method, name.substr(0, name.find('/')), unquoted(value)});
    } else {
      out.push_back({AuthItem::Kind::property, name, unquoted(value)});
    }
    method_next = false;
  }
}

ReceivedHop read_received(std::string_view line) {
  ReceivedHop hop;
  hop.time = parse_received_date(line);
  Words words(line);
  std::string_view word;
  while (words.next(word) && word != ";") {
    std::string_view* target = nullptr;
    if (equals_ignoring_case(word, "from")) target = &hop.from;
    if (equals_ignoring_case(word, "by")) target = &hop.by;
    if (equals_ignoring_case(word, "with")) target = &hop.with;
    if (target == nullptr || target->data() != nullptr) continue;
    std::string_view value;
    if (!words.next(value) || value == ";") break;
    *target = value;
    const std::string_view comment = words.comment_ahead();
    if (target == &hop.from) {
      hop.ip = address_literal(comment);
      if (hop.ip.empty()) hop.ip = address_literal(value);
    }
    if (find_ignoring_case(comment, "tls") != std::string_view::npos) hop.tls = true;
  }
  if (ends_with_ignoring_case(hop.with, "smtps") || ends_with_ignoring_case(hop.with, "smtpsa") ||
      ends_with_ignoring_case(hop.with, "lmtps") || ends_with_ignoring_case(hop.with, "lmtpsa")) {
    hop.tls = true;
  }
  return hop;
}

std::string_view tag_value(std::string_view line, std::string_view tag) {
  while (!line.empty()) {
    const std::size_t end = line.find(';');
    const std::string_view item = line.substr(0, end);
    const std::size_t equals = item.find('=');
    if (equals != std::string_view::npos && equals_ignoring_case(trim(item.substr(0, equals)), tag)) {
      return trim(item.substr(equals + 1));
    }
    if (end == std::string_view::npos) break;
    line.remove_prefix(end + 1);
  }
  return {};
}

}  // namespace haulier::mime
