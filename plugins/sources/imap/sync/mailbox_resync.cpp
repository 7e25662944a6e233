// The part of MailboxSync that takes what the server tells by itself: QRESYNC (RFC 7162 section 3.2) and VANISHED.
#include <algorithm>
#include <utility>

#include "sync/mailbox_sync.hpp"

namespace haulier::imap {
namespace {
constexpr std::uint64_t kMassVanishCount = 100;  // more than this and a fifth of all: believed only when asked twice
}

std::optional<ResyncPoint> MailboxSync::resync_point() const {
  const bool usable = options_.qresync && !resync_refused_ && state_.complete && !fresh();
  if (!usable || state_.uidvalidity.absent() || !state_.modseq.known()) return std::nullopt;
  return ResyncPoint{state_.uidvalidity, state_.modseq};
}

MailboxSync::Verdict MailboxSync::resync_fetched(const FetchData& fetch) {
  if (!fetch.uid || !resync_.active() || phase_ != Phase::kUnexamined) return Verdict::kNothing;
  const auto uid = fetch.uid->value();
  resync_.changed(uid);
  const bool late = uid < state_.uidnext && !state_.live.contains(uid) && !state_.pending.contains(uid);
  if (late) want(IntervalSet(uid, uid));
  return flags_seen(fetch);
}

void MailboxSync::resync_vanished(const IntervalSet& uids) {
  if (!resync_.active() || phase_ != Phase::kUnexamined) return;
  resync_.vanished(uids);
  told_gone_.insert(state_.live.intersect(uids));
}

void MailboxSync::resync_refused() {
  resync_refused_ = true;
  connection_lost("EXAMINE with QRESYNC was refused");
}

// Every new UID must have been named as changed or vanished, or have arrived. A gap may be one that no message ever
// had; SEARCH tells.
std::optional<Step> MailboxSync::coverage_step() {
  if (!resync_.active() || !examination_.uidnext) return std::nullopt;
  auto rest = resync_.unexplained(*examination_.uidnext, state_.live);
  if (!rest) return std::nullopt;
  want(resync_.arrivals().minus(state_.live));
  if (rest->empty()) return std::nullopt;
  return Step{Step::Kind::kSearchNew, *std::move(rest), {}, false};
}

bool MailboxSync::is_mass(const IntervalSet& uids) const {
  return uids.count() > std::max(kMassVanishCount, state_.live.count() / 5);
}

// VANISHED is a claim (apache/james-project#629 reports all old mail, iCloud what is still there): few of them, and the
// count must fit without them. Else everything is listed.
void MailboxSync::judge_vanished() {
  if (told_gone_.empty()) return;
  auto told = std::exchange(told_gone_, {});
  if (server_ || is_mass(told)) {
    force_search_ = true;
    return;
  }
  vanished_.insert(told);
  if (count_fits()) return;
  vanished_.erase(told);
  force_search_ = true;
}

// The server does not count them any more. Not believed before the end of the pass: judge_vanished().
void MailboxSync::vanished_now(const IntervalSet& uids) {
  const auto count = uids.count();
  exists_ -= std::min(exists_, count);
  expunged_ += count;
  told_gone_.insert(state_.live.intersect(uids));
  bodies_.forget(uids.minus(state_.live));
  big_.forget(uids);
  for (const auto& [lo, hi] : uids.intervals())
    state_.pending.erase(state_.pending.lower_bound(lo), state_.pending.upper_bound(hi));
}

}  // namespace haulier::imap
