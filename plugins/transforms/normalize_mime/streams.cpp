#include "streams.hpp"

#include <string>
#include <string_view>

#include <haulier/error.hpp>

namespace haulier::normalize_mime {

namespace {

constexpr std::uint32_t kKey = HAULIER_FIELD_KEY | HAULIER_FIELD_NOT_NULL;
constexpr std::uint32_t kNotNull = HAULIER_FIELD_NOT_NULL;

}  // namespace

std::uint32_t emails::declare(Schema& schema) {
  const std::uint32_t emails = schema.add("emails", 0,
                                          {{"id", HAULIER_STRING, kKey},
                                           {"account", HAULIER_STRING, kNotNull},
                                           {"server_id", HAULIER_STRING},
                                           {"thread_server_id", HAULIER_STRING},
                                           {"raw_sha256", HAULIER_STRING, kNotNull},
                                           {"raw_size", HAULIER_INT64, kNotNull},
                                           {"message_id", HAULIER_STRING},
                                           {"message_id_generated", HAULIER_BOOL, kNotNull},
                                           {"in_reply_to", HAULIER_JSON, kNotNull},
                                           {"reference_ids", HAULIER_JSON, kNotNull},
                                           {"thread_key", HAULIER_STRING, kNotNull},
                                           {"sent_at", HAULIER_TIMESTAMP},
                                           {"sent_offset_min", HAULIER_INT64},
                                           {"sent_source", HAULIER_STRING, kNotNull},
                                           {"date_raw", HAULIER_STRING},
                                           {"from_address", HAULIER_STRING},
                                           {"from_name", HAULIER_STRING},
                                           {"from_addresses", HAULIER_JSON, kNotNull},
                                           {"sender_addresses", HAULIER_JSON, kNotNull},
                                           {"reply_to_addresses", HAULIER_JSON, kNotNull},
                                           {"to_addresses", HAULIER_JSON, kNotNull},
                                           {"cc_addresses", HAULIER_JSON, kNotNull},
                                           {"bcc_addresses", HAULIER_JSON, kNotNull},
                                           {"from_raw", HAULIER_STRING},
                                           {"subject", HAULIER_STRING},
                                           {"subject_base", HAULIER_STRING},
                                           {"text", HAULIER_STRING},
                                           {"text_source", HAULIER_STRING, kNotNull},
                                           {"text_truncated", HAULIER_BOOL, kNotNull},
                                           {"html", HAULIER_STRING},
                                           {"preview", HAULIER_STRING},
                                           {"charset_declared", HAULIER_STRING},
                                           {"charset_used", HAULIER_STRING},
                                           {"has_attachments", HAULIER_BOOL, kNotNull},
                                           {"attachment_count", HAULIER_INT64, kNotNull},
                                           {"inline_count", HAULIER_INT64, kNotNull},
                                           {"part_count", HAULIER_INT64, kNotNull},
                                           {"is_signed", HAULIER_BOOL, kNotNull},
                                           {"is_encrypted", HAULIER_BOOL, kNotNull},
                                           {"list_id", HAULIER_STRING},
                                           {"auto_submitted", HAULIER_STRING},
                                           {"importance", HAULIER_STRING, kNotNull},
                                           {"headers", HAULIER_JSON, kNotNull},
                                           {"structure", HAULIER_JSON, kNotNull},
                                           {"defects", HAULIER_JSON, kNotNull},
                                           {"parser_version", HAULIER_INT64, kNotNull},
                                           {"raw", HAULIER_BLOB}});
  schema.relate(emails, {HAULIER_RELATION_GROUP, {"account"}});
  schema.relate(emails, {HAULIER_RELATION_IDENTITY, {"id"}});
  // An id is made of one of these; the other one may come next time.
  schema.relate(emails, {HAULIER_RELATION_IDENTITY, {"account", "server_id"}});
  schema.relate(emails, {HAULIER_RELATION_IDENTITY, {"account", "raw_sha256"}});
  return emails;
}

std::uint32_t details::declare(Schema& schema) {
  const std::uint32_t details = schema.add("email_details", 0,
                                           {{"email_id", HAULIER_STRING, kKey},
                                            {"text_reply", HAULIER_STRING},
                                            {"text_signature", HAULIER_STRING},
                                            {"word_count", HAULIER_INT64, kNotNull},
                                            {"resent_message_id", HAULIER_STRING},
                                            {"return_path", HAULIER_STRING},
                                            {"delivered_to", HAULIER_JSON, kNotNull},
                                            {"received", HAULIER_JSON, kNotNull},
                                            {"received_first_at", HAULIER_TIMESTAMP},
                                            {"date_skew_s", HAULIER_INT64},
                                            {"spf", HAULIER_STRING},
                                            {"dkim", HAULIER_STRING},
                                            {"dmarc", HAULIER_STRING},
                                            {"arc", HAULIER_STRING},
                                            {"auth_results", HAULIER_JSON, kNotNull},
                                            {"dkim_domains", HAULIER_JSON, kNotNull},
                                            {"list_post", HAULIER_STRING},
                                            {"list_unsubscribe", HAULIER_JSON, kNotNull},
                                            {"list_one_click", HAULIER_BOOL, kNotNull},
                                            {"precedence", HAULIER_STRING},
                                            {"feedback_id", HAULIER_STRING},
                                            {"mailer", HAULIER_STRING},
                                            {"spam_fields", HAULIER_JSON, kNotNull},
                                            {"is_bounce", HAULIER_BOOL, kNotNull},
                                            {"is_dsn", HAULIER_BOOL, kNotNull},
                                            {"is_mdn", HAULIER_BOOL, kNotNull},
                                            {"is_autoreply", HAULIER_BOOL, kNotNull},
                                            {"is_calendar", HAULIER_BOOL, kNotNull},
                                            {"report", HAULIER_JSON},
                                            {"calendar", HAULIER_JSON},
                                            {"attachment_bytes", HAULIER_INT64, kNotNull},
                                            {"max_depth", HAULIER_INT64, kNotNull}});
  schema.relate(details, {HAULIER_RELATION_PART_OF, {"email_id"}, "emails"});
  return details;
}

std::uint32_t nested::declare(Schema& schema) {
  const std::uint32_t nested = schema.add("nested_emails", 0,
                                          {{"email_id", HAULIER_STRING, kKey},
                                           {"parent_email_id", HAULIER_STRING, kNotNull},
                                           {"part_path", HAULIER_STRING, kNotNull},
                                           {"depth", HAULIER_INT64, kNotNull}});
  schema.relate(nested, {HAULIER_RELATION_PART_OF, {"parent_email_id"}, "emails"});
  schema.relate(nested, {HAULIER_RELATION_USES, {"email_id"}, "emails"});
  return nested;
}

std::uint32_t locations::declare(Schema& schema) {
  const std::uint32_t locations = schema.add("email_locations", 0,
                                             {{"account", HAULIER_STRING, kKey},
                                              {"mailbox", HAULIER_STRING, kKey},
                                              {"uidvalidity", HAULIER_INT64, kKey},
                                              {"uid", HAULIER_INT64, kKey},
                                              {"email_id", HAULIER_STRING, kNotNull},
                                              {"flags", HAULIER_JSON, kNotNull},
                                              {"modseq", HAULIER_INT64},
                                              {"internal_date", HAULIER_TIMESTAMP},
                                              {"first_seen", HAULIER_TIMESTAMP, kNotNull | HAULIER_FIELD_INSERT_ONLY},
                                              {"vanished_at", HAULIER_TIMESTAMP}});
  schema.relate(locations, {HAULIER_RELATION_GROUP, {"account"}});
  schema.relate(locations, {HAULIER_RELATION_IDENTITY, {"account", "mailbox", "uidvalidity", "uid"}});
  schema.relate(locations, {HAULIER_RELATION_PART_OF, {"email_id"}, "emails"});
  return locations;
}

std::uint32_t parts::declare(Schema& schema) {
  return schema.add("attachment_parts", HAULIER_STREAM_TRANSIENT,
                    {{"email_id", HAULIER_STRING, kKey},
                     {"part_path", HAULIER_STRING, kKey},
                     {"ordinal", HAULIER_INT64, kNotNull},
                     {"role", HAULIER_STRING, kNotNull},
                     {"filename", HAULIER_STRING},
                     {"filename_raw", HAULIER_STRING},
                     {"filename_safe", HAULIER_STRING, kNotNull},
                     {"filename_source", HAULIER_STRING, kNotNull},
                     {"media_type", HAULIER_STRING, kNotNull},
                     {"charset", HAULIER_STRING},
                     {"disposition", HAULIER_STRING},
                     {"content_id", HAULIER_STRING},
                     {"cid_referenced", HAULIER_BOOL, kNotNull},
                     {"encoding", HAULIER_STRING, kNotNull},
                     {"size_encoded", HAULIER_INT64, kNotNull},
                     {"content", HAULIER_BLOB},
                     {"defects", HAULIER_JSON, kNotNull}});
}

MessageFields MessageFields::of(const haulier_stream& stream) {
  const auto field = [&](std::string_view name) {
    const auto found = find_field(stream, name);
    if (!found) throw Error::bad_config("", "the stream `messages` has no field `" + std::string(name) + "`");
    return *found;
  };
  return {field("account"),   field("mailbox"),          field("uidvalidity"), field("uid"),
          field("raw"),       field("internal_date"),    field("flags"),       field("modseq"),
          field("server_id"), field("thread_server_id"), field("vanished_at"), find_field(stream, "email_id")};
}

}  // namespace haulier::normalize_mime
