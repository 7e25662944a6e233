#include "mime/addresses.hpp"

#include <algorithm>

#include "mime/ascii.hpp"
#include "mime/utf8.hpp"

namespace haulier::mime {

namespace {

// What ends a run of plain characters, outside of quotes and brackets.
constexpr ByteSet kSpecial("(\"<,;: \t\r\n");
// What an address may hold that is left out or decoded.
constexpr ByteSet kNotCompact(" \"(=");

void append_folded_space(std::string& text) {
  if (!text.empty() && text.back() != ' ') text.push_back(' ');
}

// Where the route of `<@a,@b:user@c>` (RFC 5322 section 4.4) ends.
std::string_view without_route(std::string_view address) {
  if (!address.starts_with("@")) return address;
  const std::size_t colon = address.find(':');
  return colon == std::string_view::npos ? address : trim(address.substr(colon + 1));
}

}  // namespace

void AddressReader::reset_element() {
  phrase_.clear();
  raw_.clear();
  comment_.clear();
  angle_.clear();
  has_angle_ = false;
}

// `at` is behind the opening parenthesis. Keeps the text of the comment, for `user@host (Full Name)`.
std::size_t AddressReader::skip_comment(std::string_view value, std::size_t at) {
  const std::size_t begin = at;
  std::uint32_t depth = 1;
  for (; at < value.size(); ++at) {
    if (value[at] == '\\' && at + 1 < value.size()) {
      ++at;
    } else if (value[at] == '(') {
      if (++depth > limits_.comment_depth) break;
    } else if (value[at] == ')' && --depth == 0) {
      comment_.assign(trim(value.substr(begin, at - begin)));
      append_folded_space(phrase_);
      append_folded_space(raw_);
      return at + 1;
    }
  }
  comments_ = false;
  phrase_.push_back('(');
  raw_.push_back('(');
  return begin;
}

// `at` is behind the opening quote.
std::size_t AddressReader::take_quoted(std::string_view value, std::size_t at) {
  const std::size_t raw_before = raw_.size();
  const std::size_t phrase_before = phrase_.size();
  const std::size_t begin = at;
  raw_.push_back('"');
  for (; at < value.size() && value[at] != '"'; ++at) {
    if (value[at] == '\r' || value[at] == '\n') continue;
    if (value[at] == '\\' && at + 1 < value.size()) {
      raw_.push_back('\\');
      ++at;
    }
    raw_.push_back(value[at]);
    phrase_.push_back(value[at]);
  }
  if (at >= value.size()) {
    // It never ends: the quote is junk, once and for all.
    quotes_ = false;
    raw_.resize(raw_before);
    phrase_.resize(phrase_before);
    return begin;
  }
  raw_.push_back('"');
  return at + 1;
}

// `at` is behind the '<'. An address that is not closed ends at the comma.
std::size_t AddressReader::take_angle(std::string_view value, std::size_t at) {
  std::string& found = found_;
  found.clear();
  bool quoted = false;
  while (at < value.size() && (value[at] == '<' || is_space(value[at]))) ++at;
  const bool route = at < value.size() && value[at] == '@';
  for (; at < value.size(); ++at) {
    const char c = value[at];
    if (c == '"') quoted = !quoted;
    if (c == '>' && !quoted) break;
    if ((c == ',' || c == ';') && !quoted && !route) {
      angle_ = found;
      has_angle_ = true;
      return at;
    }
    if (c != '\r' && c != '\n') found.push_back(c);
  }
  while (at < value.size() && value[at] == '>') ++at;
  // `Name <a@b> <c@d>`: the last one that is an address wins, as in the programs that show it.
  if (!has_angle_ || found.find('@') != std::string::npos) angle_ = found;
  has_angle_ = true;
  return at;
}

std::string_view AddressReader::decoded(std::string_view text) {
  text = trim(text);
  std::string_view result = text;
  if (!is_printable_ascii(text) || has_encoded_word(text)) {
    scratch_.clear();
    text_.append(scratch_, text, at_);
    result = trim(scratch_);
  }
  // `"'Name'"` and quotes that came out of an encoded-word.
  if (result.size() >= 2 && result.front() == '"' && result.back() == '"')
    result = trim(result.substr(1, result.size() - 2));
  return arena_.store(result);
}

// False when a comment does not end.
bool AddressReader::take_compact(std::string_view address, bool drop_comments) {
  scratch_.clear();
  bool quoted = false;
  std::size_t comments = 0;
  for (const char c : address) {
    if (c == '"' && comments == 0) quoted = !quoted;
    if (c == '(' && !quoted && drop_comments) ++comments;
    if (comments == 0 && (quoted || !is_space(c))) scratch_.push_back(c);
    if (c == ')' && comments != 0) --comments;
  }
  return comments == 0;
}

// An addr-spec without the blanks and comments that RFC 5322 section 4.4 allows around '.' and '@', and without the
// closing bracket of an address that was never opened.
std::string_view AddressReader::compact(std::string_view address) {
  address = without_route(trim(address));
  if (starts_with_ignoring_case(address, "mailto:")) address.remove_prefix(7);
  while (address.ends_with('>')) address.remove_suffix(1);
  // Nothing to leave out and nothing to decode.
  if (is_printable_ascii(address) && kNotCompact.find_in(address) == std::string_view::npos) {
    return arena_.store(address);
  }
  // A parenthesis that is never closed is no comment.
  if (!take_compact(address, true)) take_compact(address, false);
  if (has_encoded_word(scratch_) || !is_ascii(scratch_) || scratch_.find('\0') != std::string::npos) {
    const std::string raw = scratch_;
    scratch_.clear();
    text_.append(scratch_, raw, at_);
  }
  return arena_.store(trim(scratch_));
}

void AddressReader::read_domain(Address& address) {
  const std::size_t at = address.address.rfind('@');
  if (at == std::string_view::npos) return;
  const std::string_view domain = address.address.substr(at + 1);
  if (!is_ascii(domain))
    address.domain_ascii = arena_.store(domains_.to_ascii(domain));
  else if (has_ascii_form_label(domain))
    address.domain_unicode = arena_.store(domains_.to_unicode(domain));
}

void AddressReader::add(std::string_view name, std::string_view address, std::vector<Address>& out) {
  Address made;
  made.name = decoded(name);
  made.address = compact(address);
  made.group = group_;
  read_domain(made);
  out.push_back(made);
}

// An element without angle brackets that holds an '@': `a@b`, `"a b"@c`, `a@b (Name)`, `Name a@b`.
void AddressReader::bare_address(std::vector<Address>& out) {
  std::string_view raw = trim(raw_);
  std::string_view name = comment_;
  const std::size_t at = raw.rfind('@');
  std::size_t word = at;
  bool quoted = false;
  while (word > 0 && (quoted || !is_space(raw[word - 1]) || raw[word] == '@' || raw[word] == '.')) {
    if (raw[word - 1] == '"') quoted = !quoted;
    --word;
  }
  if (word > 0) {
    if (name.empty()) name = raw.substr(0, word);
    raw.remove_prefix(word);
  }
  add(name, raw, out);
}

void AddressReader::end_element(bool by_comma, std::vector<Address>& out) {
  const bool empty = trim(raw_).empty() && !has_angle_;
  if (empty && prefix_.empty()) {
    reset_element();
    return;
  }
  if (out.size() >= limits_.addresses) {
    defects_.add(DefectCode::address_limit, at_);
    reset_element();
    return;
  }
  const bool has_at = raw_.find('@') != std::string::npos;
  if (!has_angle_ && !has_at && by_comma && !empty) {
    // Half of an unquoted `Doe, John <j@x>`, or a name without an address; the next element tells.
    if (!prefix_.empty()) prefix_ += ", ";
    prefix_ += std::string(trim(phrase_));
    reset_element();
    return;
  }
  if (has_angle_) {
    std::string_view phrase = trim(phrase_);
    if (!prefix_.empty()) {
      prefix_ += ", ";
      prefix_ += phrase;
      phrase = prefix_;
    }
    add(phrase.empty() ? std::string_view(comment_) : phrase, angle_, out);
  } else {
    if (!prefix_.empty()) {
      Address alone;
      alone.name = decoded(prefix_);
      alone.group = group_;
      out.push_back(alone);
    }
    if (has_at) {
      bare_address(out);
    } else if (!empty) {
      Address alone;
      alone.name = decoded(phrase_);
      alone.group = group_;
      out.push_back(alone);
    }
  }
  prefix_.clear();
  reset_element();
}

// Whether what stands before a ':' is a group's name. Bounded, so that many colons cost no quadratic time.
bool AddressReader::may_begin_group() const {
  constexpr std::size_t kLongestName = 1024;
  return group_ == Address::kNoGroup && !has_angle_ && raw_.size() <= kLongestName &&
         raw_.find('@') == std::string::npos && !has_encoded_word(raw_) && !equals_ignoring_case(trim(raw_), "mailto");
}

void AddressReader::begin_group(std::vector<Address>& out) {
  Address group;
  group.name = decoded(phrase_);
  group.is_group = true;
  out.push_back(group);
  group_ = static_cast<std::uint32_t>(out.size() - 1);
  prefix_.clear();
  reset_element();
}

void AddressReader::read(std::string_view value, std::uint64_t at, std::vector<Address>& out) {
  at_ = at;
  group_ = Address::kNoGroup;
  comments_ = quotes_ = true;
  prefix_.clear();
  reset_element();
  std::size_t i = 0;
  while (i < value.size()) {
    const char c = value[i];
    const std::size_t next = i + 1;
    if (c == '(' && comments_) {
      i = skip_comment(value, next);
    } else if (c == '"') {
      i = quotes_ ? take_quoted(value, next) : next;
    } else if (c == '<') {
      i = take_angle(value, next);
    } else if (c == ',' || c == ';') {
      end_element(c == ',', out);
      if (c == ';') group_ = Address::kNoGroup;
      i = next;
    } else if (c == ':' && may_begin_group() && out.size() < limits_.addresses) {
      begin_group(out);
      i = next;
    } else if (is_space(c)) {
      append_folded_space(phrase_);
      append_folded_space(raw_);
      i = next;
    } else {
      std::size_t end = next;
      while (end < value.size() && !kSpecial.has(value[end])) ++end;
      const std::string_view run = value.substr(i, end - i);
      phrase_.append(run);
      raw_.append(run);
      i = end;
    }
  }
  end_element(false, out);
}

}  // namespace haulier::mime
