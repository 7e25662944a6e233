#include "config/quantity.hpp"

#include <array>
#include <cctype>
#include <charconv>
#include <cmath>

namespace haulier::host {

namespace {

struct UnitName {
  std::string_view name;  // lower case
  double factor;
};

constexpr std::array kByteUnits = {UnitName{"", 1},         UnitName{"b", 1},        UnitName{"k", 0x1p10},
                                   UnitName{"kib", 0x1p10}, UnitName{"m", 0x1p20},   UnitName{"mib", 0x1p20},
                                   UnitName{"g", 0x1p30},   UnitName{"gib", 0x1p30}, UnitName{"t", 0x1p40},
                                   UnitName{"tib", 0x1p40}, UnitName{"kb", 1e3},     UnitName{"mb", 1e6},
                                   UnitName{"gb", 1e9},     UnitName{"tb", 1e12}};
constexpr std::array kTimeUnits = {UnitName{"ms", 1},     UnitName{"s", 1e3},    UnitName{"m", 60e3},
                                   UnitName{"min", 60e3}, UnitName{"h", 3600e3}, UnitName{"d", 86400e3}};
constexpr std::array kCountUnits = {UnitName{"", 1}, UnitName{"k", 1e3}, UnitName{"m", 1e6}};

constexpr double kLimit = 9007199254740992.0;  // 2^53: exact in a double

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// Takes "12" or "1.5" from the front; leaves the rest. Empty when there is no number.
std::optional<double> take_number(std::string_view& text) {
  std::size_t length = 0;
  while (length < text.size() && (std::isdigit(static_cast<unsigned char>(text[length])) != 0 || text[length] == '.')) {
    ++length;
  }
  if (length == 0 || text[0] == '.' || text[length - 1] == '.') return std::nullopt;
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + length, number, std::chars_format::fixed);
  if (error != std::errc() || end != text.data() + length) return std::nullopt;
  text.remove_prefix(length);
  return number;
}

std::string take_unit(std::string_view& text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  std::string unit;
  while (!text.empty() && std::isalpha(static_cast<unsigned char>(text.front())) != 0) {
    unit += static_cast<char>(std::tolower(static_cast<unsigned char>(text.front())));
    text.remove_prefix(1);
  }
  return unit;
}

template <std::size_t N>
std::optional<double> factor_of(const std::array<UnitName, N>& units, std::string_view unit) {
  for (const UnitName& known : units) {
    if (known.name == unit) return known.factor;
  }
  return std::nullopt;
}

std::optional<std::int64_t> whole(double value) {
  if (!(value >= 0) || value > kLimit || value != std::floor(value)) return std::nullopt;
  return static_cast<std::int64_t>(value);
}

template <std::size_t N>
std::optional<std::int64_t> parse_one(std::string_view text, const std::array<UnitName, N>& units) {
  text = trimmed(text);
  const auto number = take_number(text);
  if (!number) return std::nullopt;
  const auto factor = factor_of(units, take_unit(text));
  if (!factor || !text.empty()) return std::nullopt;
  return whole(*number * *factor);
}

}  // namespace

std::optional<std::int64_t> parse_bytes(std::string_view text) { return parse_one(text, kByteUnits); }

std::optional<std::int64_t> parse_count(std::string_view text) { return parse_one(text, kCountUnits); }

std::optional<std::int64_t> parse_milliseconds(std::string_view text) {
  text = trimmed(text);
  if (text == "0") return 0;
  if (text.empty()) return std::nullopt;
  double total = 0;
  while (!text.empty()) {
    const auto number = take_number(text);
    if (!number) return std::nullopt;
    const auto factor = factor_of(kTimeUnits, take_unit(text));
    if (!factor) return std::nullopt;
    total += *number * *factor;
    text = trimmed(text);
  }
  return whole(total);
}

std::string format_bytes(std::int64_t bytes) {
  constexpr std::array<std::string_view, 5> kNames = {"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  while (bytes != 0 && bytes % 1024 == 0 && unit + 1 < kNames.size()) {
    bytes /= 1024;
    ++unit;
  }
  if (unit == 0) return std::to_string(bytes);
  return std::to_string(bytes) + std::string(kNames[unit]);
}

std::string format_milliseconds(std::int64_t ms) {
  if (ms == 0) return "0";
  struct Step {
    std::int64_t ms;
    std::string_view name;
  };
  constexpr std::array kSteps = {Step{86'400'000, "d"}, Step{3'600'000, "h"}, Step{60'000, "m"}, Step{1'000, "s"},
                                 Step{1, "ms"}};
  std::string text;
  for (const Step& step : kSteps) {
    if (ms >= step.ms) text += std::to_string(ms / step.ms) + std::string(step.name);
    ms %= step.ms;
  }
  return text;
}

}  // namespace haulier::host
