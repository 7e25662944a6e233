#include "proto/response_parser.hpp"

#include "proto/fetch_parser.hpp"
#include "proto/response_code.hpp"

namespace haulier::imap {
namespace {

Unknown malformed(std::string_view text, std::string_view reason) { return {text, reason}; }

std::string_view inside(std::optional<std::string_view> list) { return list.value_or(std::string_view{}); }

// mailbox-list = "(" [mbx-list-flags] ")" SP (DQUOTE QUOTED-CHAR DQUOTE / nil) SP mailbox [SP mbox-list-extended]
Response parse_list(Cursor cursor, std::string_view text) {
  ListEntry entry;
  cursor.take_spaces();
  const auto attributes = cursor.list_inside();
  if (!attributes) return malformed(text, "LIST without attributes");
  entry.attributes = *attributes;
  cursor.take_spaces();
  const auto delimiter = cursor.string();
  if (!delimiter) return malformed(text, "LIST without a delimiter");
  const std::string value = delimiter->text();
  if (!value.empty()) entry.delimiter = value.front();
  cursor.take_spaces();
  // A name may hold parentheses when an old server sends it as a bare atom; the rest of the line is then the name.
  const auto rest = cursor.rest();
  const auto name = cursor.string();
  if (!name) return malformed(text, "LIST without a name");
  entry.name = *name;
  const bool bare = !rest.empty() && rest.front() != '"' && rest.front() != '{';
  if (name->nil() && bare) entry.name = {ImapString::Form::kPlain, rest.substr(0, 3), 3};
  return entry;
}

// status-att-val, RFC 9051 section 7.3.4 with the extensions of 7162, 8438, 8474
bool set_status(MailboxStatus& status, std::string_view name, Cursor& cursor) {
  if (equals_word(name, "MAILBOXID")) {
    status.mailbox_id = inside(cursor.list_inside());
    return true;
  }
  std::optional<std::uint64_t>* target = nullptr;
  if (equals_word(name, "MESSAGES")) target = &status.messages;
  if (equals_word(name, "UIDNEXT")) target = &status.uidnext;
  if (equals_word(name, "UIDVALIDITY")) target = &status.uidvalidity;
  if (equals_word(name, "UNSEEN")) target = &status.unseen;
  if (equals_word(name, "RECENT")) target = &status.recent;
  if (equals_word(name, "HIGHESTMODSEQ")) target = &status.highestmodseq;
  if (equals_word(name, "SIZE")) target = &status.size;
  if (!target) return cursor.skip_value();
  *target = cursor.number();
  // NIL or garbage instead of a number: as if it had not been sent.
  return target->has_value() || cursor.skip_value();
}

// mailbox-data =/ "STATUS" SP mailbox SP "(" [status-att-list] ")"; an empty list is legal (libetpan CVE-2022-4121)
Response parse_status(Cursor cursor, std::string_view text) {
  MailboxStatus status;
  cursor.take_spaces();
  const auto name = cursor.string();
  if (!name) return malformed(text, "STATUS without a name");
  status.name = *name;
  cursor.take_spaces();
  if (!cursor.take('(')) return malformed(text, "STATUS without a list");
  for (cursor.take_spaces(); !cursor.take(')'); cursor.take_spaces()) {
    const auto item = cursor.atom();
    cursor.take_spaces();
    if (item.empty() || !set_status(status, item, cursor)) return malformed(text, "STATUS with a bad item");
  }
  return status;
}

// mailbox-data =/ "SEARCH" *(SP nz-number) [SP "(" "MODSEQ" SP mod-sequence-value ")"]
Response parse_search(Cursor cursor, std::string_view text) {
  SearchResult result;
  std::vector<IntervalSet::Interval> found;
  for (;;) {
    cursor.take_spaces();
    if (cursor.at_end()) break;
    if (cursor.take('(')) {
      if (cursor.take_word("MODSEQ") && cursor.take_spaces()) result.modseq = cursor.number();
      break;
    }
    const auto number = cursor.number();
    const auto uid = number ? Uid::from(*number) : std::nullopt;
    if (!uid) return malformed(text, "SEARCH with something that is no number");
    if (!found.empty() && found.back().hi + 1 == uid->value()) {
      found.back().hi = uid->value();
    } else {
      found.push_back({uid->value(), uid->value()});
    }
  }
  result.all = IntervalSet::from_unsorted(std::move(found));
  return result;
}

// esearch-response = "ESEARCH" [search-correlator] [SP "UID"] *(SP search-return-data)
Response parse_esearch(Cursor cursor, std::string_view text) {
  SearchResult result;
  result.extended = true;
  cursor.take_spaces();
  if (cursor.take('(')) {
    if (!cursor.take_word("TAG") || !cursor.take_spaces()) return malformed(text, "ESEARCH with a bad correlator");
    const auto tag = cursor.string();
    if (!tag || !cursor.take(')')) return malformed(text, "ESEARCH with a bad correlator");
    result.tag = tag->raw;
  }
  cursor.take_spaces();
  cursor.take_word("UID");
  for (cursor.take_spaces(); !cursor.at_end(); cursor.take_spaces()) {
    const auto name = cursor.atom();
    cursor.take_spaces();
    if (equals_word(name, "ALL")) {
      auto all = IntervalSet::parse(cursor.atom());
      if (!all) return malformed(text, "ESEARCH with a bad set");
      result.all = *std::move(all);
    } else if (equals_word(name, "COUNT")) {
      result.count = cursor.number();
    } else if (equals_word(name, "MIN")) {
      result.min = cursor.number();
    } else if (equals_word(name, "MAX")) {
      result.max = cursor.number();
    } else if (equals_word(name, "MODSEQ")) {
      result.modseq = cursor.number();
    } else if (name.empty() || !cursor.skip_value()) {
      return malformed(text, "ESEARCH with a bad item");
    }
  }
  return result;
}

// expunged-resp = "VANISHED" [SP "(EARLIER)"] SP known-uids
Response parse_vanished(Cursor cursor, std::string_view text) {
  Vanished vanished;
  cursor.take_spaces();
  if (cursor.peek() == '(') {
    vanished.earlier = equals_word(inside(cursor.list_inside()), "EARLIER");
    cursor.take_spaces();
  }
  auto uids = IntervalSet::parse(cursor.atom());
  if (!uids) return malformed(text, "VANISHED with a bad set");
  vanished.uids = *std::move(uids);
  return vanished;
}

// id-response = "ID" SP id-params-list; id-params-list = "(" *(string SP nstring) ")" / nil
Response parse_id(Cursor cursor, std::string_view text) {
  constexpr std::size_t kMaxPairs = 64;
  ServerId id;
  cursor.take_spaces();
  if (!cursor.take('(')) return id;
  for (cursor.take_spaces(); !cursor.take(')'); cursor.take_spaces()) {
    const auto key = cursor.string();
    cursor.take_spaces();
    const auto value = cursor.string();
    if (!key || !value || id.pairs.size() == kMaxPairs) return malformed(text, "ID with bad pairs");
    id.pairs.emplace_back(key->text(), value->text());
  }
  return id;
}

// Namespace = nil / "(" 1*("(" string SP (quoted-char / nil) *extension ")") ")"
bool take_namespaces(Cursor& cursor, std::vector<std::string>& prefixes) {
  constexpr std::size_t kMaxPrefixes = 256;
  cursor.take_spaces();
  if (cursor.peek() != '(') {
    const auto value = cursor.string();
    return value && value->nil();
  }
  const auto list = cursor.list_inside();
  if (!list) return false;
  Cursor inner(*list);
  for (inner.take_spaces(); !inner.at_end(); inner.take_spaces()) {
    const auto one = inner.peek() == '(' ? inner.list_inside() : std::nullopt;
    const auto prefix = one ? Cursor(*one).string() : std::nullopt;
    if (!prefix || prefixes.size() == kMaxPrefixes) return false;
    if (!prefix->nil() && !prefix->text().empty()) prefixes.push_back(prefix->text());
  }
  return true;
}

// Namespace-Response = "NAMESPACE" SP Namespace SP Namespace SP Namespace, RFC 2342 section 6
Response parse_namespaces(Cursor cursor, std::string_view text) {
  Namespaces spaces;
  const bool good = take_namespaces(cursor, spaces.personal) && take_namespaces(cursor, spaces.other_users) &&
                    take_namespaces(cursor, spaces.shared);
  return good ? Response(std::move(spaces)) : malformed(text, "NAMESPACE with a bad list");
}

// quota-response = "QUOTA" SP quota-root-name SP quota-list; quota-resource = resource-name SP usage SP limit
Response parse_quota(Cursor cursor, std::string_view text) {
  constexpr std::size_t kMaxResources = 64;
  Quota quota;
  cursor.take_spaces();
  if (!cursor.string()) return malformed(text, "QUOTA without a root");
  cursor.take_spaces();
  if (!cursor.take('(')) return malformed(text, "QUOTA without a list");
  for (cursor.take_spaces(); !cursor.take(')'); cursor.take_spaces()) {
    Quota::Resource resource;
    resource.name = cursor.atom();
    for (char& c : resource.name) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    cursor.take_spaces();
    const auto used = cursor.number();
    cursor.take_spaces();
    const auto limit = cursor.number();
    if (resource.name.empty() || !used || !limit || quota.resources.size() == kMaxResources)
      return malformed(text, "QUOTA with a bad resource");
    resource.used = *used;
    resource.limit = *limit;
    quota.resources.push_back(std::move(resource));
  }
  return quota;
}

// message-data and mailbox-data that begin with a number
Response parse_numbered(std::uint64_t number, Cursor cursor, std::string_view text) {
  cursor.take_spaces();
  const auto word = cursor.atom();
  if (equals_word(word, "FETCH")) return parse_fetch(number, cursor, text);
  if (equals_word(word, "EXISTS")) return Exists{number};
  if (equals_word(word, "RECENT")) return Recent{number};
  if (equals_word(word, "EXPUNGE")) return Expunged{number};
  return Unknown{text, {}};
}

Response parse_untagged(Cursor cursor, std::string_view text) {
  cursor.take_spaces();
  if (const auto number = cursor.number()) return parse_numbered(*number, cursor, text);
  Cursor after = cursor;
  const auto word = after.atom();
  if (auto line = parse_status_line({}, cursor)) return *line;
  if (equals_word(word, "CAPABILITY")) return CapabilityList{after.rest()};
  if (equals_word(word, "LIST") || equals_word(word, "XLIST")) return parse_list(after, text);
  if (equals_word(word, "STATUS")) return parse_status(after, text);
  if (equals_word(word, "SEARCH")) return parse_search(after, text);
  if (equals_word(word, "ESEARCH")) return parse_esearch(after, text);
  if (equals_word(word, "VANISHED")) return parse_vanished(after, text);
  if (equals_word(word, "ENABLED")) return Enabled{after.rest()};
  if (equals_word(word, "ID")) return parse_id(after, text);
  if (equals_word(word, "NAMESPACE")) return parse_namespaces(after, text);
  if (equals_word(word, "QUOTA")) return parse_quota(after, text);
  if (equals_word(word, "FLAGS")) {
    after.take_spaces();
    return FlagList{inside(after.list_inside())};
  }
  return Unknown{text, {}};
}

}  // namespace

bool ListEntry::has(std::string_view upper_attribute) const {
  Cursor cursor(attributes);
  for (cursor.take_spaces(); !cursor.at_end(); cursor.take_spaces()) {
    const auto attribute = cursor.atom();
    if (attribute.empty()) return false;
    if (equals_word(attribute, upper_attribute)) return true;
  }
  return false;
}

// response = *(continue-req / response-data) response-done
Response parse_response(std::string_view text, std::span<const StreamedLiteral> streamed) {
  Cursor cursor(text, streamed);
  if (cursor.take('+')) {
    cursor.take_spaces();
    return Continuation{cursor.rest()};
  }
  const auto tag = cursor.atom();
  if (tag.empty()) return malformed(text, "a line without a tag");
  if (tag == "*") return parse_untagged(cursor, text);
  cursor.take_spaces();
  if (auto line = parse_status_line(tag, cursor)) return *line;
  return malformed(text, "neither tagged, untagged nor a continuation");
}

}  // namespace haulier::imap
