#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <haulier/batch_builder.hpp>
#include <haulier/host.hpp>

#include "mime/email.hpp"

namespace haulier::normalize_mime {

// Counts up whenever the same bytes would give another row; stored with each row.
inline constexpr std::int64_t kParserVersion = 2;

// What a row has that is not in the message itself. Views are copied into the batch.
struct EmailIdentity {
  std::string_view id;
  std::string_view account;
  std::string_view raw_sha256;
  std::uint64_t raw_size = 0;
  std::optional<std::string_view> server_id;
  std::optional<std::string_view> thread_server_id;
  std::optional<std::int64_t> internal_date_us;
};

// Writes Emails into records of the streams `emails` and `attachment_parts`. Keeps its text buffer between records.
class EmailRecordWriter {
 public:
  void write_email(RecordBuilder record, const mime::Email& email, const EmailIdentity& identity);
  void write_details(RecordBuilder record, const mime::Email& email, std::string_view email_id);
  // Without its content.
  void write_part(RecordBuilder record, const mime::Attachment& part, std::string_view email_id, std::int64_t ordinal);

 private:
  void write_ids(RecordBuilder& record, const mime::Email& email, const EmailIdentity& identity);
  void write_date(RecordBuilder& record, const mime::Email& email, const EmailIdentity& identity);
  void write_people(RecordBuilder& record, const mime::Email& email);
  void write_body(RecordBuilder& record, const mime::Email& email);
  void write_structure(RecordBuilder& record, const mime::Email& email);
  void write_trust(RecordBuilder& record, const mime::MailFacts& facts);
  void write_kind(RecordBuilder& record, const mime::MailFacts& facts);
  template <class Append>
  void json(RecordBuilder& record, std::uint32_t field, Append&& append);

  std::string json_;
};

}  // namespace haulier::normalize_mime
