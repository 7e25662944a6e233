#include "mailbox_dispenser.hpp"

#include <algorithm>

namespace haulier::imap {
namespace {
// What one connection reads in about the time in which another one is made.
constexpr std::uint64_t kWorthAConnection = 100;
}  // namespace

void MailboxDispenser::fill(std::deque<Visit> visits, bool first_alone) {
  visits_ = std::move(visits);
  std::uint64_t expected = 0;
  std::uint64_t busy = 0;
  for (const auto& visit : visits_) {
    expected += visit.expected;
    busy += visit.expected > 0 ? 1 : 0;
  }
  const auto worth =
      std::min({std::uint64_t{most_}, std::max(busy, std::uint64_t{1}), 1 + expected / kWorthAConnection});
  connections_ = static_cast<unsigned>(worth);
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < visits_.size(); ++i) waiting_.push_back(i);
  if (connections_ == 1) return;
  if (first_alone && !waiting_.empty()) alone_ = 0;
  std::stable_sort(waiting_.begin() + (alone_ ? 1 : 0), waiting_.end(),
                   [this](std::size_t a, std::size_t b) { return visits_[a].expected > visits_[b].expected; });
}

bool MailboxDispenser::takeable() const {
  return !failed_ && !waiting_.empty() && (!alone_ || waiting_.front() == *alone_);
}

std::optional<std::size_t> MailboxDispenser::take() {
  const std::lock_guard lock(mutex_);
  if (!takeable()) return std::nullopt;
  const auto index = waiting_.front();
  waiting_.pop_front();
  return index;
}

void MailboxDispenser::give_back(std::deque<std::size_t>& indices) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.insert(waiting_.begin(), indices.begin(), indices.end());
    indices.clear();
  }
  changed_.notify_all();
}

void MailboxDispenser::closed(std::size_t index) {
  {
    const std::lock_guard lock(mutex_);
    if (alone_ != index) return;
    alone_.reset();
  }
  changed_.notify_all();
}

void MailboxDispenser::join() {
  const std::lock_guard lock(mutex_);
  ++alive_;
}

MailboxDispenser::Left MailboxDispenser::leave(bool in_any_case) {
  std::unique_lock lock(mutex_);
  // Somebody reads the mailbox that the others wait for, and wakes us when it is through, given back or failed.
  changed_.wait(lock, [&] { return in_any_case || failed_ || waiting_.empty() || takeable(); });
  if (!in_any_case && takeable()) return Left::kMore;
  return --alive_ == 0 ? Left::kLast : Left::kOthers;
}

bool MailboxDispenser::quit(bool refused) {
  {
    const std::lock_guard lock(mutex_);
    if (alive_ <= 1) return false;
    --alive_;
    if (refused) allowed_ = std::min(allowed_.value_or(alive_), alive_);
  }
  changed_.notify_all();
  return true;
}

void MailboxDispenser::fail() {
  {
    const std::lock_guard lock(mutex_);
    failed_ = true;
    if (alive_ > 0) --alive_;
  }
  changed_.notify_all();
}

bool MailboxDispenser::shared() const {
  const std::lock_guard lock(mutex_);
  return alive_ > 1;
}

std::optional<unsigned> MailboxDispenser::allowed() const {
  const std::lock_guard lock(mutex_);
  return allowed_;
}

void MailboxDispenser::pause_until(std::int64_t at_us) {
  const std::lock_guard lock(mutex_);
  paused_until_us_ = std::max(paused_until_us_, at_us);
}

std::int64_t MailboxDispenser::paused_until() const {
  const std::lock_guard lock(mutex_);
  return paused_until_us_;
}

}  // namespace haulier::imap
