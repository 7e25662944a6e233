#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace haulier::imap {

/// A set of UIDs as sorted, disjoint, non-touching closed intervals. It is never expanded into single numbers, so
/// `1:4294967295` from a hostile server costs eight bytes. A value: copies and compares.
class IntervalSet {
 public:
  struct Interval {
    std::uint32_t lo;
    std::uint32_t hi;
    friend bool operator==(const Interval&, const Interval&) = default;
  };

  IntervalSet() = default;
  IntervalSet(std::uint32_t lo, std::uint32_t hi) { insert(lo, hi); }

  /// Sorts and merges; O(n log n) whatever the order, so a reversed list cannot make it quadratic.
  [[nodiscard]] static IntervalSet from_unsorted(std::vector<Interval> intervals);

  /// sequence-set without "*": `1:5,7` (RFC 9051 section 9), also with swapped ends. Empty text is the empty set;
  /// nullopt when malformed or longer than `max_intervals`.
  [[nodiscard]] static std::optional<IntervalSet> parse(std::string_view text, std::size_t max_intervals = 4'000'000);

  void insert(std::uint32_t uid) { insert(uid, uid); }
  void insert(std::uint32_t lo, std::uint32_t hi);
  void insert(const IntervalSet& other);
  void erase(std::uint32_t uid) { erase(IntervalSet(uid, uid)); }
  void erase(const IntervalSet& other);
  void clear() { intervals_.clear(); }

  [[nodiscard]] bool contains(std::uint32_t uid) const;
  [[nodiscard]] bool empty() const { return intervals_.empty(); }
  [[nodiscard]] std::uint64_t count() const;
  [[nodiscard]] std::uint32_t first() const { return intervals_.empty() ? 0 : intervals_.front().lo; }
  [[nodiscard]] std::uint32_t last() const { return intervals_.empty() ? 0 : intervals_.back().hi; }
  [[nodiscard]] const std::vector<Interval>& intervals() const& { return intervals_; }
  void intervals() const&& = delete;  // a loop over a temporary's intervals would dangle

  [[nodiscard]] IntervalSet minus(const IntervalSet& other) const;
  [[nodiscard]] IntervalSet intersect(const IntervalSet& other) const;

  /// Removes and returns the lowest `max_count` numbers, fewer when their text would be longer than `max_octets`
  /// (a command line limit, RFC 7162 section 4); at least one interval piece is always taken.
  [[nodiscard]] IntervalSet take_first(std::uint64_t max_count, std::size_t max_octets);
  /// The highest `max_count` numbers.
  [[nodiscard]] IntervalSet tail(std::uint64_t max_count) const;

  /// Ascending and merged: some servers refuse anything else.
  [[nodiscard]] std::string to_text() const;

  friend bool operator==(const IntervalSet&, const IntervalSet&) = default;

 private:
  std::vector<Interval> intervals_;
};

}  // namespace haulier::imap
