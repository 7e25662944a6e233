#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mime/header_fields.hpp"

namespace haulier::mime {

enum class ReportKind : std::uint8_t { none, delivery, disposition, feedback };
[[nodiscard]] std::string_view name_of(ReportKind kind);  // delivery, disposition, feedback
// By the media type of the machine-readable part: RFC 3464, RFC 8098, RFC 5965.
[[nodiscard]] ReportKind report_kind_of(std::string_view media_type);

struct ReportField {
  std::uint32_t block = 0;  // 0 = about the message, then one per recipient
  std::string_view name;    // snake_case, of a closed list
  std::string_view value;   // view of the text; the type before `;` is left out (rfc822;ann@example.org)
};

// What a delivery report, a disposition notification or a feedback report says. Bounds: at most 1,000 recipients.
struct Report {
  ReportKind kind = ReportKind::none;
  std::vector<ReportField> fields;
  [[nodiscard]] std::string_view find(std::string_view name) const;  // the first; empty when missing
};

// `text` is the part's body as UTF-8, unfolded by this: it is changed. `out` holds views of it.
void read_report(std::string& text, ReportKind kind, Report& out);

}  // namespace haulier::mime
