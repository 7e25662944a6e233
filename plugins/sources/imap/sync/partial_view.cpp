#include "sync/partial_view.hpp"

#include <algorithm>
#include <array>

namespace haulier::imap {
namespace {

constexpr std::int64_t kDayUs = std::int64_t{24} * 3600 * 1'000'000;
constexpr std::uint64_t kFew = 20;  // the oldest of so few messages may well be a month old by chance
constexpr std::array<std::uint64_t, 4> kRoundCounts = {1000, 2000, 5000, 10000};

}  // namespace

bool is_round_count(std::uint64_t messages) {
  return std::find(kRoundCounts.begin(), kRoundCounts.end(), messages) != kRoundCounts.end();
}

bool ends_at_30_days(std::uint64_t messages, std::int64_t oldest_us, std::int64_t now_us) {
  if (messages < kFew || oldest_us == 0) return false;
  const auto age = now_us - oldest_us;
  return age >= 29 * kDayUs && age <= 31 * kDayUs;
}

std::string partial_view_words(PartialView view, std::uint64_t messages) {
  switch (view) {
    case PartialView::kRoundCount:
      return "perhaps the server shows only a part of this mailbox: it has exactly " + std::to_string(messages) +
             " messages, which is where some servers stop; look for a limit on the size of folders in the web "
             "mailbox's "
             "settings";
    case PartialView::kRecentOnly:
      return "perhaps the server shows only the last 30 days of this mailbox: look for the range of mail that IMAP "
             "gives in the web mailbox's settings (收取全部邮件) and choose all";
    case PartialView::kNone:
      break;
  }
  return {};
}

}  // namespace haulier::imap
