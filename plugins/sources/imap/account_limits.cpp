#include "account_limits.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <utility>

#include "io/byte_stream.hpp"

namespace haulier::imap {
namespace {

constexpr std::int64_t kHourUs = std::int64_t{3600} * 1'000'000;
constexpr std::int64_t kHoursOfDay = 24;
constexpr unsigned kLinkSamples = 3;
constexpr std::uint64_t kFastLink = 100'000'000 / 8;
// While a connection is compressed nothing is measured: without an end to it, one bad hour would decide for ever.
constexpr std::int64_t kLinkIsKnownUs = 7 * kHoursOfDay * kHourUs;

}  // namespace

void TokenBucket::refill(std::int64_t now_us) {
  const auto rate = static_cast<double>(rate_);
  if (at_us_ && now_us > *at_us_) {
    tokens_ = std::min(rate, tokens_ + static_cast<double>(now_us - *at_us_) * rate / 1e6);
  }
  at_us_ = now_us;
}

std::uint64_t TokenBucket::take(std::uint64_t wanted, std::int64_t now_us) {
  if (rate_ == 0) return wanted;
  refill(now_us);
  const auto given = std::min(wanted, static_cast<std::uint64_t>(std::max(0.0, std::floor(tokens_))));
  tokens_ -= static_cast<double>(given);
  return given;
}

void TokenBucket::force(std::uint64_t units, std::int64_t now_us) {
  if (rate_ == 0) return;
  refill(now_us);
  tokens_ -= static_cast<double>(units);
}

std::uint64_t TokenBucket::wait_ms(std::int64_t now_us) {
  if (rate_ == 0) return 0;
  refill(now_us);
  return tokens_ >= 1 ? 0 : static_cast<std::uint64_t>(std::ceil((1 - tokens_) * 1000 / static_cast<double>(rate_)));
}

AccountLimits::AccountLimits(Host host, const LimitSettings& settings, AccountFacts facts, bool patient)
    : host_(host),
      settings_(settings),
      patient_(patient),
      commands_(settings.commands_per_second),
      bytes_(settings.bytes_per_second),
      facts_(std::move(facts)) {}

std::size_t AccountLimits::take_commands(std::size_t wanted) {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(commands_.take(wanted, host_.monotonic_us()));
}

std::chrono::milliseconds AccountLimits::until_next_command() {
  const std::lock_guard lock(mutex_);
  return std::chrono::milliseconds(commands_.wait_ms(host_.monotonic_us()));
}

void AccountLimits::received(std::size_t bytes) {
  std::uint64_t wait_ms = 0;
  {
    const std::lock_guard lock(mutex_);
    const auto hour = host_.now_us() / kHourUs;
    if (settings_.bytes_per_day > 0) {
      facts_.hours[hour] += bytes;
      while (facts_.hours.begin()->first <= hour - kHoursOfDay) facts_.hours.erase(facts_.hours.begin());
    }
    const auto now = host_.monotonic_us();
    bytes_.force(bytes, now);
    wait_ms = bytes_.wait_ms(now);
  }
  if (wait_ms > 0) rest(std::chrono::milliseconds(wait_ms));
}

void AccountLimits::rest(std::chrono::milliseconds time) {
  if (host_.wait_ms(static_cast<std::uint64_t>(time.count()))) throw IoError(IoError::Kind::kCancelled, "cancelled");
}

void AccountLimits::measured(std::uint64_t bytes_per_second) {
  const std::lock_guard lock(mutex_);
  // The best of them: a server that is busy makes a fast link look slow, nothing makes a slow one look fast.
  link_best_ = std::max(link_best_, bytes_per_second);
  if (++link_samples_ < kLinkSamples) return;
  const auto now = host_.now_us();
  const bool known = now - facts_.link_measured_us < kLinkIsKnownUs;
  facts_.link_bytes_per_second = known ? std::max(facts_.link_bytes_per_second, link_best_) : link_best_;
  if (!known) facts_.link_measured_us = now;
}

// The hour `hour` and the 23 before it.
std::uint64_t AccountLimits::day_bytes(std::int64_t hour) const {
  std::uint64_t sum = 0;
  for (const auto& [at, bytes] : facts_.hours) sum += at > hour - kHoursOfDay && at <= hour ? bytes : 0;
  return sum;
}

std::optional<std::int64_t> AccountLimits::goes_on_at_us() const {
  if (settings_.bytes_per_day == 0) return std::nullopt;
  const std::lock_guard lock(mutex_);
  const auto hour = host_.now_us() / kHourUs;
  if (day_bytes(hour) < settings_.bytes_per_day) return std::nullopt;
  // When a tenth is free again: going on for a few messages an hour would help nobody.
  const auto enough = settings_.bytes_per_day - settings_.bytes_per_day / 10;
  std::int64_t later = hour + 1;
  while (day_bytes(later) > enough) ++later;
  return later * kHourUs;
}

std::optional<std::uint64_t> AccountLimits::bytes_left() const {
  if (settings_.bytes_per_day == 0) return std::nullopt;
  const std::lock_guard lock(mutex_);
  const auto used = day_bytes(host_.now_us() / kHourUs);
  return settings_.bytes_per_day - std::min(used, settings_.bytes_per_day);
}

bool AccountLimits::link_is_slow() const {
  const std::lock_guard lock(mutex_);
  const bool known = facts_.link_bytes_per_second > 0 && host_.now_us() - facts_.link_measured_us < kLinkIsKnownUs;
  return known && facts_.link_bytes_per_second < kFastLink;
}

bool AccountLimits::link_is_known() const {
  const std::lock_guard lock(mutex_);
  return facts_.link_bytes_per_second > 0 && host_.now_us() - facts_.link_measured_us < kLinkIsKnownUs;
}

bool AccountLimits::may_compress() const {
  const std::lock_guard lock(mutex_);
  return !facts_.no_compress;
}

AccountFacts AccountLimits::facts() const {
  const std::lock_guard lock(mutex_);
  auto facts = facts_;
  facts.at_us = host_.now_us();
  return facts;
}

AccountFacts AccountLimits::facts_for_row(const std::string& mailbox, bool last) {
  auto row = facts();
  const std::lock_guard lock(mutex_);
  const bool here = announced_in_.empty() || announced_in_ == mailbox || !announced_.announces_the_same(row);
  if (last && here && row.announces()) {
    announced_ = row;
    announced_in_ = mailbox;
    return row;
  }
  // The row is written over.
  if (announced_in_ == mailbox) announced_in_.clear();
  row.copy_announced({});
  return row;
}

void AccountLimits::announced_in(std::string mailbox) {
  const std::lock_guard lock(mutex_);
  announced_ = facts_;
  announced_in_ = std::move(mailbox);
}

void AccountLimits::learn(const std::function<void(AccountFacts&)>& change) {
  const std::lock_guard lock(mutex_);
  change(facts_);
}

std::string utc_minute(std::int64_t at_us) {
  const auto seconds = static_cast<std::time_t>(at_us / 1'000'000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[64];
  const auto size = std::strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &parts);
  return {text, size};
}

}  // namespace haulier::imap
