#include "sync/body_queue.hpp"

#include <algorithm>
#include <utility>

namespace haulier::imap {

void BodyQueue::forget(const IntervalSet& uids) {
  wanted_.erase(uids);
  missing_.erase(uids);
  for (auto& half : halves_) half.erase(uids);
}

std::optional<IntervalSet> BodyQueue::next(std::uint64_t max_count, std::size_t max_octets) {
  while (!halves_.empty()) {
    auto half = std::move(halves_.front());
    halves_.pop_front();
    if (!half.empty()) return half;
  }
  if (wanted_.empty()) return std::nullopt;
  return wanted_.take_first(std::max<std::uint64_t>(1, std::min(max_count, limit_)), max_octets);
}

void BodyQueue::arrived() {
  refusals_in_row_ = 0;
  arrived_since_loss_ = true;
}

void BodyQueue::delivered(const IntervalSet& rest) { missing_.insert(rest); }

void BodyQueue::refused(const IntervalSet& rest, std::string_view reason, bool passing) {
  if (rest.empty()) return;
  ++refusals_in_row_;
  const auto count = rest.count();
  if (count == 1) {
    failures_.push_back({rest.first(), std::string(reason), passing});
    return;
  }
  auto upper = rest;
  auto lower = upper.take_first(count / 2, SIZE_MAX);
  halves_.push_front(std::move(upper));
  halves_.push_front(std::move(lower));
}

void BodyQueue::refuse(std::uint32_t uid, std::string_view reason, bool passing) {
  failures_.push_back({uid, std::string(reason), passing});
}

void BodyQueue::lost(const IntervalSet& rest, std::string_view reason) {
  for (auto& half : halves_) wanted_.insert(half);
  halves_.clear();
  wanted_.insert(rest);
  if (!std::exchange(arrived_since_loss_, false) && !rest.empty()) {
    limit_ = std::max<std::uint64_t>(1, std::min(limit_, rest.count()) / 4);
    const auto uid = rest.first();
    if (limit_ == 1 && ++losses_[uid] >= kMaxLosses) {
      failures_.push_back({uid, std::string(reason), true});
      wanted_.erase(uid);
    }
  }
}

std::optional<IntervalSet> BodyQueue::next_probe(std::size_t max_octets) {
  if (missing_.empty()) return std::nullopt;
  return missing_.take_first(UINT64_MAX, max_octets);
}

void BodyQueue::probed(const IntervalSet& asked, const IntervalSet& present) {
  const auto there = asked.intersect(present);
  const auto again = there.minus(asked_twice_);
  const auto hopeless = there.intersect(asked_twice_);
  for (const auto& [lo, hi] : hopeless.intervals()) {
    for (std::uint64_t uid = lo; uid <= hi; ++uid) {
      failures_.push_back(
          {static_cast<std::uint32_t>(uid), "the server lists the message but does not deliver it", true});
    }
  }
  asked_twice_.insert(again);
  wanted_.insert(again);
}

std::vector<BodyQueue::Failure> BodyQueue::take_failures() { return std::exchange(failures_, {}); }

std::uint64_t BodyQueue::wanted_count() const {
  std::uint64_t count = wanted_.count() + missing_.count();
  for (const auto& half : halves_) count += half.count();
  return count;
}

}  // namespace haulier::imap
