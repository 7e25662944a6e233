// The second half of the reader: text, HTML and attachments.
#include <algorithm>

#include "mime/ascii.hpp"
#include "mime/byte_scan.hpp"
#include "mime/header_fields.hpp"
#include "mime/html_text.hpp"
#include "mime/reader.hpp"
#include "mime/utf8.hpp"

namespace haulier::mime {

namespace {

constexpr std::size_t kPreviewCharacters = 256;
constexpr std::size_t kUuWindow = 8u << 20;  // uuencoded files are looked for in the first 8 MiB of a text
constexpr std::size_t kMaxUuFiles = 100;
constexpr std::size_t kMaxCids = 10000;

bool is_blank(std::string_view text) { return std::all_of(text.begin(), text.end(), is_space); }

// charset=... of a <meta> in the first kilobytes of HTML that no header labels.
std::string_view meta_charset(std::string_view html) {
  html = html.substr(0, 2048);
  const std::size_t found = find_ignoring_case(html, "charset=");
  if (found == std::string_view::npos) return {};
  std::string_view rest = html.substr(found + 8);
  while (!rest.empty() && (rest.front() == '"' || rest.front() == '\'')) rest.remove_prefix(1);
  return rest.substr(0, rest.find_first_of("\"' />;\r\n"));
}

// What `cid:` links of the HTML point to, sorted; percent escapes undone.
std::vector<std::string> referenced_cids(std::string_view html) {
  std::vector<std::string> cids;
  for (std::size_t colon = html.find(':'); colon != std::string_view::npos && cids.size() < kMaxCids;
       colon = html.find(':', colon + 1)) {
    if (colon < 3 || !equals_ignoring_case(html.substr(colon - 3, 3), "cid")) continue;
    constexpr std::size_t kLongestId = 998;
    const std::string_view rest = html.substr(colon + 1, kLongestId);
    const std::string_view id = rest.substr(0, rest.find_first_of("\"'> )\r\n\t;"));
    std::string decoded;
    for (std::size_t i = 0; i < id.size(); ++i) {
      const bool escape = id[i] == '%' && i + 2 < id.size() && hex_value(id[i + 1]) >= 0 && hex_value(id[i + 2]) >= 0;
      decoded.push_back(escape ? static_cast<char>(hex_value(id[i + 1]) * 16 + hex_value(id[i + 2])) : id[i]);
      if (escape) i += 2;
    }
    cids.push_back(std::move(decoded));
  }
  std::sort(cids.begin(), cids.end());
  return cids;
}

// Reports to people and machines about mail; nobody calls them attachments.
bool is_report_part(std::string_view type) {
  return type == "message/delivery-status" || type == "message/disposition-notification" ||
         type == "message/feedback-report" || type == "text/rfc822-headers" || type == "message/global-delivery-status";
}

}  // namespace

// The part after its transfer encoding, at most text_bytes of it; valid until the next call.
std::string_view Reader::part_bytes(const Part& part) {
  const std::string_view body = part.body.in(message_);
  if (is_identity(part.encoding)) {
    if (body.size() > limits_.text_bytes) email_.truncated = true;
    return body.substr(0, limits_.text_bytes);
  }
  decoded_.clear();
  TransferDecoder decoder(part.encoding);
  decode_body(body, decoder, part.encoding, block_, [&](std::string_view piece) {
    const std::size_t room = limits_.text_bytes - decoded_.size();
    decoded_.append(piece.substr(0, room));
    if (piece.size() <= room) return true;
    email_.truncated = true;
    return false;
  });
  const std::uint64_t at = part.body.begin;
  if (decoder.base64().dirty()) email_.defects.add(DefectCode::base64_dirty, at);
  if (decoder.base64().truncated()) email_.defects.add(DefectCode::base64_truncated, at);
  if (decoder.base64().after_padding()) email_.defects.add(DefectCode::base64_after_padding, at);
  if (decoder.quoted_printable_invalid()) email_.defects.add(DefectCode::quoted_printable_invalid, at);
  if (!email_.truncated && decoder.uuencode_truncated()) email_.defects.add(DefectCode::uuencode_truncated, at);
  return decoded_;
}

// Converts a text part, with line ends as LF and without NUL; at most text_bytes are in `out` afterwards.
void Reader::append_converted(std::string& out, std::string_view bytes, std::uint32_t index) {
  const Part& part = email_.structure.parts[index];
  const PartDetails& details = email_.details[index];
  std::string_view label = details.charset;
  if (label.empty() && part.media_type == "text/html") label = meta_charset(bytes);
  std::string converted;
  std::string& target = out.empty() ? out : converted;
  const Conversion done = charsets_.append(target, bytes, label);
  const std::uint64_t at = part.body.begin;
  if (done.unknown_label) email_.defects.add(DefectCode::unknown_charset, at);
  if (done.mismatch) email_.defects.add(DefectCode::charset_mismatch, at);
  if (done.invalid != 0) email_.defects.add(DefectCode::charset_invalid_bytes, at);
  if (email_.charset_used.empty()) {
    email_.charset_declared = details.charset;
    email_.charset_used = done.used;
  }
  use_lf(target, decoded_);  // where `bytes` may lie, which nobody needs any more
  if (replace_nul(target)) email_.defects.add(DefectCode::nul_replaced, at);
  if (details.flowed) unflow(target, details.delete_space);
  if (&target == &converted) {
    if (!out.ends_with('\n')) out.push_back('\n');
    out.append(converted);
  }
  if (out.size() > limits_.text_bytes) {
    out.resize(cut_utf8(out, limits_.text_bytes).size());
    email_.truncated = true;
  }
}

void Reader::read_html_bodies() {
  for (const std::uint32_t index : email_.bodies.html) {
    const Part& part = email_.structure.parts[index];
    if (part.media_type != "text/html" || email_.html.size() >= limits_.text_bytes || out_of_time()) continue;
    const std::size_t begin = email_.html.size();
    append_converted(email_.html, part_bytes(part), index);
    html_slices_.push_back({index, begin, std::max(begin, email_.html.size())});
    email_.has_html = true;
  }
}

// A plain part, without the uuencoded files in it, which become attachments.
void Reader::read_plain_part(std::uint32_t index) {
  const Part& part = email_.structure.parts[index];
  std::string_view bytes = part_bytes(part);
  uu_blocks_.clear();
  if (is_identity(part.encoding) && email_.structure.line_end == '\n') {
    const std::string_view window = part.body.in(message_).substr(0, kUuWindow);
    if (may_hold_encoded_file(window)) {
      find_uu_blocks(window, kMaxUuFiles - std::min(kMaxUuFiles, uu_files_.size()), uu_blocks_);
    }
  }
  if (!uu_blocks_.empty()) {
    decoded_.clear();
    std::size_t from = 0;
    std::size_t number = 0;
    for (const UuBlock& block : uu_blocks_) {
      if (block.begin > from) decoded_.append(bytes.substr(std::min(from, bytes.size()), block.begin - from));
      from = block.end;
      uu_files_.push_back({index, ++number, block});
    }
    decoded_.append(bytes.substr(std::min(from, bytes.size())));
    bytes = decoded_;
  }
  append_converted(email_.text, bytes, index);
}

void Reader::text_from_html(std::string_view html) {
  if (!email_.text.empty() && !email_.text.ends_with('\n')) email_.text.push_back('\n');
  const std::size_t room = limits_.text_bytes - std::min(limits_.text_bytes, email_.text.size());
  const HtmlTextResult done = append_html_text(email_.text, html, {room, limits_.html_tokens});
  if (done.cut) email_.truncated = true;
  if (done.tag_limit) email_.defects.add(DefectCode::html_limit, 0);
  email_.text_source = TextSource::html;
}

// An HTML part that stands in the text list, because there is no plain text for it.
void Reader::read_html_as_text(std::uint32_t index) {
  const auto known = std::find_if(html_slices_.begin(), html_slices_.end(),
                                  [&](const HtmlSlice& slice) { return slice.part == index; });
  if (known != html_slices_.end()) {
    text_from_html(std::string_view(email_.html).substr(known->begin, known->end - known->begin));
    return;
  }
  std::string html;
  append_converted(html, part_bytes(email_.structure.parts[index]), index);
  text_from_html(html);
}

void Reader::read_text_bodies() {
  for (const std::uint32_t index : email_.bodies.text) {
    const std::string_view type = email_.structure.parts[index].media_type;
    if (email_.text.size() >= limits_.text_bytes || out_of_time()) break;
    if (type == "text/html") {
      read_html_as_text(index);
    } else if (type == "text/plain") {
      read_plain_part(index);
      if (email_.text_source == TextSource::none) email_.text_source = TextSource::plain;
    }
  }
  if (email_.text_source == TextSource::plain && email_.has_html && is_blank(email_.text) && !out_of_time()) {
    email_.text.clear();
    text_from_html(email_.html);
  }
  if (email_.truncated) email_.defects.add(DefectCode::text_truncated, 0);
}

void Reader::make_preview() { append_preview(email_.preview, email_.text, kPreviewCharacters); }

Role Reader::role_of(std::uint32_t index, bool shown) const {
  const Part& part = email_.structure.parts[index];
  const PartDetails& details = email_.details[index];
  const std::string_view type = part.media_type;
  const std::string_view above =
      part.parent == Part::kNone ? std::string_view() : email_.structure.parts[part.parent].media_type;
  if (part.kind == PartKind::message || type == "message/rfc822" || type == "message/global")
    return Role::nested_message;
  if (type == "text/calendar" || type == "application/ics") return Role::calendar;
  if (type == "application/pkcs7-signature" || type == "application/x-pkcs7-signature" ||
      type == "application/pgp-signature") {
    return Role::signature;
  }
  if (type == "application/pgp-encrypted" || above == "multipart/encrypted") return Role::encrypted;
  if (type == "application/pkcs7-mime" || type == "application/x-pkcs7-mime") {
    const bool holds_clear = equals_ignoring_case(details.smime_type, "signed-data") ||
                             equals_ignoring_case(details.smime_type, "certs-only");
    return holds_clear ? Role::attachment : Role::encrypted;
  }
  if (shown) return Role::inline_shown;
  const bool unnamed = details.file_name.empty() && details.disposition != "attachment";
  if (unnamed && is_report_part(type)) return Role::inline_shown;
  // Another form of the body (AMP, enriched text), not something that was attached.
  if (unnamed && above == "multipart/alternative" && type.starts_with("text/")) return Role::inline_shown;
  return Role::attachment;
}

void Reader::add_attachment(std::uint32_t index, const std::vector<std::string>& cids) {
  const Part& part = email_.structure.parts[index];
  const PartDetails& details = email_.details[index];
  Attachment row;
  row.path = part.path.empty() ? "1" : part.path;
  row.cid_referenced =
      !details.content_id.empty() && std::binary_search(cids.begin(), cids.end(), details.content_id, std::less<>());
  row.role = role_of(index, row.cid_referenced);
  row.file_name = details.file_name;
  row.file_name_raw = details.file_name_raw;
  row.file_name_source = details.file_name.empty() ? FileNameSource::synthesised : details.file_name_source;
  row.file_name_safe = file_names_.make(details.file_name, row.path, part.media_type);
  row.media_type = part.media_type;
  row.charset = details.charset;
  row.disposition = details.disposition;
  row.content_id = details.content_id;
  row.encoding = part.encoding;
  row.content = part.body;
  if (part.media_type == "message/external-body") row.defect = {DefectCode::external_body, part.header.begin};
  if (part.encoding == TransferEncoding::unknown) row.defect = {DefectCode::unknown_encoding, part.header.begin};
  if (row.role == Role::nested_message && !is_identity(part.encoding)) {
    row.defect = {DefectCode::encoded_message, part.header.begin};
  }
  email_.attachments.push_back(std::move(row));
}

void Reader::add_uu_block(const Part& part, const UuBlock& block, std::uint64_t offset, std::size_t number) {
  Attachment row;
  scratch_.assign(part.path.empty() ? std::string_view("1") : part.path)
      .append(block.encoding == TransferEncoding::yenc ? ".y" : ".uu")
      .append(std::to_string(number));
  row.path = email_.structure.arena.store(scratch_);
  row.file_name_raw = one_line(block.file_name);
  row.file_name = decoded_line(block.file_name, offset + block.begin);
  row.file_name_source = row.file_name.empty() ? FileNameSource::synthesised : FileNameSource::name;
  row.media_type = "application/octet-stream";
  row.file_name_safe = file_names_.make(row.file_name, row.path, row.media_type);
  row.encoding = block.encoding;
  row.content = {offset + block.begin, offset + block.end};
  email_.attachments.push_back(std::move(row));
}

void Reader::list_attachments() {
  const auto& parts = email_.structure.parts;
  std::vector<std::uint32_t> rows = email_.bodies.attachments;
  // Pictures, sound and films that JMAP counts as body are rows, too.
  for (const auto* list : {&email_.bodies.text, &email_.bodies.html}) {
    for (const std::uint32_t index : *list) {
      if (!parts[index].media_type.starts_with("text/")) rows.push_back(index);
    }
  }
  std::sort(rows.begin(), rows.end());
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  const bool has_ids =
      std::any_of(rows.begin(), rows.end(), [&](std::uint32_t i) { return !email_.details[i].content_id.empty(); });
  const std::vector<std::string> cids = has_ids ? referenced_cids(email_.html) : std::vector<std::string>();
  std::size_t file = 0;
  const auto files_before = [&](std::uint32_t index) {
    for (; file < uu_files_.size() && uu_files_[file].part < index; ++file) {
      const Part& part = parts[uu_files_[file].part];
      add_uu_block(part, uu_files_[file].block, part.body.begin, uu_files_[file].number);
    }
  };
  for (const std::uint32_t index : rows) {
    files_before(index);
    add_attachment(index, cids);
  }
  files_before(Part::kNone);
}

void Reader::count_attachments() {
  for (const Attachment& row : email_.attachments) {
    if (row.role == Role::attachment || row.role == Role::tnef_child) ++email_.attachment_count;
    if (row.role == Role::inline_shown) ++email_.inline_count;
    if (row.defect) email_.defects.add(row.defect->code, row.defect->at);
  }
}

void Reader::read_protection() {
  for (std::uint32_t i = 0; i < email_.structure.parts.size(); ++i) {
    const Part& part = email_.structure.parts[i];
    if (part.message_depth != 0) continue;
    if (part.media_type == "multipart/signed") email_.is_signed = true;
    if (part.media_type == "multipart/encrypted") email_.is_encrypted = true;
    if (part.media_type != "application/pkcs7-mime" && part.media_type != "application/x-pkcs7-mime") continue;
    if (equals_ignoring_case(email_.details[i].smime_type, "signed-data"))
      email_.is_signed = true;
    else if (!equals_ignoring_case(email_.details[i].smime_type, "certs-only"))
      email_.is_encrypted = true;
  }
  const std::string_view head = trim(std::string_view(email_.text).substr(0, 200));
  if (head.starts_with("-----BEGIN PGP MESSAGE-----")) email_.is_encrypted = true;
  if (head.starts_with("-----BEGIN PGP SIGNED MESSAGE-----")) email_.is_signed = true;
}

}  // namespace haulier::mime
