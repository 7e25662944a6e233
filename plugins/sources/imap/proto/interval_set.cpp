#include "proto/interval_set.hpp"

#include <algorithm>
#include <charconv>

namespace haulier::imap {
namespace {

using Interval = IntervalSet::Interval;

std::uint64_t width(const Interval& interval) { return std::uint64_t{interval.hi} - interval.lo + 1; }

void append_number(std::string& out, std::uint32_t number) {
  char digits[10];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, end);
}

void append_interval(std::string& out, const Interval& interval) {
  if (!out.empty()) out += ',';
  append_number(out, interval.lo);
  if (interval.hi != interval.lo) {
    out += ':';
    append_number(out, interval.hi);
  }
}

std::optional<std::uint32_t> take_number(const char*& at, const char* end) {
  std::uint32_t number = 0;
  const auto result = std::from_chars(at, end, number);
  if (result.ec != std::errc{} || number == 0) return std::nullopt;
  at = result.ptr;
  return number;
}

}  // namespace

IntervalSet IntervalSet::from_unsorted(std::vector<Interval> intervals) {
  const auto by_start = [](const Interval& a, const Interval& b) { return a.lo < b.lo; };
  if (!std::is_sorted(intervals.begin(), intervals.end(), by_start)) {
    std::sort(intervals.begin(), intervals.end(), by_start);
  }
  IntervalSet set;
  for (const auto& interval : intervals) {
    if (!set.intervals_.empty() && std::uint64_t{set.intervals_.back().hi} + 1 >= interval.lo) {
      set.intervals_.back().hi = std::max(set.intervals_.back().hi, interval.hi);
    } else {
      set.intervals_.push_back(interval);
    }
  }
  return set;
}

// sequence-set = (seq-number / seq-range) ["," sequence-set]; seq-range = seq-number ":" seq-number
std::optional<IntervalSet> IntervalSet::parse(std::string_view text, std::size_t max_intervals) {
  std::vector<Interval> intervals;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    if (intervals.size() == max_intervals) return std::nullopt;
    const auto lo = take_number(at, end);
    if (!lo) return std::nullopt;
    auto hi = lo;
    if (at != end && *at == ':') {
      ++at;
      hi = take_number(at, end);
      if (!hi) return std::nullopt;
    }
    intervals.push_back({std::min(*lo, *hi), std::max(*lo, *hi)});
    if (at == end) break;
    if (*at != ',' || ++at == end) return std::nullopt;
  }
  return from_unsorted(std::move(intervals));
}

void IntervalSet::insert(std::uint32_t lo, std::uint32_t hi) {
  if (lo == 0 || hi < lo) return;
  // First interval that touches or lies behind [lo, hi]; UIDs arrive ascending, so this is nearly always the end.
  auto first = intervals_.end();
  if (!intervals_.empty() && std::uint64_t{intervals_.back().hi} + 1 >= lo) {
    first = std::lower_bound(intervals_.begin(), intervals_.end(), lo, [](const Interval& interval, std::uint32_t at) {
      return std::uint64_t{interval.hi} + 1 < at;
    });
  }
  auto last = first;
  while (last != intervals_.end() && last->lo <= std::uint64_t{hi} + 1) {
    lo = std::min(lo, last->lo);
    hi = std::max(hi, last->hi);
    ++last;
  }
  if (first == last) {
    intervals_.insert(first, {lo, hi});
    return;
  }
  *first = {lo, hi};
  intervals_.erase(first + 1, last);
}

void IntervalSet::insert(const IntervalSet& other) {
  if (other.intervals_.empty()) return;
  if (intervals_.empty()) {
    intervals_ = other.intervals_;
    return;
  }
  if (other.intervals_.size() <= 2) {
    for (const auto& interval : other.intervals_) insert(interval.lo, interval.hi);
    return;
  }
  std::vector<Interval> all;
  all.reserve(intervals_.size() + other.intervals_.size());
  std::merge(intervals_.begin(), intervals_.end(), other.intervals_.begin(), other.intervals_.end(),
             std::back_inserter(all), [](const Interval& a, const Interval& b) { return a.lo < b.lo; });
  *this = from_unsorted(std::move(all));
}

void IntervalSet::erase(const IntervalSet& other) {
  if (intervals_.empty() || other.intervals_.empty()) return;
  *this = minus(other);
}

bool IntervalSet::contains(std::uint32_t uid) const {
  const auto it = std::lower_bound(intervals_.begin(), intervals_.end(), uid,
                                   [](const Interval& interval, std::uint32_t at) { return interval.hi < at; });
  return it != intervals_.end() && it->lo <= uid;
}

std::uint64_t IntervalSet::count() const {
  std::uint64_t total = 0;
  for (const auto& interval : intervals_) total += width(interval);
  return total;
}

IntervalSet IntervalSet::minus(const IntervalSet& other) const {
  IntervalSet result;
  auto cut = other.intervals_.begin();
  for (auto interval : intervals_) {
    while (cut != other.intervals_.end() && cut->hi < interval.lo) ++cut;
    bool left = true;
    for (auto it = cut; it != other.intervals_.end() && it->lo <= interval.hi; ++it) {
      if (it->lo > interval.lo) result.intervals_.push_back({interval.lo, it->lo - 1});
      if (it->hi >= interval.hi) {
        left = false;
        break;
      }
      interval.lo = it->hi + 1;
      cut = it;
    }
    if (left) result.intervals_.push_back(interval);
  }
  return result;
}

IntervalSet IntervalSet::intersect(const IntervalSet& other) const {
  IntervalSet result;
  auto a = intervals_.begin();
  auto b = other.intervals_.begin();
  while (a != intervals_.end() && b != other.intervals_.end()) {
    const std::uint32_t lo = std::max(a->lo, b->lo);
    const std::uint32_t hi = std::min(a->hi, b->hi);
    if (lo <= hi) result.intervals_.push_back({lo, hi});
    if (a->hi < b->hi) {
      ++a;
    } else {
      ++b;
    }
  }
  return result;
}

IntervalSet IntervalSet::take_first(std::uint64_t max_count, std::size_t max_octets) {
  IntervalSet taken;
  std::string text;
  std::size_t used = 0;
  while (used < intervals_.size() && max_count > 0) {
    auto& interval = intervals_[used];
    Interval piece = interval;
    if (width(piece) > max_count) piece.hi = static_cast<std::uint32_t>(piece.lo + max_count - 1);
    append_interval(text, piece);
    if (text.size() > max_octets && !taken.empty()) break;
    taken.intervals_.push_back(piece);
    max_count -= width(piece);
    if (piece.hi != interval.hi) {
      interval.lo = piece.hi + 1;
      break;
    }
    ++used;
  }
  intervals_.erase(intervals_.begin(), intervals_.begin() + static_cast<std::ptrdiff_t>(used));
  return taken;
}

IntervalSet IntervalSet::tail(std::uint64_t max_count) const {
  IntervalSet result;
  auto it = intervals_.rbegin();
  for (; it != intervals_.rend() && max_count > 0; ++it) {
    Interval piece = *it;
    if (width(piece) > max_count) piece.lo = static_cast<std::uint32_t>(piece.hi - max_count + 1);
    result.intervals_.push_back(piece);
    max_count -= width(piece);
  }
  std::reverse(result.intervals_.begin(), result.intervals_.end());
  return result;
}

std::string IntervalSet::to_text() const {
  std::string text;
  for (const auto& interval : intervals_) append_interval(text, interval);
  return text;
}

}  // namespace haulier::imap
