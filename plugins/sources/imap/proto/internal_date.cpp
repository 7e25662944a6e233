#include <array>
#include <charconv>

#include "proto/response_parser.hpp"

namespace haulier::imap {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                                      "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};

// A decimal field of exactly these characters; a leading space counts as zero (date-day-fixed).
std::optional<std::int64_t> field(std::string_view text, std::size_t at, std::size_t size) {
  if (at + size > text.size()) return std::nullopt;
  std::int64_t value = 0;
  for (const char c : text.substr(at, size)) {
    if (c == ' ' && value == 0) continue;
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

// Days since 1970-01-01 of a proleptic Gregorian date.
std::int64_t days_from_civil(std::int64_t year, std::int64_t month, std::int64_t day) {
  year -= month <= 2;
  const std::int64_t era = year / 400;
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

}  // namespace

std::optional<std::int64_t> parse_internal_date(std::string_view text) {
  // " 7-Feb-1994 21:52:25 -0800"; a day without its leading blank is accepted.
  if (text.find('-') == 1) {
    std::array<char, 27> fixed{};
    if (text.size() > 25) return std::nullopt;
    fixed[0] = ' ';
    text.copy(fixed.data() + 1, text.size());
    return parse_internal_date(std::string_view(fixed.data(), text.size() + 1));
  }
  if (text.size() < 20 || text[2] != '-' || text[6] != '-' || text[11] != ' ') return std::nullopt;
  std::int64_t month = 0;
  for (std::size_t i = 0; i < kMonths.size(); ++i) {
    if (equals_word(text.substr(3, 3), kMonths[i])) month = static_cast<std::int64_t>(i) + 1;
  }
  const auto day = field(text, 0, 2), year = field(text, 7, 4);
  const auto hour = field(text, 12, 2), minute = field(text, 15, 2), second = field(text, 18, 2);
  if (month == 0 || !day || !year || !hour || !minute || !second) return std::nullopt;
  if (*day < 1 || *day > 31 || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  std::int64_t offset_min = 0;
  if (text.size() >= 26 && (text[21] == '+' || text[21] == '-')) {
    const auto zone_hour = field(text, 22, 2), zone_minute = field(text, 24, 2);
    if (!zone_hour || !zone_minute) return std::nullopt;
    offset_min = (*zone_hour * 60 + *zone_minute) * (text[21] == '-' ? -1 : 1);
  }
  const std::int64_t days = days_from_civil(*year, month, *day);
  const std::int64_t seconds = ((days * 24 + *hour) * 60 + *minute - offset_min) * 60 + *second;
  return seconds * 1'000'000;
}

}  // namespace haulier::imap
