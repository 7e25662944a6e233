#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mime/calendar.hpp"
#include "mime/dates.hpp"
#include "mime/reply_text.hpp"
#include "mime/report_fields.hpp"
#include "mime/trace_fields.hpp"

namespace haulier::mime {

// What a message says beyond its sender, subject and bodies. Views live as those of Email. Empty means missing.
struct MailFacts {
  std::string_view resent_message_id;
  std::string_view return_path;  // without brackets; "<>" stays as it is: it marks a report
  std::vector<std::string_view> delivered_to;
  std::string_view mailer;  // User-Agent or X-Mailer
  std::string_view precedence;
  std::string_view feedback_id;

  std::string_view list_post;
  std::vector<std::string_view> list_unsubscribe;  // addresses of mailto: and https:, in the order of the field
  bool list_one_click = false;                     // RFC 8058

  std::vector<AuthItem> auth;  // of all Authentication-Results fields; the topmost, which the last server wrote, first
  std::string_view spf, dkim, dmarc, arc;  // results of the topmost field
  std::vector<std::string_view> dkim_domains;
  std::vector<ReceivedHop> received;              // topmost (last hop) first
  std::optional<std::int64_t> received_first_us;  // the oldest hop's time
  std::optional<std::int64_t> date_skew_s;        // the Date header minus that
  struct SpamField {
    std::string_view name;
    std::string_view value;
  };
  std::vector<SpamField> spam;  // X-Spam-Status and its like, as written

  bool is_bounce = false;     // a report of a failure, by its structure or by its sender and subject
  bool is_dsn = false;        // RFC 3464
  bool is_mdn = false;        // RFC 8098
  bool is_autoreply = false;  // out of office and the like
  bool is_calendar = false;   // has a text/calendar part
  Report report;
  std::string_view report_message_id;  // of the message that the report is about, when it is enclosed
  std::string report_text;             // owns what `report` views
  CalendarEvent calendar;

  ReplySplit reply;
  std::size_t word_count = 0;
  std::uint64_t attachment_bytes = 0;  // still encoded
  std::uint32_t max_depth = 0;
};

}  // namespace haulier::mime
