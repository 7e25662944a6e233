#pragma once
#include <cstdint>
#include <optional>

#include <haulier/schema.hpp>

// The streams of this transform. The numbers are positions in schemas/README.md.
namespace haulier::normalize_mime {

namespace emails {
enum Field : std::uint32_t {
  id,
  account,
  server_id,
  thread_server_id,
  raw_sha256,
  raw_size,
  message_id,
  message_id_generated,
  in_reply_to,
  reference_ids,
  thread_key,
  sent_at,
  sent_offset_min,
  sent_source,
  date_raw,
  from_address,
  from_name,
  from_addresses,
  sender_addresses,
  reply_to_addresses,
  to_addresses,
  cc_addresses,
  bcc_addresses,
  from_raw,
  subject,
  subject_base,
  text,
  text_source,
  text_truncated,
  html,
  preview,
  charset_declared,
  charset_used,
  has_attachments,
  attachment_count,
  inline_count,
  part_count,
  is_signed,
  is_encrypted,
  list_id,
  auto_submitted,
  importance,
  headers,
  structure,
  defects,
  parser_version,
  raw,
  count
};
std::uint32_t declare(Schema& schema);
}  // namespace emails

// What a mail says beyond its row in `emails`: a stream of its own, so that the rows people list stay short.
namespace details {
enum Field : std::uint32_t {
  email_id,
  text_reply,
  text_signature,
  word_count,
  resent_message_id,
  return_path,
  delivered_to,
  received,
  received_first_at,
  date_skew_s,
  spf,
  dkim,
  dmarc,
  arc,
  auth_results,
  dkim_domains,
  list_post,
  list_unsubscribe,
  list_one_click,
  precedence,
  feedback_id,
  mailer,
  spam_fields,
  is_bounce,
  is_dsn,
  is_mdn,
  is_autoreply,
  is_calendar,
  report,
  calendar,
  attachment_bytes,
  max_depth,
  count
};
std::uint32_t declare(Schema& schema);
}  // namespace details

// Which email lies inside which: the messages that were attached to another one.
namespace nested {
enum Field : std::uint32_t { email_id, parent_email_id, part_path, depth, count };
std::uint32_t declare(Schema& schema);
}  // namespace nested

namespace locations {
enum Field : std::uint32_t {
  account,
  mailbox,
  uidvalidity,
  uid,
  email_id,
  flags,
  modseq,
  internal_date,
  first_seen,
  vanished_at,
  count
};
std::uint32_t declare(Schema& schema);
}  // namespace locations

namespace parts {
enum Field : std::uint32_t {
  email_id,
  part_path,
  ordinal,
  role,
  filename,
  filename_raw,
  filename_safe,
  filename_source,
  media_type,
  charset,
  disposition,
  content_id,
  cid_referenced,
  encoding,
  size_encoded,
  content,
  defects,
  count
};
std::uint32_t declare(Schema& schema);
}  // namespace parts

// Where the fields of the source's `messages` lie; they are found by name, so a source may have more of them.
struct MessageFields {
  std::uint32_t account, mailbox, uidvalidity, uid, raw, internal_date, flags, modseq, server_id, thread_server_id,
      vanished_at;
  std::optional<std::uint32_t> email_id;  // sources made before this field do without

  // Throws Error (bad config) when one is missing.
  static MessageFields of(const haulier_stream& stream);
};

}  // namespace haulier::normalize_mime
