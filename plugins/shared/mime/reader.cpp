#include "mime/reader.hpp"

#include <algorithm>
#include <cstring>

#include "mime/ascii.hpp"
#include "mime/byte_scan.hpp"
#include "mime/header_fields.hpp"
#include "mime/html_text.hpp"
#include "mime/message_ids.hpp"
#include "mime/subject.hpp"
#include "mime/utf8.hpp"

namespace haulier::mime {

namespace {

constexpr std::size_t kMaxIdBytes = 998;      // RFC 5322 section 2.1.1: no line is longer
constexpr std::size_t kKeepBytes = 1u << 20;  // buffers larger than this are given back after their message

void shrink(std::string& buffer) {
  if (buffer.capacity() > kKeepBytes) std::string().swap(buffer);
  buffer.clear();
}

}  // namespace

std::string_view name_of(Role role) {
  static constexpr std::string_view kNames[] = {"attachment", "inline",    "nested_message", "calendar",
                                                "signature",  "encrypted", "tnef_container", "tnef_child"};
  return kNames[static_cast<std::size_t>(role)];
}

std::string_view name_of(TextSource source) {
  static constexpr std::string_view kNames[] = {"none", "plain", "html", "tnef"};
  return kNames[static_cast<std::size_t>(source)];
}

std::string_view name_of(Importance importance) {
  static constexpr std::string_view kNames[] = {"normal", "high", "low"};
  return kNames[static_cast<std::size_t>(importance)];
}

Reader::Reader(const Limits& limits)
    : limits_(limits),
      header_text_(charsets_, limits_, email_.defects),
      addresses_(header_text_, email_.structure.arena, limits_, email_.defects),
      details_(header_text_, charsets_, limits_, email_.defects),
      facts_(charsets_, limits_) {}

const Email& Reader::read(std::string_view message, const Progress& progress, const Expired& expired) {
  clear();
  message_ = message;
  expired_ = &expired;
  scan(message, limits_, email_.structure, email_.defects, progress);
  choose_hint();
  read_headers();
  read_details();
  select_bodies(email_.structure.parts, email_.details, email_.bodies);
  read_html_bodies();
  read_text_bodies();
  list_attachments();
  read_protection();
  open_containers();
  count_attachments();
  make_preview();
  if (limits_.facts) facts_.read(message, email_, out_of_time());
  return email_;
}

bool Reader::out_of_time() {
  if (email_.defects.has(DefectCode::time_limit)) return true;
  if (!*expired_ || !(*expired_)()) return false;
  email_.defects.add(DefectCode::time_limit, 0);
  return true;
}

void Reader::clear() {
  charsets_.begin_message();
  email_.details.clear();
  email_.defects.clear();
  email_.message_id = email_.date_raw = email_.from_raw = email_.subject = email_.subject_base = {};
  email_.charset_declared = email_.charset_used = email_.list_id = email_.auto_submitted = {};
  for (auto* ids : {&email_.in_reply_to, &email_.references}) ids->clear();
  for (auto* list : {&email_.from, &email_.sender, &email_.reply_to, &email_.to, &email_.cc, &email_.bcc})
    list->clear();
  email_.sent.reset();
  email_.date_source = DateSource::none;
  email_.has_subject = email_.is_reply = email_.is_forward = email_.has_html = email_.truncated = false;
  email_.is_signed = email_.is_encrypted = false;
  for (auto* buffer : {&email_.text, &email_.html, &email_.preview, &decoded_, &scratch_}) shrink(*buffer);
  email_.text_source = TextSource::none;
  email_.attachments.clear();
  email_.attachment_count = email_.inline_count = 0;
  email_.importance = Importance::normal;
  email_.headers.clear();
  file_names_.clear();
  unpacked_.clear();
  uu_files_.clear();
  html_slices_.clear();
  hint_ = oldest_received_ = {};
}

// Raw 8-bit headers are most often in the charset that the text parts declare; the first one decides.
void Reader::choose_hint() {
  Parameters parameters;
  for (const Part& part : email_.structure.parts) {
    if (part.kind != PartKind::leaf || !part.media_type.starts_with("text/") || part.content_type.empty()) continue;
    parameters.parse(part.content_type, email_.structure.arena, limits_);
    const auto charset = parameters.find("charset");
    if (!charset.found) continue;
    hint_ = charset.bytes;
    break;
  }
  header_text_.set_hint(hint_);
}

void Reader::read_details() {
  // The root's are there already: read_headers went through its fields.
  for (std::size_t i = 1; i < email_.structure.parts.size(); ++i) {
    const Part& part = email_.structure.parts[i];
    const bool ours = part.message_depth == 0;
    email_.details.push_back(ours ? details_.read(message_, part, email_.structure, hint_) : PartDetails{});
  }
}

// `value` on one line, with blanks for tabs; empty when it holds a NUL or anything beyond ASCII.
std::string_view Reader::unfolded_ascii(std::string_view value) {
  Arena& arena = email_.structure.arena;
  char* const begin = arena.allocate(value.size());
  char* to = begin;
  for (std::size_t at = 0; at < value.size();) {
    const std::size_t plain = printable_prefix(value.substr(at));
    if (plain != 0) std::memcpy(to, value.data() + at, plain);
    to += plain;
    at += plain;
    if (at == value.size()) break;
    const char c = value[at];
    if (c == '\0' || static_cast<unsigned char>(c) >= 0x80) {
      arena.give_back(value.size());
      return {};
    }
    if (c == '\r' || c == '\n') {
      while (at < value.size() && is_space(value[at])) ++at;
      if (at != value.size()) *to++ = ' ';
    } else {
      *to++ = c == '\t' ? ' ' : c;
      ++at;
    }
  }
  const auto size = static_cast<std::size_t>(to - begin);
  arena.give_back(value.size() - size);
  return {begin, size};
}

// A header value as one line of UTF-8, not decoded.
std::string_view Reader::one_line(std::string_view value) {
  if (is_printable_ascii(value)) return value;
  if (const std::string_view line = unfolded_ascii(value); !line.empty()) return line;
  std::string line;
  append_unfolded(line, value);
  std::replace(line.begin(), line.end(), '\t', ' ');
  if (is_ascii(line)) {
    replace_nul(line);
    return email_.structure.arena.store(line);
  }
  scratch_.clear();
  charsets_.append_unlabelled(scratch_, line, hint_);
  replace_nul(scratch_);
  return email_.structure.arena.store(scratch_);
}

std::string_view Reader::decoded_line(std::string_view value, std::uint64_t at) {
  if (is_printable_ascii(value) && !has_encoded_word(value)) return value;
  scratch_.clear();
  header_text_.append(scratch_, value, at);
  return email_.structure.arena.store(trim(scratch_));
}

void Reader::read_headers() {
  const Range range = email_.structure.parts.front().header;
  if (range.size() > limits_.header_block_bytes) {
    email_.defects.add(DefectCode::header_limit, range.begin + limits_.header_block_bytes);
  }
  PartFields fields(message_, email_.structure, email_.structure.parts.front(), limits_);
  HeaderField field;
  details_.begin(email_.structure.parts.front(), email_.structure, hint_);
  while (fields.next(field)) {
    const auto at = static_cast<std::uint64_t>(field.name.data() - message_.data());
    if (email_.headers.size() >= limits_.header_count || field.value.size() > limits_.header_bytes) {
      email_.defects.add(DefectCode::header_limit, at);
      if (email_.headers.size() >= limits_.header_count) break;
      field.value = field.value.substr(0, limits_.header_bytes);
    }
    const std::string_view line = one_line(field.value);
    // A NUL makes the line another one; only then it is looked for.
    if (line.data() != field.value.data() && field.value.find('\0') != std::string_view::npos) {
      email_.defects.add(DefectCode::nul_replaced, at);
    }
    email_.headers.push_back({field.name, line});
    details_.field(field);
    read_field(field, at);
  }
  email_.details.push_back(details_.end());
  read_date();
  if (email_.message_id.empty()) email_.defects.add(DefectCode::message_id_missing, 0);
}

// Single fields of RFC 5322 section 3.6: the first one counts, the others are a defect.
bool Reader::first_of(std::string_view known, std::uint64_t at) {
  if (known.data() == nullptr) return true;
  email_.defects.add(DefectCode::duplicate_header, at);
  return false;
}

void Reader::read_addresses(std::vector<Address>& target, const HeaderField& field, std::uint64_t at, bool merge) {
  if (!target.empty()) {
    email_.defects.add(DefectCode::duplicate_header, at);
    if (!merge) return;
  }
  addresses_.read(field.value, at, target);
}

void Reader::read_ids(std::vector<std::string_view>& target, std::string_view value, std::uint64_t at) {
  if (!target.empty()) {
    email_.defects.add(DefectCode::duplicate_header, at);
    return;
  }
  ids_.clear();
  read_message_ids(value, limits_.addresses, ids_);
  for (const std::string_view id : ids_) target.push_back(clean_id(id));
}

// RFC 5322 section 4.5.4 allows blanks and comments inside an identifier; they are no part of it.
std::string_view Reader::clean_id(std::string_view id) {
  const std::string_view line = cut_utf8(one_line(id), kMaxIdBytes);
  if (line.find(' ') == std::string_view::npos || line.find('@') == std::string_view::npos) return line;
  std::string compact;
  std::size_t depth = 0;
  for (const char c : line) {
    if (c == '(') ++depth;
    if (depth == 0 && c != ' ') compact.push_back(c);
    if (c == ')' && depth != 0) --depth;
  }
  return depth != 0 || compact.empty() ? line : email_.structure.arena.store(compact);
}

void Reader::read_subject(std::string_view value, std::uint64_t at) {
  if (email_.has_subject) {
    email_.defects.add(DefectCode::duplicate_header, at);
    return;
  }
  email_.has_subject = true;
  email_.subject = decoded_line(value, at);
  const BaseSubject base = base_subject(email_.subject);
  email_.subject_base = base.base;
  email_.is_reply = base.is_reply;
  email_.is_forward = base.is_forward;
}

// RFC 2919: the identifier stands in angle brackets behind an optional description.
void Reader::read_list_id(std::string_view value, std::uint64_t at) {
  if (!email_.list_id.empty()) return;
  const std::string_view line = decoded_line(value, at);
  const std::size_t open = line.rfind('<');
  const std::size_t close = open == std::string_view::npos ? open : line.find('>', open);
  email_.list_id = close == std::string_view::npos ? line : trim(line.substr(open + 1, close - open - 1));
}

// Fields of people and identity; true when `field` was one of them.
bool Reader::read_envelope_field(const HeaderField& field, std::uint64_t at) {
  const auto is = [&](std::string_view name) { return equals_ignoring_case(field.name, name); };
  if (is("from")) {
    if (!first_of(email_.from_raw, at)) return true;
    email_.from_raw = one_line(field.value);
    read_addresses(email_.from, field, at, false);
  } else if (is("sender")) {
    read_addresses(email_.sender, field, at, false);
  } else if (is("to")) {
    read_addresses(email_.to, field, at, true);
  } else if (is("cc")) {
    read_addresses(email_.cc, field, at, true);
  } else if (is("bcc")) {
    read_addresses(email_.bcc, field, at, true);
  } else if (is("reply-to")) {
    read_addresses(email_.reply_to, field, at, true);
  } else if (is("subject")) {
    read_subject(field.value, at);
  } else if (is("date")) {
    if (first_of(email_.date_raw, at)) email_.date_raw = one_line(field.value);
  } else if (is("message-id")) {
    if (!first_of(email_.message_id, at)) return true;
    ids_.clear();
    read_message_ids(field.value, 1, ids_);
    if (!ids_.empty()) email_.message_id = clean_id(ids_.front());
  } else if (is("in-reply-to")) {
    read_ids(email_.in_reply_to, field.value, at);
  } else if (is("references")) {
    read_ids(email_.references, field.value, at);
  } else {
    return false;
  }
  return true;
}

// X-Priority and its like, folded into three; the first that says something counts.
void Reader::read_importance(const HeaderField& field) {
  if (email_.importance != Importance::normal || field.value.empty()) return;
  const auto says = [&](std::string_view word) { return starts_with_ignoring_case(field.value, word); };
  const char first = field.value[0];
  if (equals_ignoring_case(field.name, "importance") || equals_ignoring_case(field.name, "x-msmail-priority")) {
    if (says("high")) email_.importance = Importance::high;
    if (says("low")) email_.importance = Importance::low;
  } else if (equals_ignoring_case(field.name, "x-priority")) {
    if (first == '1' || first == '2' || says("high")) email_.importance = Importance::high;
    if (first == '4' || first == '5' || says("low")) email_.importance = Importance::low;
  } else if (equals_ignoring_case(field.name, "priority")) {
    if (says("urgent")) email_.importance = Importance::high;
    if (says("non-urgent")) email_.importance = Importance::low;
  }
}

void Reader::read_field(const HeaderField& field, std::uint64_t at) {
  // By the first letter, because most fields of a mail are none of these.
  switch (to_lower(field.name[0])) {
    case 'a':
      if (equals_ignoring_case(field.name, "auto-submitted") && email_.auto_submitted.empty()) {
        email_.auto_submitted = trim(one_line(field.value.substr(0, field.value.find_first_of(";("))));
      }
      break;
    case 'l':
      if (equals_ignoring_case(field.name, "list-id")) read_list_id(field.value, at);
      break;
    case 'p':
    case 'x':
      read_importance(field);
      break;
    case 'i':
      if (!read_envelope_field(field, at)) read_importance(field);
      break;
    case 'r':
      if (equals_ignoring_case(field.name, "received"))
        oldest_received_ = field.value;
      else
        read_envelope_field(field, at);
      break;
    case 'b':
    case 'c':
    case 'd':
    case 'f':
    case 'm':
    case 's':
    case 't':
      read_envelope_field(field, at);
      break;
    default:
      break;
  }
}

void Reader::read_date() {
  if (email_.date_raw.empty()) {
    email_.defects.add(DefectCode::date_missing, 0);
  } else if ((email_.sent = parse_date(email_.date_raw))) {
    email_.date_source = DateSource::header;
    return;
  } else {
    email_.defects.add(DefectCode::date_invalid, 0);
  }
  // The last Received field is the first hop, the one next to the sending.
  if ((email_.sent = parse_received_date(oldest_received_))) email_.date_source = DateSource::received;
}

}  // namespace haulier::mime
