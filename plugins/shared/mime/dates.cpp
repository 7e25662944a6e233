#include "mime/dates.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "mime/ascii.hpp"

namespace haulier::mime {

namespace {

constexpr std::int64_t kNotSet = -1;

// Days since 1970-01-01 in the proleptic Gregorian calendar.
constexpr std::int64_t days_from_civil(std::int64_t year, std::int64_t month, std::int64_t day) {
  year -= month <= 2 ? 1 : 0;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const std::int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

constexpr std::int64_t days_in_month(std::int64_t year, std::int64_t month) {
  constexpr std::array<std::int64_t, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && leap ? 29 : kDays[static_cast<std::size_t>(month - 1)];
}

struct Fields {
  std::int64_t year = kNotSet;
  std::int64_t month = kNotSet;
  std::int64_t day = kNotSet;
  std::int64_t hour = kNotSet;
  std::int64_t minute = kNotSet;
  std::int64_t second = 0;
  std::int32_t offset_min = 0;
  bool has_zone = false;
};

// Reads one token after another; comments and separators are passed over.
class Tokens {
 public:
  explicit Tokens(std::string_view text) : text_(text) {}

  // A run of letters, or a run of digits (with a sign when it is a zone), or one separator that matters.
  std::string_view next() {
    skip();
    if (text_.empty()) return {};
    std::size_t size = 0;
    if (is_alpha(text_[0])) {
      while (size < text_.size() && is_alpha(text_[size])) ++size;
    } else if (is_digit(text_[0])) {
      while (size < text_.size() && is_digit(text_[size])) ++size;
    } else {
      size = 1;
    }
    const std::string_view token = text_.substr(0, size);
    text_.remove_prefix(size);
    return token;
  }
  [[nodiscard]] char peek() const { return text_.empty() ? '\0' : text_[0]; }
  // Passes over blanks and comments when a colon follows them (RFC 5322 section 4.3: `09(a):  55`).
  bool colon_ahead() {
    Tokens ahead = *this;
    ahead.skip();
    if (ahead.peek() != ':') return false;
    *this = ahead;
    return true;
  }
  void drop() { text_.remove_prefix(1); }

 private:
  void skip() {
    int depth = 0;
    while (!text_.empty()) {
      const char c = text_[0];
      if (c == '(')
        ++depth;
      else if (c == ')')
        depth -= depth > 0 ? 1 : 0;
      else if (depth == 0 && !is_space(c) && c != ',' && c != '.' && c != '"')
        return;
      text_.remove_prefix(1);
    }
  }
  std::string_view text_;
};

std::int64_t number(std::string_view digits) {
  std::int64_t value = 0;
  for (const char c : digits.substr(0, 9)) value = value * 10 + (c - '0');
  return value;
}

std::int64_t month_of(std::string_view word) {
  constexpr std::string_view kMonths = "janfebmaraprmayjunjulaugsepoctnovdec";
  if (word.size() < 3) return kNotSet;
  for (std::size_t i = 0; i < 12; ++i) {
    if (equals_ignoring_case(word.substr(0, 3), kMonths.substr(i * 3, 3))) return static_cast<std::int64_t>(i + 1);
  }
  return kNotSet;
}

// Obsolete zone names; unknown ones are UTC (RFC 5322 section 4.3), military letters too.
bool zone_of(std::string_view word, std::int32_t& offset_min) {
  struct Zone {
    std::string_view name;
    std::int32_t minutes;
  };
  static constexpr Zone kZones[] = {
      {"ut", 0},     {"utc", 0},    {"gmt", 0},    {"z", 0},      {"est", -300},  {"edt", -240},
      {"cst", -360}, {"cdt", -300}, {"mst", -420}, {"mdt", -360}, {"pst", -480},  {"pdt", -420},
      {"cet", 60},   {"cest", 120}, {"met", 60},   {"mest", 120}, {"mez", 60},    {"bst", 60},
      {"wet", 0},    {"west", 60},  {"eet", 120},  {"eest", 180}, {"msk", 180},   {"msd", 240},
      {"ist", 330},  {"jst", 540},  {"kst", 540},  {"hkt", 480},  {"sgt", 480},   {"aest", 600},
      {"aedt", 660}, {"nzst", 720}, {"nzdt", 780}, {"hst", -600}, {"akst", -540}, {"akdt", -480}};
  for (const Zone& zone : kZones) {
    if (!equals_ignoring_case(word, zone.name)) continue;
    offset_min = zone.minutes;
    return true;
  }
  return word.size() == 1;
}

void read_time(Fields& fields, std::string_view hour, Tokens& tokens) {
  fields.hour = number(hour);
  tokens.drop();
  fields.minute = number(tokens.next());
  if (!tokens.colon_ahead()) return;
  tokens.drop();
  fields.second = number(tokens.next());
  if (tokens.peek() == '.') tokens.next();  // a fraction
}

void read_offset(Fields& fields, char sign, std::string_view digits, Tokens& tokens) {
  std::int64_t hours = 0;
  std::int64_t minutes = 0;
  if (digits.size() >= 3) {
    const std::int64_t all = number(digits.substr(0, 4));
    hours = all / 100;
    minutes = all % 100;
  } else {
    hours = number(digits);
    if (tokens.peek() == ':') {
      tokens.drop();
      minutes = number(tokens.next());
    }
  }
  if (hours > 23 || minutes > 59) return;
  fields.offset_min = static_cast<std::int32_t>((hours * 60 + minutes) * (sign == '-' ? -1 : 1));
  fields.has_zone = true;
}

void read_number(Fields& fields, std::string_view digits, Tokens& tokens) {
  if (fields.hour == kNotSet && tokens.colon_ahead()) {
    read_time(fields, digits, tokens);
  } else if (fields.day == kNotSet && digits.size() == 4 && fields.year == kNotSet && tokens.peek() == '-') {
    // ISO 8601: 2003-07-01
    fields.year = number(digits);
    tokens.drop();
    fields.month = number(tokens.next());
    if (tokens.peek() == '-') {
      tokens.drop();
      fields.day = number(tokens.next());
    }
  } else if (fields.day == kNotSet && digits.size() <= 2) {
    fields.day = number(digits);
  } else if (fields.year == kNotSet && (digits.size() == 4 || digits.size() <= 3)) {
    // RFC 5322 section 4.3: two digits 00-49 are 20xx, 50-99 19xx, three digits add 1900.
    fields.year = number(digits);
    if (digits.size() == 3)
      fields.year += 1900;
    else if (digits.size() < 3)
      fields.year += fields.year < 50 ? 2000 : 1900;
  }
}

bool is_weekday(std::string_view word) {
  constexpr std::string_view kDays = "montuewedthufrisatsun";
  for (std::size_t i = 0; i < 7; ++i) {
    if (equals_ignoring_case(word, kDays.substr(i * 3, 3))) return true;
  }
  return false;
}

bool are_digits(std::string_view text) { return std::all_of(text.begin(), text.end(), is_digit); }

// Nearly every date: `Tue, 1 Jul 2003 10:52:37 +0200` as RFC 5322 section 3.3 has it, the day of the week optional.
// What follows can change nothing any more. False, and nothing said about the date, when it is written in any other
// way.
bool read_usual(std::string_view text, Fields& fields) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  if (text.size() > 5 && text[3] == ',' && text[4] == ' ' && is_weekday(text.substr(0, 3))) text.remove_prefix(5);
  if (text.size() < 2 || !is_digit(text[0])) return false;
  const std::size_t day = is_digit(text[1]) ? 2 : 1;
  // _Jul_2003_10:52:37_+0200
  const std::string_view rest = text.substr(day);
  constexpr std::size_t kSize = 24;
  if (rest.size() < kSize || (rest.size() > kSize && is_digit(rest[kSize]))) return false;
  if (rest[0] != ' ' || rest[4] != ' ' || rest[9] != ' ' || rest[12] != ':' || rest[15] != ':' || rest[18] != ' ')
    return false;
  const char sign = rest[19];
  const auto digits = [&](std::size_t at, std::size_t count) { return rest.substr(at, count); };
  if (!are_digits(digits(5, 4)) || !are_digits(digits(10, 2)) || !are_digits(digits(13, 2)) ||
      !are_digits(digits(16, 2)) || (sign != '+' && sign != '-') || !are_digits(digits(20, 4))) {
    return false;
  }
  const std::int64_t month = is_alpha(rest[3]) ? month_of(rest.substr(1, 3)) : kNotSet;
  const std::int64_t hours = number(digits(20, 2));
  const std::int64_t minutes = number(digits(22, 2));
  if (month == kNotSet || hours > 23 || minutes > 59) return false;
  fields = {number(digits(5, 4)),
            month,
            number(text.substr(0, day)),
            number(digits(10, 2)),
            number(digits(13, 2)),
            number(digits(16, 2)),
            static_cast<std::int32_t>((hours * 60 + minutes) * (sign == '-' ? -1 : 1)),
            true};
  return true;
}

std::optional<MailDate> checked(const Fields& fields) {
  if (fields.year < 1970 || fields.year > 9999 || fields.month < 1 || fields.month > 12) return std::nullopt;
  if (fields.day < 1 || fields.day > days_in_month(fields.year, fields.month)) return std::nullopt;
  const std::int64_t hour = fields.hour == kNotSet ? 0 : fields.hour;
  const std::int64_t minute = fields.minute == kNotSet ? 0 : fields.minute;
  if (hour > 24 || minute > 59 || fields.second > 60) return std::nullopt;
  const std::int64_t days = days_from_civil(fields.year, fields.month, fields.day);
  const std::int64_t seconds = days * 86400 + hour * 3600 + (minute - fields.offset_min) * 60 + fields.second;
  if (seconds < 0) return std::nullopt;
  return MailDate{seconds * 1'000'000, fields.offset_min};
}

}  // namespace

std::optional<MailDate> parse_date(std::string_view value) {
  constexpr std::size_t kLongest = 256;
  Fields fields;
  if (read_usual(value.substr(0, kLongest), fields)) return checked(fields);
  Tokens tokens(value.substr(0, kLongest));
  for (std::string_view token = tokens.next(); !token.empty(); token = tokens.next()) {
    if (is_digit(token[0])) {
      read_number(fields, token, tokens);
    } else if ((token == "+" || token == "-") && is_digit(tokens.peek())) {
      const std::string_view digits = tokens.next();
      if (fields.hour != kNotSet && !(fields.year == kNotSet && digits.size() != 4)) {
        if (!fields.has_zone) read_offset(fields, token[0], digits, tokens);
      } else {
        read_number(fields, digits, tokens);  // 12-Jul-2003
      }
    } else if (is_alpha(token[0])) {
      const std::int64_t month = month_of(token);
      if (fields.hour != kNotSet && !fields.has_zone && zone_of(token, fields.offset_min)) {
        // `GMT+0200` goes on with the offset.
        fields.has_zone = tokens.peek() != '+' && tokens.peek() != '-';
      } else if (month != kNotSet && fields.month == kNotSet) {
        fields.month = month;
      }
    }
  }
  return checked(fields);
}

std::optional<MailDate> parse_received_date(std::string_view value) {
  const std::size_t semicolon = value.rfind(';');
  return semicolon == std::string_view::npos ? std::nullopt : parse_date(value.substr(semicolon + 1));
}

}  // namespace haulier::mime
