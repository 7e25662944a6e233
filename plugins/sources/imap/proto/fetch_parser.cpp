#include "proto/fetch_parser.hpp"

#include "proto/response_parser.hpp"

namespace haulier::imap {
namespace {

// "BODY[]" or "BODY[]<" number ">", also BINARY[]; the origin of a window goes into `origin`.
bool is_message_item(std::string_view name, std::optional<std::uint64_t>& origin) {
  const auto open = name.find('[');
  if (open == std::string_view::npos || name.substr(open, 2) != "[]") return false;
  if (!equals_word(name.substr(0, open), "BODY") && !equals_word(name.substr(0, open), "BINARY")) return false;
  const auto window = name.substr(open + 2);
  if (window.empty()) return true;
  if (!window.starts_with('<')) return false;
  origin = Cursor(window.substr(1)).number();
  return origin.has_value();
}

// "BODY[HEADER.FIELDS (MESSAGE-ID)]", with the origin of its window behind it.
bool is_message_id_item(std::string_view name) {
  constexpr std::string_view kItem = "BODY[HEADER.FIELDS (MESSAGE-ID)]";
  return name.size() >= kItem.size() && equals_word(name.substr(0, kItem.size()), kItem);
}

bool take_body(FetchData& fetch, Cursor& cursor) {
  const auto value = cursor.string();
  if (!value) return false;
  switch (value->form) {
    case ImapString::Form::kNil:
      fetch.body = FetchData::Body::kNil;
      break;
    case ImapString::Form::kStreamed:
      fetch.body = FetchData::Body::kStreamed;
      fetch.body_size = value->size;
      break;
    default:
      fetch.body = FetchData::Body::kInline;
      fetch.body_text = *value;
      fetch.body_size = value->size;
  }
  return true;
}

bool take_date(FetchData& fetch, Cursor& cursor) {
  const auto value = cursor.string();
  if (!value) return false;
  fetch.internal_date_us = parse_internal_date(value->raw);
  return true;
}

// permsg-modsequence = "(" mod-sequence-value ")"
bool take_modseq(FetchData& fetch, Cursor& cursor) {
  const bool list = cursor.take('(');
  const auto value = cursor.number();
  if (value) fetch.modseq = ModSeq(*value);
  return value && (!list || cursor.take(')'));
}

// fetch-emailid-resp = "EMAILID" SP "(" objectid ")"; thread: the same or NIL. Gmail's ids are bare numbers.
bool take_id(std::string_view& id, Cursor& cursor) {
  if (cursor.peek() == '(') {
    const auto inner = cursor.list_inside();
    // Cyrus without conversations says "(NIL)".
    if (inner && !equals_word(*inner, "NIL")) id = *inner;
    return inner.has_value();
  }
  const auto value = cursor.string();
  if (value && !value->nil()) id = value->raw;
  return value.has_value();
}

// UID 0 or beyond 32 bits makes the response useless but not the connection.
bool take_uid(FetchData& fetch, Cursor& cursor) {
  const auto value = cursor.number();
  if (value) fetch.uid = Uid::from(*value);
  return value.has_value();
}

// msg-att-dynamic and msg-att-static, RFC 9051 section 7.5.2
bool take_item(FetchData& fetch, std::string_view name, Cursor& cursor) {
  if (equals_word(name, "UID")) return take_uid(fetch, cursor);
  if (equals_word(name, "FLAGS")) {
    fetch.flags = cursor.list_inside();
    return fetch.flags.has_value();
  }
  if (equals_word(name, "INTERNALDATE")) return take_date(fetch, cursor);
  if (equals_word(name, "RFC822.SIZE")) {
    fetch.size = cursor.number();
    return fetch.size || cursor.skip_value();
  }
  if (equals_word(name, "MODSEQ")) return take_modseq(fetch, cursor);
  if (equals_word(name, "EMAILID")) return take_id(fetch.email_id, cursor);
  if (equals_word(name, "THREADID")) return take_id(fetch.thread_id, cursor);
  if (equals_word(name, "X-GM-MSGID")) return take_id(fetch.gm_msgid, cursor);
  if (equals_word(name, "X-GM-THRID")) return take_id(fetch.gm_thrid, cursor);
  if (equals_word(name, "X-GM-LABELS")) {
    const auto labels = cursor.list_inside();
    if (labels) fetch.gm_labels = *labels;
    return labels.has_value();
  }
  if (is_message_id_item(name)) {
    fetch.message_id_field = cursor.string();
    return fetch.message_id_field.has_value();
  }
  if (is_message_item(name, fetch.body_origin)) return take_body(fetch, cursor);
  return cursor.skip_value();
}

}  // namespace

// message-data = nz-number SP "FETCH" SP msg-att; msg-att = "(" item SP value *(SP item SP value) ")"
Response parse_fetch(std::uint64_t sequence, Cursor cursor, std::string_view text) {
  FetchData fetch;
  fetch.sequence = sequence;
  cursor.take_spaces();
  if (!cursor.take('(')) return Unknown{text, "FETCH without a list"};
  for (cursor.take_spaces(); !cursor.take(')'); cursor.take_spaces()) {
    const auto name = cursor.item_name();
    cursor.take_spaces();
    if (name.empty() || !take_item(fetch, name, cursor)) return Unknown{text, "FETCH with a bad item"};
  }
  return fetch;
}

bool ends_in_message_literal(std::string_view text) {
  std::optional<std::uint64_t> origin;
  return ends_in_message_literal(text, origin);
}

bool ends_in_message_literal(std::string_view text, std::optional<std::uint64_t>& origin) {
  const auto brace = text.rfind('{');
  if (brace == std::string_view::npos || !text.starts_with("* ")) return false;
  auto head = text.substr(0, brace);
  if (head.ends_with('~')) head.remove_suffix(1);
  while (head.ends_with(' ')) head.remove_suffix(1);
  // The item name is the last word: no message item holds a blank.
  const auto start = head.find_last_of(" (");
  if (start == std::string_view::npos) return false;
  if (!is_message_item(head.substr(start + 1), origin)) return false;
  Cursor cursor(head);
  cursor.take('*');
  cursor.take_spaces();
  return cursor.number() && cursor.take_spaces() && cursor.take_word("FETCH");
}

FetchData head_of_message_literal(std::string_view text) {
  FetchData head;
  Cursor cursor(text);
  cursor.take('*');
  cursor.take_spaces();
  head.sequence = cursor.number().value_or(0);
  cursor.take_spaces();
  if (!cursor.take_word("FETCH")) return head;
  cursor.take_spaces();
  cursor.take('(');
  for (cursor.take_spaces(); !cursor.at_end(); cursor.take_spaces()) {
    const auto name = cursor.item_name();
    cursor.take_spaces();
    if (name.empty() || is_message_item(name, head.body_origin) || !take_item(head, name, cursor)) break;
  }
  return head;
}

}  // namespace haulier::imap
