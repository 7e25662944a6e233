// The part of MailboxSync that finds out by fingerprint which messages are stored already, on servers without ids.
#include <utility>

#include "sync/mailbox_sync.hpp"

namespace haulier::imap {
namespace {
constexpr std::uint64_t kFingerprintsAtOnce = 500;
}

bool MailboxSync::can_rebind() const {
  return options_.known_emails && !rebinding_.off() && !options_.object_id && !options_.gmail && !plain_items_;
}

// Before EXAMINE, of a mailbox that is new or has another UIDVALIDITY by its STATUS.
bool MailboxSync::rebinds_fresh() const { return can_rebind() && (state_.known || options_.rebind_new); }

// One round trip more and half a kilobyte for each message: only where much is likely to be stored already.
bool MailboxSync::rebinds() const {
  if (!can_rebind()) return false;
  const bool first_pass = state_.uidnext == 0;
  return options_.rebind_arrivals || (first_pass && (options_.rebind_new || !state_.old_epochs.empty()));
}

Step MailboxSync::fingerprint_step() {
  return {Step::Kind::kFingerprint, unidentified_.take_first(kFingerprintsAtOnce, options_.set_octets), {}, false};
}

// What was not answered is fetched: that finds out whether it is there.
void MailboxSync::fingerprint_completed(const InFlight& done, bool ok) {
  if (!ok) fetch_rebound();
  bodies_.want(rebinding_.decide(options_.known_emails).minus(state_.live));
  const auto held = rebinding_.held();
  if (!done.step.open_ended) {
    bodies_.want(done.step.set.minus(state_.live).minus(held));
  } else if (!ok) {
    force_search_ = true;
  }
  bodies_.forget(held);
}

bool MailboxSync::proved(std::uint32_t uid, std::string_view sha256) {
  if (rebinding_.proved(uid, sha256)) return true;
  fetch_rebound();
  return false;
}

// Whatever was bound in this pass may be another message.
void MailboxSync::fetch_rebound() {
  auto uids = rebinding_.switch_off();
  // A proof that has arrived meanwhile is settled by its own bytes.
  const auto bound = uids.intersect(state_.live).intersect(rebound_);
  state_.live.erase(bound);
  state_.flags.forget(bound);
  rebound_.clear();
  bodies_.want(uids.minus(state_.live));
}

std::vector<ReboundPlace> MailboxSync::take_rebound(std::uint64_t max_count) {
  auto places = rebinding_.take_proven(max_count);
  std::erase_if(places, [&](const ReboundPlace& place) { return state_.live.contains(place.uid); });
  for (const auto& place : places) {
    FetchData fetch;
    fetch.uid = Uid::from(place.uid);
    if (place.flags) fetch.flags = *place.flags;
    bodies_.forget(IntervalSet(place.uid, place.uid));
    rebound_.insert(place.uid);
    settle(fetch);
  }
  return places;
}

}  // namespace haulier::imap
