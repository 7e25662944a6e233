// A whole message, read with the usual limits and with tight ones, so that the paths beyond the limits are taken, too.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "mime/email_json.hpp"
#include "mime/facts_json.hpp"
#include "mime/html_text.hpp"
#include "mime/reader.hpp"
#include "mime/transfer_decoder.hpp"
#include "mime/utf8.hpp"

namespace {

using haulier::mime::Email;
using haulier::mime::Reader;

void require(bool holds) {
  if (!holds) std::abort();
}

void require_text(std::string_view text) {
  require(haulier::mime::is_utf8(text));
  require(text.find('\0') == std::string_view::npos);
}

void check(const Email& email, std::string_view message) {
  std::string json;
  for (const auto* list : {&email.from, &email.sender, &email.reply_to, &email.to, &email.cc, &email.bcc}) {
    haulier::mime::append_addresses_json(json, *list);
  }
  haulier::mime::append_strings_json(json, email.references);
  haulier::mime::append_strings_json(json, email.in_reply_to);
  haulier::mime::append_headers_json(json, email.headers);
  haulier::mime::append_structure_json(json, email);
  haulier::mime::append_defects_json(json, {email.defects.begin(), email.defects.end()});
  const haulier::mime::MailFacts& facts = email.facts;
  haulier::mime::append_auth_json(json, facts);
  haulier::mime::append_received_json(json, facts);
  haulier::mime::append_spam_json(json, facts);
  haulier::mime::append_report_json(json, facts);
  haulier::mime::append_calendar_json(json, facts.calendar);
  haulier::mime::append_strings_json(json, facts.delivered_to);
  haulier::mime::append_strings_json(json, facts.list_unsubscribe);
  haulier::mime::append_strings_json(json, facts.dkim_domains);
  for (const std::string_view text :
       {facts.resent_message_id, facts.return_path, facts.mailer, facts.precedence, facts.feedback_id, facts.list_post,
        std::string_view(facts.reply.reply), facts.reply.signature}) {
    require_text(text);
  }
  for (const std::string_view text :
       {std::string_view(json), email.message_id, email.date_raw, email.from_raw, email.subject,
        std::string_view(email.text), std::string_view(email.html), std::string_view(email.preview),
        email.charset_declared, email.list_id, email.auto_submitted}) {
    require_text(text);
  }
  std::string buffer;
  for (const auto& row : email.attachments) {
    for (const std::string_view text :
         {row.path, row.file_name, row.file_name_raw, std::string_view(row.file_name_safe), row.media_type, row.charset,
          row.disposition, row.content_id}) {
      require_text(text);
    }
    require(!row.file_name_safe.empty() && row.file_name_safe.find('/') == std::string::npos);
    require(row.content.begin <= row.content.end && row.content.end <= message.size());
    haulier::mime::TransferDecoder decoder(row.encoding);
    decode_body(row.encoded(message), decoder, row.encoding, buffer, [](std::string_view) { return true; });
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Reader usual;
  static Reader tight([] {
    haulier::mime::Limits limits;
    limits.multipart_depth = 2;
    limits.nested_messages = 1;
    limits.parts = 5;
    limits.header_count = 5;
    limits.header_bytes = 40;
    limits.header_block_bytes = 200;
    limits.encoded_words = 2;
    limits.addresses = 3;
    limits.parameters = 3;
    limits.parameter_segments = 3;
    limits.comment_depth = 2;
    limits.text_bytes = 64;
    limits.html_tokens = 4;
    return limits;
  }());
  const std::string_view message(reinterpret_cast<const char*>(data), size);
  check(usual.read(message), message);
  check(tight.read(message), message);
  return 0;
}
