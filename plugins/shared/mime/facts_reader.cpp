#include "mime/facts_reader.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <utility>

#include "mime/ascii.hpp"
#include "mime/byte_scan.hpp"
#include "mime/header_fields.hpp"
#include "mime/message_ids.hpp"
#include "mime/plain_text.hpp"
#include "mime/transfer_decoder.hpp"
#include "mime/utf8.hpp"

namespace haulier::mime {

namespace {

constexpr std::size_t kMaxPartText = 256u << 10;  // of a report or a calendar; more is not read
constexpr std::size_t kMaxFields = 200;           // of one kind (Received, Authentication-Results, ...)
constexpr std::size_t kMaxAuthItems = 1000;
constexpr std::size_t kMaxUrls = 50;
constexpr std::size_t kKeepItems = 200;  // a list with room for more is given back after its message

bool is(const Header& header, std::string_view name) { return equals_ignoring_case(header.name, name); }

void set(std::string_view& target, std::string_view value) {
  if (target.empty()) target = trim(value);
}

std::string_view without_brackets(std::string_view value) {
  value = trim(value);
  if (value.size() > 2 && value.front() == '<' && value.back() == '>') return value.substr(1, value.size() - 2);
  return value;
}

template <std::size_t N>
bool begins_with_any(std::string_view text, const std::string_view (&words)[N]) {
  return std::any_of(std::begin(words), std::end(words),
                     [&](std::string_view word) { return starts_with_ignoring_case(text, word); });
}

// Subjects of reports in the words of the usual servers, for those that are not multipart/report.
bool is_bounce_subject(std::string_view subject) {
  static constexpr std::string_view kBegins[] = {"undeliver",
                                                 "delivery status notification",
                                                 "mail delivery fail",
                                                 "returned mail",
                                                 "failure notice",
                                                 "delivery failure",
                                                 "mail delivery system",
                                                 "unzustellbar",
                                                 "delivery notification",
                                                 "non remis",
                                                 "message undeliverable",
                                                 "退信",
                                                 "系统退信",
                                                 "undelivered mail",
                                                 "mail system error",
                                                 "rückläufer",
                                                 "не доставлено",
                                                 "配信不能"};
  return begins_with_any(subject, kBegins);
}
bool is_autoreply_subject(std::string_view subject) {
  static constexpr std::string_view kBegins[] = {"automatic reply:",
                                                 "auto-reply",
                                                 "autoreply",
                                                 "out of office",
                                                 "automatische antwort",
                                                 "abwesenheit",
                                                 "réponse automatique",
                                                 "respuesta automática",
                                                 "自动回复",
                                                 "自動回覆",
                                                 "自動応答",
                                                 "автоответ",
                                                 "risposta automatica",
                                                 "resposta automática"};
  return begins_with_any(subject, kBegins);
}

bool is_daemon(std::string_view address) {
  const std::string_view local = address.substr(0, address.find('@'));
  return equals_ignoring_case(local, "mailer-daemon") || equals_ignoring_case(local, "postmaster") ||
         starts_with_ignoring_case(local, "mailer-daemon");
}

// Words divided by blanks; ideographs count one each, as there are no blanks between them.
std::size_t words_of(std::string_view text) {
  std::size_t words = 0;
  bool inside = false;
  for (std::size_t i = 0; i < text.size();) {
    if (i + 64 <= text.size()) {
      const WordMasks masks = word_masks(text.data() + i);
      if (masks.ideographs == 0) {
        const std::uint64_t letters = ~masks.blanks;
        words += static_cast<std::size_t>(std::popcount(letters & ~(letters << 1 | (inside ? 1u : 0u))));
        inside = (letters >> 63) != 0;
        i += 64;
        continue;
      }
    }
    const std::size_t stop = std::min(i + 64, text.size());
    while (i < stop) {
      const auto c = static_cast<unsigned char>(text[i]);
      const bool ideograph = c >= 0xE3 && c <= 0xE9;  // U+3000..U+9FFF
      words += ideograph || (c > ' ' && !inside) ? 1 : 0;
      inside = c > ' ' && !ideograph;
      i += ideograph ? 3 : 1;
    }
  }
  return words;
}

}  // namespace

void FactsReader::clear(MailFacts& facts) {
  // Assigning an empty one gives the strings back, which are rarely there at all; the usual lists keep their memory.
  MailFacts empty;
  const auto keep = [&](auto list) {
    if ((facts.*list).capacity() > kKeepItems) return;
    (facts.*list).clear();
    (empty.*list) = std::move(facts.*list);
  };
  keep(&MailFacts::delivered_to);
  keep(&MailFacts::list_unsubscribe);
  keep(&MailFacts::auth);
  keep(&MailFacts::dkim_domains);
  keep(&MailFacts::received);
  keep(&MailFacts::spam);
  facts = std::move(empty);
  failed_recipients_ = auto_field_ = false;
}

void FactsReader::read(std::string_view message, Email& email, bool headers_only) {
  message_ = message;
  email_ = &email;
  facts_ = &email.facts;
  clear(email.facts);
  for (const Header& header : email.headers) read_field(header);
  if (!headers_only) {
    read_parts();
    split_reply(email.text, facts_->reply);
  }
  judge();
  count();
}

void FactsReader::read_list_field(const Header& header) {
  if (is(header, "list-post")) {
    ids_.clear();
    read_message_ids(header.value, 1, ids_);
    if (!ids_.empty()) set(facts_->list_post, ids_.front());
  } else if (is(header, "list-unsubscribe") && facts_->list_unsubscribe.empty()) {
    read_message_ids(header.value, kMaxUrls, facts_->list_unsubscribe);
  } else if (is(header, "list-unsubscribe-post")) {
    facts_->list_one_click = find_ignoring_case(header.value, "one-click") != std::string_view::npos;
  }
}

void FactsReader::read_trust_field(const Header& header) {
  MailFacts& facts = *facts_;
  if (is(header, "authentication-results") && facts.auth.size() < kMaxAuthItems) {
    const bool topmost = facts.auth.empty();
    read_authentication_results(header.value, kMaxAuthItems - facts.auth.size(), facts.auth);
    if (!topmost) return;
    for (const AuthItem& item : facts.auth) {
      if (item.kind != AuthItem::Kind::method) continue;
      if (equals_ignoring_case(item.name, "spf")) set(facts.spf, item.value);
      if (equals_ignoring_case(item.name, "dmarc")) set(facts.dmarc, item.value);
      if (equals_ignoring_case(item.name, "arc")) set(facts.arc, item.value);
      // Of several signatures one that passes is enough.
      if (equals_ignoring_case(item.name, "dkim") && (facts.dkim.empty() || item.value == "pass"))
        facts.dkim = item.value;
    }
  } else if (is(header, "dkim-signature") && facts.dkim_domains.size() < kMaxFields) {
    const std::string_view domain = tag_value(header.value, "d");
    const auto& known = facts.dkim_domains;
    if (!domain.empty() && std::find(known.begin(), known.end(), domain) == known.end())
      facts.dkim_domains.push_back(domain);
  }
}

void FactsReader::read_field(const Header& header) {
  if (header.name.empty()) return;
  MailFacts& facts = *facts_;
  switch (to_lower(header.name[0])) {
    case 'a':
      return read_trust_field(header);
    case 'd':
      if (is(header, "delivered-to")) {
        if (facts.delivered_to.size() < kMaxFields) facts.delivered_to.push_back(without_brackets(header.value));
        return;
      }
      return read_trust_field(header);
    case 'f':
      if (is(header, "feedback-id")) set(facts.feedback_id, header.value);
      return;
    case 'l':
      return read_list_field(header);
    case 'p':
      if (is(header, "precedence")) set(facts.precedence, header.value);
      return;
    case 'r':
      if (is(header, "return-path")) set(facts.return_path, without_brackets(header.value));
      if (is(header, "resent-message-id")) set(facts.resent_message_id, without_brackets(header.value));
      if (is(header, "received") && facts.received.size() < kMaxFields)
        facts.received.push_back(read_received(header.value));
      return;
    case 'u':
      if (is(header, "user-agent")) set(facts.mailer, header.value);
      return;
    case 'x':
      break;
    default:
      return;
  }
  if (is(header, "x-mailer")) set(facts.mailer, header.value);
  if (is(header, "x-failed-recipients")) failed_recipients_ = true;
  if (is(header, "x-autoreply") || is(header, "x-autorespond") || is(header, "x-auto-reply-from")) auto_field_ = true;
  static constexpr std::string_view kSpam[] = {"x-spam-status", "x-spam-flag",    "x-spam-score",
                                               "x-spam-level",  "x-spamd-result", "x-ms-exchange-organization-scl",
                                               "x-spam",        "x-rspamd-score"};
  for (const std::string_view name : kSpam) {
    if (is(header, name) && facts.spam.size() < kMaxFields) facts.spam.push_back({name, header.value});
  }
}

// The part as UTF-8 with LF, at most kMaxPartText of it.
std::string FactsReader::part_text(const Part& part, std::string_view charset) {
  std::string bytes;
  TransferDecoder decoder(part.encoding);
  decode_body(part.body.in(message_), decoder, part.encoding, block_, [&](std::string_view piece) {
    bytes.append(piece.substr(0, kMaxPartText - bytes.size()));
    return bytes.size() < kMaxPartText;
  });
  std::string scratch;
  use_lf(bytes, scratch);
  // A fold may stand inside a character (RFC 5545 section 3.1), so calendars are unfolded before conversion.
  if (part.media_type == "text/calendar" || part.media_type == "application/ics") unfold_calendar(bytes);
  std::string text;
  charsets_.append(text, bytes, charset);
  use_lf(text, scratch);
  replace_nul(text);
  return text;
}

void FactsReader::read_report_part(const Part& part) {
  const ReportKind kind = report_kind_of(part.media_type);
  if (kind == ReportKind::none || facts_->report.kind != ReportKind::none) return;
  if (kind == ReportKind::delivery) facts_->is_dsn = true;
  if (kind == ReportKind::disposition) facts_->is_mdn = true;
  facts_->report_text = part_text(part, "utf-8");
  read_report(facts_->report_text, kind, facts_->report);
}

// The Message-ID of the message, or of the header, that a report encloses.
void FactsReader::read_enclosed(std::uint32_t index) {
  const auto& parts = email_->structure.parts;
  std::string_view block;
  if (parts[index].media_type == "text/rfc822-headers" && is_identity(parts[index].encoding))
    block = parts[index].body.in(message_);
  if (parts[index].kind == PartKind::message && index + 1 < parts.size()) block = parts[index + 1].header.in(message_);
  HeaderCursor fields(block.substr(0, limits_.header_block_bytes), email_->structure.line_end);
  HeaderField field;
  for (std::size_t count = 0; count < limits_.header_count && fields.next(field); ++count) {
    if (!equals_ignoring_case(field.name, "message-id")) continue;
    ids_.clear();
    read_message_ids(field.value, 1, ids_);
    if (!ids_.empty() && is_printable_ascii(ids_.front())) set(facts_->report_message_id, ids_.front());
    return;
  }
}

void FactsReader::read_calendar_part(std::uint32_t index) {
  const bool first = !facts_->is_calendar;
  facts_->is_calendar = true;
  if (!first) return;
  const std::string_view label = email_->details[index].charset;
  read_calendar(part_text(email_->structure.parts[index], label.empty() ? "utf-8" : label), facts_->calendar);
}

void FactsReader::read_parts() {
  const auto& parts = email_->structure.parts;
  for (std::uint32_t i = 0; i < parts.size(); ++i) {
    facts_->max_depth = std::max(facts_->max_depth, parts[i].depth);
    if (parts[i].message_depth != 0) continue;
    read_report_part(parts[i]);
    if (facts_->report.kind != ReportKind::none && facts_->report_message_id.empty()) read_enclosed(i);
    if (parts[i].media_type == "text/calendar" || parts[i].media_type == "application/ics") read_calendar_part(i);
  }
}

void FactsReader::judge() {
  MailFacts& facts = *facts_;
  const auto from = std::find_if(email_->from.begin(), email_->from.end(), [](const auto& a) { return !a.is_group; });
  const std::string_view sender = from == email_->from.end() ? std::string_view() : from->address;
  if (facts.is_dsn) {
    for (const ReportField& field : facts.report.fields) {
      if (field.name == "action" && equals_ignoring_case(field.value.substr(0, 6), "failed")) facts.is_bounce = true;
      if (field.name == "status" && field.value.starts_with('5')) facts.is_bounce = true;
    }
  } else if (failed_recipients_ ||
             (is_bounce_subject(email_->subject) && (is_daemon(sender) || facts.return_path == "<>"))) {
    facts.is_bounce = true;
  }
  facts.is_autoreply =
      !facts.is_dsn && !facts.is_mdn && !facts.is_bounce &&
      (starts_with_ignoring_case(email_->auto_submitted, "auto-replied") || auto_field_ ||
       starts_with_ignoring_case(facts.precedence, "auto_reply") || is_autoreply_subject(email_->subject));
}

void FactsReader::count() {
  MailFacts& facts = *facts_;
  facts.word_count = words_of(email_->text);
  for (const Attachment& row : email_->attachments) {
    if (row.role == Role::attachment || row.role == Role::tnef_child) facts.attachment_bytes += row.size_encoded();
  }
  for (auto hop = facts.received.rbegin(); hop != facts.received.rend(); ++hop) {
    if (!hop->time) continue;
    facts.received_first_us = hop->time->utc_us;
    break;
  }
  if (facts.received_first_us && email_->sent && email_->date_source == DateSource::header)
    facts.date_skew_s = (email_->sent->utc_us - *facts.received_first_us) / 1'000'000;
}

}  // namespace haulier::mime
