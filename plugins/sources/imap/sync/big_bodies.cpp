#include "sync/big_bodies.hpp"

#include <algorithm>
#include <utility>

namespace haulier::imap {
namespace {

constexpr std::size_t kMaxParts = 8;    // messages of which bytes are kept; more of them begin again later
constexpr std::size_t kDepth = 4;       // windows of one message in flight; the reader bounds their bytes
constexpr unsigned kMaxFaults = 2;      // then the message is asked for as a whole
constexpr unsigned kMaxLosses = 3;      // connections in a row that broke without a new byte of it
constexpr std::uint64_t kLeast = 4096;  // of a window that a server cuts short
constexpr std::uint64_t kDoubted = std::uint64_t{1} << 20;  // from here on the question costs little beside the answer

// Lengths at which programs cut: a message has one of them by chance once in about 300 times.
bool is_round(std::uint64_t length) { return length % 1024 == 0 || length % 1000 == 0 || length % 1024 == 1023; }

}  // namespace

// One octet more than allowed shows that a message is longer.
Window BigBodies::first() const { return {0, std::min(limits_.window, limits_.max_message + 1)}; }

std::optional<std::uint32_t> BigBodies::continued_by(const BodyBegin& begin) const {
  if (begin.origin.value_or(0) == 0) return std::nullopt;
  std::optional<std::uint32_t> found;
  for (const auto& [uid, held] : held_) {
    const bool other = begin.uid && begin.uid->value() != uid;
    const bool resized = begin.message_size && held.size != 0 && *begin.message_size != held.size;
    if (other || resized || held.whole || held.have == 0 || held.have != *begin.origin) continue;
    if (found) return std::nullopt;  // the UID comes behind the body, and two messages would fit
    found = uid;
  }
  return found;
}

BigBodies::Verdict BigBodies::came(const FetchData& fetch, bool collected) {
  const auto uid = fetch.uid->value();
  const auto entry = held_.find(uid);
  if (entry == held_.end()) return first_came(uid, fetch);
  const bool nil = fetch.body == FetchData::Body::kNil;
  if (nil && entry->second.have == 0) return Verdict::kDropped;  // no empty message: as if it had not come
  if (!nil && fetch.body_origin.value_or(0) == 0) return without_window_came(entry, fetch);
  return window_came(entry, fetch, collected);
}

// The answer to the first window of an ordinary fetch.
BigBodies::Verdict BigBodies::first_came(std::uint32_t uid, const FetchData& fetch) {
  const auto length = fetch.body_size;
  const auto asked = first();
  if (length > limits_.max_message) return Verdict::kTooBig;
  if (length > asked.size) return Verdict::kComplete;  // no windows here
  const auto size = fetch.size.value_or(0);
  if (length < asked.size && (length >= size || is_end(length))) return Verdict::kComplete;
  const bool room = held_.contains(uid) || parts() < kMaxParts;
  hold(uid, room ? length : 0, size);
  return room ? Verdict::kPart : Verdict::kDropped;
}

// A message that is held came from its beginning on: as asked, or because the server does not know windows.
BigBodies::Verdict BigBodies::without_window_came(Entry entry, const FetchData& fetch) {
  auto& held = entry->second;
  const auto at_start = [](const Window& window) { return window.offset == 0; };
  const auto at = std::find_if(held.asked.begin(), held.asked.end(), at_start);
  const bool asked = at != held.asked.end();
  const auto length = fetch.body_size;
  const auto complete = [&] {
    held_.erase(entry);
    return length > limits_.max_message ? Verdict::kTooBig : Verdict::kComplete;
  };
  // What was asked before it was known that it is of no use is still on its way.
  if (held.whole) return asked && at->size == UINT64_MAX ? complete() : Verdict::kDropped;
  if (held.have == 0) {
    if (!asked) return Verdict::kDropped;
    held.asked.erase(at);
    if (length == 0) return complete();  // empty for the second time
    const auto verdict = first_came(entry->first, fetch);
    if (verdict == Verdict::kComplete) held_.erase(entry);
    return verdict;
  }
  const bool is_whole = length > limits_.window && length >= std::max(held.size, held.have + 1);
  return is_whole ? complete() : start_over(held);
}

BigBodies::Verdict BigBodies::window_came(Entry entry, const FetchData& fetch, bool collected) {
  auto& held = entry->second;
  const auto is_asked = [&](const Window& window) { return !fetch.body_origin || window.offset == *fetch.body_origin; };
  const auto at = std::find_if(held.asked.begin(), held.asked.end(), is_asked);
  if (at == held.asked.end()) return start_over(held);
  const Window asked = *at;
  held.asked.erase(at);
  if (fetch.size && held.size != 0 && *fetch.size != held.size) return start_over(held);
  if (asked.offset == limits_.max_message && held.have < asked.offset) {
    if (fetch.body_size > 0) return Verdict::kTooBig;
    held.size = 0;  // the size is wrong: there is nothing at the limit
    return Verdict::kPart;
  }
  if (asked.offset != held.have) return Verdict::kPart;  // asked before it was known that a window was cut short
  if (fetch.body_size > 0 && !collected) return ++held.faults > kMaxFaults ? start_over(held) : Verdict::kPart;
  return judge_end(entry, fetch.body_size, asked);
}

BigBodies::Verdict BigBodies::judge_end(Entry entry, std::uint64_t came, const Window& asked) {
  auto& held = entry->second;
  held.have += came;
  if (held.have > limits_.max_message) return Verdict::kTooBig;
  if (came >= asked.size) return Verdict::kPart;
  const bool shorter = held.have < held.size;
  if (came > 0 && shorter && !is_end(came)) {
    // Either the server cuts windows short or the size is wrong: the window behind tells.
    held.window = std::max(came, kLeast);
    return Verdict::kPart;
  }
  held_.erase(entry);
  return Verdict::kComplete;
}

// A window that is short though the size says more: sizes are wrong more often than windows (Exchange says up to three
// times as much), so only a length at which a program would cut is doubted.
bool BigBodies::is_end(std::uint64_t length) { return length < kDoubted && !is_round(length); }

std::size_t BigBodies::parts() const {
  return static_cast<std::size_t>(std::count_if(held_.begin(), held_.end(), [](const auto& entry) {
    return entry.second.have > 0 || !entry.second.asked.empty();
  }));
}

BigBodies::Verdict BigBodies::start_over(Held& held) {
  held.have = held.next = 0;
  held.size = 0;
  held.max_probed = false;
  held.window = limits_.window;
  held.whole = held.whole || ++held.faults >= kMaxFaults;
  return Verdict::kDropped;
}

void BigBodies::hold(std::uint32_t uid, std::uint64_t have, std::uint64_t size) {
  auto& held = held_[uid];
  held.have = have;
  held.next = std::max(held.next, have);
  held.size = size;
  held.window = limits_.window;
}

void BigBodies::cut(std::uint32_t uid, std::uint64_t bytes, std::uint64_t size) {
  const auto entry = held_.find(uid);
  if (entry == held_.end()) {
    if (parts() < kMaxParts) hold(uid, bytes, size);
  } else if (!entry->second.whole) {
    entry->second.have = entry->second.next = bytes;
  }
}

std::optional<BigBodies::Ask> BigBodies::next() {
  for (auto& [uid, held] : held_) {
    if (held.whole) {
      if (!held.asked.empty()) continue;
      held.asked.push_back({0, UINT64_MAX});
      return Ask{uid, std::nullopt};
    }
    if (held.have == 0 && held.asked.empty() && parts() >= kMaxParts) continue;
    const auto ask = [&held = held, uid = uid](Window window) {
      held.asked.push_back(window);
      return Ask{uid, window};
    };
    if (held.size > limits_.max_message) {
      // Before the rest is fetched: one octet behind the limit shows whether the size is right.
      if (!std::exchange(held.max_probed, true)) return ask({limits_.max_message, 1});
      continue;
    }
    const bool waits = std::any_of(held.asked.begin(), held.asked.end(),
                                   [&held = held](const Window& window) { return window.offset >= held.have; });
    if (!waits) held.next = held.have;
    if (waits && (held.next >= held.size || held.asked.size() >= kDepth)) continue;
    const Window window{held.next, std::min(held.window, limits_.max_message + 1 - held.next)};
    held.next += window.size;
    return ask(window);
  }
  return std::nullopt;
}

BigBodies::Outcome BigBodies::answered(const Ask& ask, bool ok) {
  const auto entry = held_.find(ask.uid);
  if (entry == held_.end()) return Outcome::kFine;
  auto& held = entry->second;
  const auto offset = ask.window ? ask.window->offset : 0;
  const auto at =
      std::find_if(held.asked.begin(), held.asked.end(), [&](const Window& window) { return window.offset == offset; });
  if (at == held.asked.end()) return Outcome::kFine;
  held.asked.erase(at);
  if (held.whole && ask.window) return Outcome::kFine;  // an old one
  if (ok && ask.window && ask.window->offset != held.have) {
    // It lies behind the end: of a window that was cut short, or of the message.
    if (ask.window->offset == limits_.max_message) held.size = 0;
    return Outcome::kFine;
  }
  if (ask.window) {
    held.faults = kMaxFaults;
    (void)start_over(held);
    return Outcome::kFine;
  }
  held_.erase(entry);
  return ok ? Outcome::kMissing : Outcome::kRefused;
}

std::optional<std::uint32_t> BigBodies::lost() {
  std::optional<std::uint32_t> given_up;
  for (auto& [uid, held] : held_) {
    const bool stuck = !held.asked.empty() && held.have == held.have_at_loss;
    held.losses = stuck ? held.losses + 1 : 0;
    held.have_at_loss = held.have;
    held.asked.clear();
    held.next = held.have;
    held.max_probed = false;
    if (held.losses >= kMaxLosses) given_up = uid;
  }
  if (given_up) held_.erase(*given_up);
  return given_up;
}

void BigBodies::forget(const IntervalSet& uids) {
  std::erase_if(held_, [&](const auto& entry) { return uids.contains(entry.first); });
}

bool BigBodies::waits() const {
  return std::any_of(held_.begin(), held_.end(), [](const auto& entry) { return !entry.second.asked.empty(); });
}

bool BigBodies::has_part(std::uint32_t uid) const {
  const auto entry = held_.find(uid);
  return entry != held_.end() && !entry->second.whole && entry->second.have > 0;
}

IntervalSet BigBodies::uids() const {
  IntervalSet out;
  for (const auto& [uid, held] : held_) out.insert(uid);
  return out;
}

std::uint64_t BigBodies::size_of(std::uint32_t uid) const {
  const auto entry = held_.find(uid);
  return entry == held_.end() ? 0 : entry->second.size;
}

}  // namespace haulier::imap
