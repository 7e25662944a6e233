#include "email_record.hpp"

#include <algorithm>
#include <span>

#include "mime/email_json.hpp"
#include "mime/facts_json.hpp"
#include "streams.hpp"

namespace haulier::normalize_mime {

namespace {

// Empty means missing.
void optional_text(RecordBuilder& record, std::uint32_t field, std::string_view text) {
  if (!text.empty()) record.text(field, text);
}

}  // namespace

template <class Append>
void EmailRecordWriter::json(RecordBuilder& record, std::uint32_t field, Append&& append) {
  json_.clear();
  append(json_);
  record.json(field, json_);
}

void EmailRecordWriter::write_ids(RecordBuilder& record, const mime::Email& email, const EmailIdentity& identity) {
  record.text(emails::id, identity.id).text(emails::account, identity.account);
  if (identity.server_id) record.text(emails::server_id, *identity.server_id);
  if (identity.thread_server_id) record.text(emails::thread_server_id, *identity.thread_server_id);
  record.text(emails::raw_sha256, identity.raw_sha256);
  record.integer(emails::raw_size, static_cast<std::int64_t>(identity.raw_size));
  const bool generated = email.message_id.empty();
  std::string made;
  if (generated) made.append(identity.raw_sha256).append("@generated");
  const std::string_view message_id = generated ? made : email.message_id;
  record.text(emails::message_id, message_id).boolean(emails::message_id_generated, generated);
  json(record, emails::in_reply_to, [&](std::string& out) { mime::append_strings_json(out, email.in_reply_to); });
  json(record, emails::reference_ids, [&](std::string& out) { mime::append_strings_json(out, email.references); });
  const std::string_view thread = !email.references.empty()    ? email.references.front()
                                  : !email.in_reply_to.empty() ? email.in_reply_to.front()
                                                               : message_id;
  record.text(emails::thread_key, thread);
}

void EmailRecordWriter::write_date(RecordBuilder& record, const mime::Email& email, const EmailIdentity& identity) {
  optional_text(record, emails::date_raw, email.date_raw);
  if (email.sent) {
    record.timestamp(emails::sent_at, email.sent->utc_us).integer(emails::sent_offset_min, email.sent->offset_min);
    record.text_view(emails::sent_source, email.date_source == mime::DateSource::header ? "header" : "received");
  } else if (identity.internal_date_us) {
    record.timestamp(emails::sent_at, *identity.internal_date_us).text_view(emails::sent_source, "internal");
  } else {
    record.text_view(emails::sent_source, "none");
  }
}

void EmailRecordWriter::write_people(RecordBuilder& record, const mime::Email& email) {
  const auto first = std::find_if(email.from.begin(), email.from.end(),
                                  [](const mime::Address& address) { return !address.is_group; });
  if (first != email.from.end()) {
    optional_text(record, emails::from_address, first->address);
    optional_text(record, emails::from_name, first->name);
  }
  const auto list = [&](std::uint32_t field, std::span<const mime::Address> addresses) {
    if (addresses.empty())
      record.json_view(field, "[]");
    else
      json(record, field, [&](std::string& out) { mime::append_addresses_json(out, addresses); });
  };
  list(emails::from_addresses, email.from);
  list(emails::sender_addresses, email.sender);
  list(emails::reply_to_addresses, email.reply_to);
  list(emails::to_addresses, email.to);
  list(emails::cc_addresses, email.cc);
  list(emails::bcc_addresses, email.bcc);
  optional_text(record, emails::from_raw, email.from_raw);
}

void EmailRecordWriter::write_body(RecordBuilder& record, const mime::Email& email) {
  if (email.has_subject) record.text(emails::subject, email.subject).text(emails::subject_base, email.subject_base);
  if (email.text_source != mime::TextSource::none) record.text(emails::text, email.text);
  record.text_view(emails::text_source, mime::name_of(email.text_source));
  record.boolean(emails::text_truncated, email.truncated);
  if (email.has_html) record.text(emails::html, email.html);
  optional_text(record, emails::preview, email.preview);
  optional_text(record, emails::charset_declared, email.charset_declared);
  optional_text(record, emails::charset_used, email.charset_used);
}

void EmailRecordWriter::write_structure(RecordBuilder& record, const mime::Email& email) {
  record.boolean(emails::has_attachments, email.attachment_count != 0);
  record.integer(emails::attachment_count, static_cast<std::int64_t>(email.attachment_count));
  record.integer(emails::inline_count, static_cast<std::int64_t>(email.inline_count));
  record.integer(emails::part_count, static_cast<std::int64_t>(email.structure.parts.size()));
  record.boolean(emails::is_signed, email.is_signed).boolean(emails::is_encrypted, email.is_encrypted);
  optional_text(record, emails::list_id, email.list_id);
  optional_text(record, emails::auto_submitted, email.auto_submitted);
  record.text_view(emails::importance, mime::name_of(email.importance));
  json(record, emails::headers, [&](std::string& out) { mime::append_headers_json(out, email.headers); });
  json(record, emails::structure, [&](std::string& out) { mime::append_structure_json(out, email); });
  json(record, emails::defects, [&](std::string& out) {
    mime::append_defects_json(out, {email.defects.begin(), email.defects.end()});
  });
  record.integer(emails::parser_version, kParserVersion);
}

void EmailRecordWriter::write_email(RecordBuilder record, const mime::Email& email, const EmailIdentity& identity) {
  write_ids(record, email, identity);
  write_date(record, email, identity);
  write_people(record, email);
  write_body(record, email);
  write_structure(record, email);
}

void EmailRecordWriter::write_trust(RecordBuilder& record, const mime::MailFacts& facts) {
  const auto strings = [&](std::uint32_t field, std::span<const std::string_view> list) {
    if (list.empty())
      record.json_view(field, "[]");
    else
      json(record, field, [&](std::string& out) { mime::append_strings_json(out, list); });
  };
  optional_text(record, details::resent_message_id, facts.resent_message_id);
  optional_text(record, details::return_path, facts.return_path);
  strings(details::delivered_to, facts.delivered_to);
  json(record, details::received, [&](std::string& out) { mime::append_received_json(out, facts); });
  if (facts.received_first_us) record.timestamp(details::received_first_at, *facts.received_first_us);
  if (facts.date_skew_s) record.integer(details::date_skew_s, *facts.date_skew_s);
  optional_text(record, details::spf, facts.spf);
  optional_text(record, details::dkim, facts.dkim);
  optional_text(record, details::dmarc, facts.dmarc);
  optional_text(record, details::arc, facts.arc);
  json(record, details::auth_results, [&](std::string& out) { mime::append_auth_json(out, facts); });
  strings(details::dkim_domains, facts.dkim_domains);
  optional_text(record, details::list_post, facts.list_post);
  strings(details::list_unsubscribe, facts.list_unsubscribe);
  record.boolean(details::list_one_click, facts.list_one_click);
}

void EmailRecordWriter::write_kind(RecordBuilder& record, const mime::MailFacts& facts) {
  optional_text(record, details::precedence, facts.precedence);
  optional_text(record, details::feedback_id, facts.feedback_id);
  optional_text(record, details::mailer, facts.mailer);
  json(record, details::spam_fields, [&](std::string& out) { mime::append_spam_json(out, facts); });
  record.boolean(details::is_bounce, facts.is_bounce).boolean(details::is_dsn, facts.is_dsn);
  record.boolean(details::is_mdn, facts.is_mdn).boolean(details::is_autoreply, facts.is_autoreply);
  record.boolean(details::is_calendar, facts.is_calendar);
  if (facts.report.kind != mime::ReportKind::none)
    json(record, details::report, [&](std::string& out) { mime::append_report_json(out, facts); });
  if (facts.is_calendar)
    json(record, details::calendar, [&](std::string& out) { mime::append_calendar_json(out, facts.calendar); });
}

void EmailRecordWriter::write_details(RecordBuilder record, const mime::Email& email, std::string_view email_id) {
  const mime::MailFacts& facts = email.facts;
  record.text(details::email_id, email_id);
  if (facts.reply.cut) record.text(details::text_reply, facts.reply.reply);
  optional_text(record, details::text_signature, facts.reply.signature);
  record.integer(details::word_count, static_cast<std::int64_t>(facts.word_count));
  write_trust(record, facts);
  write_kind(record, facts);
  record.integer(details::attachment_bytes, static_cast<std::int64_t>(facts.attachment_bytes));
  record.integer(details::max_depth, static_cast<std::int64_t>(facts.max_depth));
}

void EmailRecordWriter::write_part(RecordBuilder record, const mime::Attachment& part, std::string_view email_id,
                                   std::int64_t ordinal) {
  record.text(parts::email_id, email_id).text(parts::part_path, part.path).integer(parts::ordinal, ordinal);
  record.text_view(parts::role, mime::name_of(part.role));
  optional_text(record, parts::filename, part.file_name);
  optional_text(record, parts::filename_raw, part.file_name_raw);
  record.text(parts::filename_safe, part.file_name_safe);
  record.text_view(parts::filename_source, mime::name_of(part.file_name_source));
  record.text(parts::media_type, part.media_type);
  optional_text(record, parts::charset, part.charset);
  optional_text(record, parts::disposition, part.disposition);
  optional_text(record, parts::content_id, part.content_id);
  record.boolean(parts::cid_referenced, part.cid_referenced);
  record.text_view(parts::encoding, mime::name_of(part.encoding));
  record.integer(parts::size_encoded, static_cast<std::int64_t>(part.size_encoded()));
  json(record, parts::defects, [&](std::string& out) {
    if (part.defect)
      mime::append_defects_json(out, {&*part.defect, 1});
    else
      out = "[]";
  });
}

}  // namespace haulier::normalize_mime
