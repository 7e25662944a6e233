#include "proto/transcript.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>

#include "proto/cursor.hpp"

namespace haulier::imap {
namespace {

constexpr std::string_view kHidden = "***";
constexpr std::size_t kLongestPlainWord = 16;

constexpr std::array kProtocolWords = std::to_array<std::string_view>({"*",
                                                                       "GETQUOTAROOT",
                                                                       "QUOTA",
                                                                       "QUOTAROOT",
                                                                       "STORAGE",
                                                                       "ALL",
                                                                       "AUTHENTICATE",
                                                                       "BODY",
                                                                       "BODY.PEEK[]",
                                                                       "CAPABILITY",
                                                                       "CHANGEDSINCE",
                                                                       "CHILDINFO",
                                                                       "CLOSED",
                                                                       "COMPRESS",
                                                                       "CONDSTORE",
                                                                       "COUNT",
                                                                       "DEFLATE",
                                                                       "DONE",
                                                                       "EARLIER",
                                                                       "EMAILID",
                                                                       "ENABLE",
                                                                       "ENABLED",
                                                                       "ESEARCH",
                                                                       "EXAMINE",
                                                                       "EXISTS",
                                                                       "EXPUNGE",
                                                                       "FETCH",
                                                                       "FLAGS",
                                                                       "HIGHESTMODSEQ",
                                                                       "ID",
                                                                       "IDLE",
                                                                       "INBOX",
                                                                       "INTERNALDATE",
                                                                       "LIST",
                                                                       "LITERAL+",
                                                                       "LOGIN",
                                                                       "LOGOUT",
                                                                       "LSUB",
                                                                       "MAILBOXID",
                                                                       "MAX",
                                                                       "MESSAGES",
                                                                       "MIN",
                                                                       "MODSEQ",
                                                                       "NAMESPACE",
                                                                       "NIL",
                                                                       "NOMODSEQ",
                                                                       "NOOP",
                                                                       "NOTIFY",
                                                                       "PERMANENTFLAGS",
                                                                       "PREAUTH",
                                                                       "QRESYNC",
                                                                       "READ-ONLY",
                                                                       "READ-WRITE",
                                                                       "RECENT",
                                                                       "RETURN",
                                                                       "RFC822.SIZE",
                                                                       "SEARCH",
                                                                       "SIZE",
                                                                       "SPECIAL-USE",
                                                                       "STARTTLS",
                                                                       "STATUS",
                                                                       "TAG",
                                                                       "THREADID",
                                                                       "UID",
                                                                       "UIDNEXT",
                                                                       "UIDNOTSTICKY",
                                                                       "UIDVALIDITY",
                                                                       "UNSEEN",
                                                                       "VANISHED",
                                                                       "X-GM-LABELS",
                                                                       "X-GM-MSGID",
                                                                       "X-GM-THRID",
                                                                       "XLIST"});

char capital(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

std::string capitals(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), capital);
  return out;
}

bool made_of(std::string_view text, std::string_view characters) {
  return !text.empty() && text.find_first_not_of(characters) == std::string_view::npos;
}

bool is_harmless_atom(std::string_view atom) {
  if (made_of(atom, "0123456789:,*.<>")) return true;
  if (atom.starts_with('\\') || atom.starts_with('$')) return atom.size() <= 32;
  const auto upper = capitals(atom);
  return std::find(kProtocolWords.begin(), kProtocolWords.end(), upper) != kProtocolWords.end();
}

// tag = 1*<any ASTRING-CHAR except "+">; ours are letters and digits.
std::string shown_tag(std::string_view tag) {
  constexpr std::string_view kLetters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  return tag == "*" || (tag.size() <= 24 && made_of(tag, kLetters)) ? std::string(tag) : std::string(kHidden);
}

bool is_harmless_string(std::string_view text) { return text.size() <= 1 || equals_word(text, "INBOX") || text == "%"; }

std::size_t end_of_quoted(std::string_view text, std::size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\') ++at;
  }
  return std::min(at, text.size());
}

// {5} CRLF: the bytes themselves were never kept.
std::size_t end_of_literal(std::string_view text, std::size_t at) {
  const auto close = text.find('}', at);
  if (close == std::string_view::npos) return 0;
  const auto digits = text.substr(at + 1, close - at - 1);
  return made_of(digits, "0123456789+-") ? close + 1 : 0;
}

bool is_id_key_to_show(std::string_view key) {
  for (const std::string_view known : {"NAME", "VERSION", "VENDOR", "OS", "OS-VERSION"}) {
    if (equals_word(key, known)) return true;
  }
  return false;
}

// id-response = "ID" SP id-params-list, RFC 2971: keys stay, values of those that name the program.
std::string redact_id(std::string_view list) {
  std::string out;
  bool value = false, shown = false;
  for (std::size_t at = 0; at < list.size(); ++at) {
    if (list[at] != '"') {
      if (list.substr(at, 3) == "NIL" && value) value = false;
      out += list[at];
      continue;
    }
    const auto end = end_of_quoted(list, at);
    const auto text = list.substr(at + 1, end - std::min(end, at + 1));
    if (!value) shown = is_id_key_to_show(text);
    const bool keep = text.size() <= 40 && text.find('@') == std::string_view::npos && (!value || shown);
    out += '"' + std::string(keep ? text : kHidden) + '"';
    value = !value;
    at = end;
  }
  return out;
}

struct Split {
  std::string_view word, rest;
};

Split split(std::string_view text) {
  const auto space = text.find(' ');
  if (space == std::string_view::npos) return {text, {}};
  return {text.substr(0, space), text.substr(space + 1)};
}

bool is_condition(std::string_view word) {
  for (const std::string_view condition : {"OK", "NO", "BAD", "BYE", "PREAUTH"}) {
    if (equals_word(word, condition)) return true;
  }
  return false;
}

bool is_address(std::string_view word) {
  const auto dots = std::count(word.begin(), word.end(), '.');
  const auto colons = std::count(word.begin(), word.end(), ':');
  return (dots == 3 && word.find_first_not_of("0123456789.[]()<>,;:") == std::string_view::npos) || colons > 1;
}

// A session number, a hash, a token: long, with a digit, of the letters such things are made of.
bool is_number_of_something(std::string_view word) {
  return word.size() >= kLongestPlainWord && word.find_first_of("0123456789") != std::string_view::npos &&
         word.find_first_of("/:") == std::string_view::npos;
}

std::string redact_word(std::string_view word) {
  if (word.find('@') != std::string_view::npos || is_address(word)) return std::string(kHidden);
  const auto query = word.find('?');
  if (query != std::string_view::npos && query + 1 < word.size()) return std::string(word.substr(0, query)) + "?***";
  return std::string(is_number_of_something(word) ? kHidden : word);
}

}  // namespace

std::string redact_data(std::string_view text, bool all) {
  constexpr std::string_view kBetween = " ()[]\r\n\"{";
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == '"') {
      const auto end = end_of_quoted(text, at);
      const auto inside = text.substr(at + 1, end - std::min(end, at + 1));
      out += '"' + std::string(is_harmless_string(inside) ? inside : kHidden) + '"';
      at = end + 1;
    } else if (const auto end = c == '{' ? end_of_literal(text, at) : 0; end > 0) {
      out += text.substr(at, end - at);
      at = end;
    } else if (c == '\r' || c == '\n') {
      ++at;
    } else if (kBetween.find(c) != std::string_view::npos && c != '{') {
      out += c;
      ++at;
    } else {
      auto stop = std::min(text.find_first_of(kBetween, at + 1), text.size());
      if (text.substr(at, 11) == "BODY.PEEK[]") stop = at + 11;
      const auto atom = text.substr(at, stop - at);
      out += all || is_harmless_atom(atom) ? atom : kHidden;
      at = stop;
    }
  }
  return out;
}

Transcript::Transcript(Line line)
    : line_(std::move(line)),
      framer_({.response_bytes = std::size_t{1} << 20,
               .kept_literal_bytes = std::numeric_limits<std::uint64_t>::max(),
               .streamed_literal_bytes = std::numeric_limits<std::uint64_t>::max()}) {}

void Transcript::mask(std::string_view word) {
  if (word.size() < 3) return;
  masked_.push_back(capitals(word));
  const auto local = word.substr(0, word.find('@'));
  if (local.size() >= 3 && local.size() < word.size()) masked_.push_back(capitals(local));
}

void Transcript::put(char who, std::string_view text) {
  if (++lines_ > kMaxLines) return;
  if (lines_ == kMaxLines) {
    line_("# the rest is left out");
    return;
  }
  std::string line{who, ':', ' '};
  line += std::string_view(without_masked(text)).substr(0, kMaxLineBytes);
  if (text.size() > kMaxLineBytes) line += " ... (" + std::to_string(text.size()) + " octets)";
  line_(line);
}

void Transcript::note(std::string_view words) { line_("# " + redact_words(words)); }

void Transcript::begin_sign_in(std::string_view line) {
  signing_in_ = true;
  put('C', line);
}

void Transcript::server(std::string_view bytes) {
  if (broken_) return;
  framer_.feed(bytes);
  for (;;) {
    const auto item = framer_.next();
    if (item.kind == Framer::Kind::kNeedInput) return;
    if (item.kind == Framer::Kind::kLiteralBegin) framer_.stream_literal();
    if (item.kind == Framer::Kind::kResponse && !item.data.empty()) put('S', redact_server(item.data));
    if (item.kind == Framer::Kind::kError) {
      broken_ = true;
      put('S', "(" + std::string(item.data) + ": left out from here)");
      return;
    }
  }
}

void Transcript::client(std::string_view bytes) {
  if (signing_in_) return;
  while (!bytes.empty()) {
    const auto skipped = static_cast<std::size_t>(std::min<std::uint64_t>(client_literal_, bytes.size()));
    client_literal_ -= skipped;
    bytes.remove_prefix(skipped);
    const auto end = bytes.find('\n');
    client_ += bytes.substr(0, end);
    if (end == std::string_view::npos) return;
    bytes.remove_prefix(end + 1);
    if (client_.ends_with('\r')) client_.pop_back();
    const auto open = client_.ends_with('}') ? client_.rfind('{') : std::string::npos;
    for (auto at = open; at != std::string::npos && ++at < client_.size() && client_[at] >= '0' && client_[at] <= '9';)
      client_literal_ = client_literal_ * 10 + static_cast<std::uint64_t>(client_[at] - '0');
    if (client_literal_ > 0) continue;
    put('C', redact_client(client_));
    client_.clear();
  }
}

std::string Transcript::redact_client(std::string_view text) const {
  const auto [tag, command] = split(text);
  const auto [verb, rest] = split(command);
  std::string out = shown_tag(tag);
  if (!verb.empty()) out += " " + redact_data(verb);
  if (rest.empty()) return out;
  if (equals_word(verb, "ID")) return out + " " + redact_id(rest);
  if (equals_word(verb, "LOGIN") || equals_word(verb, "AUTHENTICATE")) return out + " ***";
  return out + " " + redact_data(rest);
}

std::string Transcript::redact_server(std::string_view text) const {
  if (text.starts_with('+')) {
    const auto words = text.substr(std::min<std::size_t>(2, text.size()));
    return signing_in_ ? "+ (" + std::to_string(words.size()) + " octets)" : "+ " + redact_words(words);
  }
  const auto [tag, response] = split(text);
  const auto [name, rest] = split(response);
  if (is_condition(name)) return redact_status(tag, name, rest);
  if (tag != "*") return redact_words(text);
  if (equals_word(name, "CAPABILITY") || equals_word(name, "ENABLED")) {
    return "* " + std::string(name) + " " + redact_data(rest, true);
  }
  if (equals_word(name, "ID")) return "* ID " + redact_id(rest);
  return "* " + redact_data(response);
}

// resp-cond-state with resp-text = ["[" resp-text-code "]" SP] text
std::string Transcript::redact_status(std::string_view head, std::string_view condition, std::string_view rest) const {
  std::string out = shown_tag(head) + " " + std::string(condition);
  if (rest.starts_with('[')) {
    const auto close = std::min(rest.find("] "), rest.size() - 1);
    const auto inside = rest.substr(1, close - 1);
    const auto [code, arguments] = split(inside);
    const bool plain = code.size() <= 32 && code.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ-") == std::string::npos;
    out += " [" + std::string(plain ? code : kHidden);
    if (!arguments.empty()) out += " " + redact_data(arguments, equals_word(code, "CAPABILITY"));
    out += "]";
    rest.remove_prefix(std::min(close + 2, rest.size()));
  }
  if (rest.empty()) return out;
  const bool names_people = signing_in_ && head != "*" && equals_word(condition, "OK");
  return out + " " + (names_people ? std::string(kHidden) : redact_words(rest));
}

std::string Transcript::without_masked(std::string_view text) const {
  std::string out(text);
  for (const auto& masked : masked_) {
    auto upper = capitals(out);
    for (auto at = upper.find(masked); at != std::string::npos; at = upper.find(masked, at + kHidden.size())) {
      out.replace(at, masked.size(), kHidden);
      upper.replace(at, masked.size(), kHidden);
    }
  }
  return out;
}

std::string Transcript::redact_words(std::string_view words) const {
  // First as a whole: a password may hold blanks.
  const std::string hidden = without_masked(words);
  std::string_view text = hidden;
  std::string out;
  while (!text.empty()) {
    const auto [word, rest] = split(text);
    if (!out.empty()) out += ' ';
    out += redact_word(word);
    text = rest;
  }
  return out;
}

}  // namespace haulier::imap
