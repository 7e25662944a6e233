#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mime/addresses.hpp"
#include "mime/body_selection.hpp"
#include "mime/dates.hpp"
#include "mime/defects.hpp"
#include "mime/mail_facts.hpp"
#include "mime/part_details.hpp"
#include "mime/scan.hpp"

namespace haulier::mime {

enum class Role : std::uint8_t {
  attachment,
  inline_shown,
  nested_message,
  calendar,
  signature,
  encrypted,
  tnef_container,
  tnef_child
};
[[nodiscard]] std::string_view name_of(Role role);

enum class TextSource : std::uint8_t { none, plain, html, tnef };
[[nodiscard]] std::string_view name_of(TextSource source);

enum class DateSource : std::uint8_t { none, header, received };
enum class Importance : std::uint8_t { normal, high, low };
[[nodiscard]] std::string_view name_of(Importance importance);

// A part that becomes a row of its own, still encoded.
struct Attachment {
  std::string_view path;  // IMAP section number; for a uuencoded file inside a text `<number>.uu<n>`
  Role role = Role::attachment;
  std::string_view file_name;
  std::string_view file_name_raw;
  std::string file_name_safe;
  FileNameSource file_name_source = FileNameSource::synthesised;
  std::string_view media_type;
  std::string_view charset;
  std::string_view disposition;
  std::string_view content_id;
  bool cid_referenced = false;
  TransferEncoding encoding = TransferEncoding::bits7;
  Range content;           // in the message
  std::string_view bytes;  // of what a container held (TNEF, S/MIME), still encoded; then `content` is the container
  std::optional<Defect> defect;

  [[nodiscard]] std::uint64_t size_encoded() const { return bytes.data() != nullptr ? bytes.size() : content.size(); }
  [[nodiscard]] std::string_view encoded(std::string_view message) const {
    return bytes.data() != nullptr ? bytes : content.in(message);
  }
};

// A field as it stands in the message: unfolded, valid UTF-8, not decoded.
struct Header {
  std::string_view name;
  std::string_view value;
};

// One message understood. Views live in the message, in the structure's arena and in the strings here, until the
// reader reads the next message. Every string is valid UTF-8 without NUL. Empty means missing.
struct Email {
  Structure structure;
  std::vector<PartDetails> details;  // parallel to structure.parts
  BodySelection bodies;
  DefectList defects;

  std::string_view message_id;  // without brackets
  std::vector<std::string_view> in_reply_to;
  std::vector<std::string_view> references;
  std::optional<MailDate> sent;
  DateSource date_source = DateSource::none;
  std::string_view date_raw;
  std::vector<Address> from;
  std::vector<Address> sender;
  std::vector<Address> reply_to;
  std::vector<Address> to;
  std::vector<Address> cc;
  std::vector<Address> bcc;
  std::string_view from_raw;
  std::string_view subject;
  std::string_view subject_base;
  bool has_subject = false;
  bool is_reply = false;
  bool is_forward = false;

  std::string text;
  std::string html;
  std::string preview;
  TextSource text_source = TextSource::none;
  bool has_html = false;
  bool truncated = false;  // text or html was cut
  std::string_view charset_declared;
  std::string_view charset_used;

  std::vector<Attachment> attachments;
  std::size_t attachment_count = 0;  // of role attachment
  std::size_t inline_count = 0;      // of role inline
  bool is_signed = false;
  bool is_encrypted = false;
  std::string_view list_id;
  std::string_view auto_submitted;
  Importance importance = Importance::normal;
  std::vector<Header> headers;
  MailFacts facts;
};

}  // namespace haulier::mime
