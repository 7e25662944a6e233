#include "mime/report_fields.hpp"

#include <algorithm>

#include "mime/ascii.hpp"

namespace haulier::mime {

namespace {

constexpr std::uint32_t kMaxBlocks = 1000;
constexpr std::size_t kMaxFields = 10000;

struct Known {
  std::string_view field;
  std::string_view name;
  bool typed;  // type ";" value
};
constexpr Known kKnown[] = {{"Reporting-MTA", "reporting_mta", true},
                            {"Arrival-Date", "arrival_date", false},
                            {"Original-Envelope-Id", "original_envelope_id", false},
                            {"Received-From-MTA", "received_from_mta", true},
                            {"Original-Recipient", "original_recipient", true},
                            {"Final-Recipient", "final_recipient", true},
                            {"Action", "action", false},
                            {"Status", "status", false},
                            {"Remote-MTA", "remote_mta", true},
                            {"Diagnostic-Code", "diagnostic", true},
                            {"Last-Attempt-Date", "last_attempt_date", false},
                            {"Will-Retry-Until", "will_retry_until", false},
                            {"Reporting-UA", "reporting_ua", false},
                            {"Original-Message-ID", "original_message_id", false},
                            {"Disposition", "disposition", false},
                            {"Error", "error", false},
                            {"Feedback-Type", "feedback_type", false},
                            {"User-Agent", "user_agent", false},
                            {"Version", "version", false},
                            {"Original-Mail-From", "original_mail_from", false},
                            {"Original-Rcpt-To", "original_rcpt_to", false},
                            {"Source-IP", "source_ip", false},
                            {"Reported-Domain", "reported_domain", false},
                            {"Incidents", "incidents", false}};

// Folds become blanks, in place, so that every value is one view.
void unfold(std::string& text) {
  for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', end + 1)) {
    if (end + 1 < text.size() && (text[end + 1] == ' ' || text[end + 1] == '\t')) text[end] = ' ';
  }
}

std::string_view without_brackets(std::string_view value) {
  if (value.size() >= 2 && value.front() == '<' && value.back() == '>') return value.substr(1, value.size() - 2);
  return value;
}

// Of a field that stands twice in a block, the first counts. A block holds each known name once, so this is bounded.
bool said_already(const Report& report, std::uint32_t block, std::string_view name) {
  for (auto field = report.fields.rbegin(); field != report.fields.rend() && field->block == block; ++field) {
    if (field->name == name) return true;
  }
  return false;
}

}  // namespace

std::string_view name_of(ReportKind kind) {
  static constexpr std::string_view kNames[] = {"none", "delivery", "disposition", "feedback"};
  return kNames[static_cast<std::size_t>(kind)];
}

ReportKind report_kind_of(std::string_view type) {
  if (type == "message/delivery-status" || type == "message/global-delivery-status") return ReportKind::delivery;
  if (type == "message/disposition-notification" || type == "message/global-disposition-notification")
    return ReportKind::disposition;
  return type == "message/feedback-report" ? ReportKind::feedback : ReportKind::none;
}

std::string_view Report::find(std::string_view name) const {
  const auto found = std::find_if(fields.begin(), fields.end(), [&](const auto& field) { return field.name == name; });
  return found == fields.end() ? std::string_view() : found->value;
}

void read_report(std::string& text, ReportKind kind, Report& out) {
  unfold(text);
  out.kind = kind;
  out.fields.clear();
  std::uint32_t block = 0;
  bool blank = true;
  const std::string_view view = text;
  for (std::size_t at = 0; at < view.size() && out.fields.size() < kMaxFields && block <= kMaxBlocks;) {
    const Line here = line_at(view, at, '\n');
    at = here.next;
    const std::string_view line = here.in(view);
    if (trim(line).empty()) {
      blank = true;
      continue;
    }
    const FieldName name = field_name_of(line);
    if (name.name_bytes == 0) continue;
    // Only delivery reports have blocks; some programs leave out the one about the message.
    if (blank && kind == ReportKind::delivery &&
        (!out.fields.empty() || starts_with_ignoring_case(line, "final-recipient") ||
         starts_with_ignoring_case(line, "original-recipient"))) {
      ++block;
    }
    blank = false;
    for (const Known& known : kKnown) {
      if (!equals_ignoring_case(line.substr(0, name.name_bytes), known.field)) continue;
      std::string_view value = trim(line.substr(name.value_at));
      const std::size_t type = known.typed ? value.find(';') : std::string_view::npos;
      if (type != std::string_view::npos && type < 32) value = trim(value.substr(type + 1));
      if (!said_already(out, block, known.name)) out.fields.push_back({block, known.name, without_brackets(value)});
      break;
    }
  }
}

}  // namespace haulier::mime
