#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace haulier::mime {

struct MailDate {
  std::int64_t utc_us = 0;      // microseconds since 1970-01-01 UTC
  std::int32_t offset_min = 0;  // east of UTC
};

// RFC 5322 section 3.3 with the obsolete zones of section 4.3, and what programs write instead: asctime(), ISO 8601,
// missing seconds, missing weekday, dashes, two-digit years, comments. Nothing sensible: nullopt, never 1970.
// What is read today must read the same in every later version: the ids of e-mails hold it.
[[nodiscard]] std::optional<MailDate> parse_date(std::string_view value);

// The date of a Received field: what follows its last semicolon.
[[nodiscard]] std::optional<MailDate> parse_received_date(std::string_view value);

}  // namespace haulier::mime
