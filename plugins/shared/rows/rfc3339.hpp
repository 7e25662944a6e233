// Timestamps as the sinks write them: RFC 3339 (section 5.6), UTC, always six digits after the second, so that the
// texts have one width and sort in time order. Pure; no allocation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace haulier::rfc3339 {

// "2026-11-22T10:00:00.123456Z"
inline constexpr std::size_t kSize = 27;

namespace detail {

struct Date {
  std::int64_t year;
  unsigned month, day;  // from 1
};

// Proleptic Gregorian calendar; the year runs from March, so that the leap day is its last (Hinnant, days_from_civil).
inline Date date_of(std::int64_t days_since_1970) noexcept {
  const std::int64_t z = days_since_1970 + 719468;
  const std::int64_t era = (z >= 0 ? z : z - 146096) / 146097;
  const auto day_of_era = static_cast<unsigned>(z - era * 146097);
  const unsigned year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const unsigned march_month = (5 * day_of_year + 2) / 153;
  const unsigned day = day_of_year - (153 * march_month + 2) / 5 + 1;
  const unsigned month = march_month < 10 ? march_month + 3 : march_month - 9;
  return {static_cast<std::int64_t>(year_of_era) + era * 400 + (month <= 2 ? 1 : 0), month, day};
}

inline std::int64_t days_of(std::int64_t year, unsigned month, unsigned day) noexcept {
  const std::int64_t y = month <= 2 ? year - 1 : year;
  const std::int64_t era = (y >= 0 ? y : y - 399) / 400;
  const auto year_of_era = static_cast<unsigned>(y - era * 400);
  const unsigned day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + static_cast<std::int64_t>(day_of_era) - 719468;
}

inline void put(char* to, std::uint32_t value, int digits) noexcept {
  for (int i = digits - 1; i >= 0; --i, value /= 10) to[i] = static_cast<char>('0' + value % 10);
}

// -1 when one of them is no digit.
inline std::int64_t digits(std::string_view text, std::size_t at, std::size_t n) noexcept {
  std::int64_t out = 0;
  for (std::size_t i = at; i < at + n; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    out = out * 10 + (text[i] - '0');
  }
  return out;
}

}  // namespace detail

// Writes kSize characters. False when the year is not 0000 to 9999: such a time has no text that sorts.
[[nodiscard]] inline bool format(std::int64_t us, char* out) noexcept {
  constexpr std::int64_t kDay = 86'400'000'000;
  std::int64_t days = us / kDay;
  std::int64_t rest = us % kDay;
  if (rest < 0) rest += kDay, --days;
  const detail::Date date = detail::date_of(days);
  if (date.year < 0 || date.year > 9999) return false;
  const auto second = static_cast<std::uint32_t>(rest / 1'000'000);
  detail::put(out, static_cast<std::uint32_t>(date.year), 4);
  detail::put(out + 5, date.month, 2);
  detail::put(out + 8, date.day, 2);
  detail::put(out + 11, second / 3600, 2);
  detail::put(out + 14, second / 60 % 60, 2);
  detail::put(out + 17, second % 60, 2);
  detail::put(out + 20, static_cast<std::uint32_t>(rest % 1'000'000), 6);
  out[4] = out[7] = '-';
  out[10] = 'T';
  out[13] = out[16] = ':';
  out[19] = '.';
  out[26] = 'Z';
  return true;
}

// Exactly what format() writes; anything else is none.
[[nodiscard]] inline std::optional<std::int64_t> parse(std::string_view text) noexcept {
  if (text.size() != kSize || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' ||
      text[16] != ':' || text[19] != '.' || text[26] != 'Z') {
    return std::nullopt;
  }
  const std::int64_t year = detail::digits(text, 0, 4), month = detail::digits(text, 5, 2);
  const std::int64_t day = detail::digits(text, 8, 2), hour = detail::digits(text, 11, 2);
  const std::int64_t minute = detail::digits(text, 14, 2), second = detail::digits(text, 17, 2);
  const std::int64_t micro = detail::digits(text, 20, 6);
  if (year < 0 || month < 1 || month > 12 || day < 1 || day > 31 || hour < 0 || hour > 23 || minute < 0 ||
      minute > 59 || second < 0 || second > 59 || micro < 0) {
    return std::nullopt;
  }
  const std::int64_t days = detail::days_of(year, static_cast<unsigned>(month), static_cast<unsigned>(day));
  return ((days * 24 + hour) * 60 + minute) * 60'000'000 + second * 1'000'000 + micro;
}

}  // namespace haulier::rfc3339
