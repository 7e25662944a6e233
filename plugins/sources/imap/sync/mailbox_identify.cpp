// The part of MailboxSync that finds out, by the server's own id, which messages are stored already (RFC 8474).
#include <algorithm>
#include <utility>

#include "sync/mailbox_sync.hpp"

namespace haulier::imap {

bool MailboxSync::identifies() const {
  return options_.stored && (options_.object_id || options_.gmail) && !plain_items_ && !identify_refused_;
}

// Asked for by UID and not settled yet: by way of its id, when there may be something to save.
void MailboxSync::want(const IntervalSet& uids) {
  if (identifies() || rebinds())
    unidentified_.insert(uids);
  else
    bodies_.want(uids);
}

std::optional<Step> MailboxSync::identify_step() {
  unidentified_.erase(state_.live);
  const bool by_id = identifies();
  if (!by_id && !rebinds()) bodies_.want(std::exchange(unidentified_, {}));
  if (unidentified_.empty()) return std::nullopt;
  if (!by_id) return rebinding_.full() ? std::nullopt : std::optional(fingerprint_step());
  return Step{Step::Kind::kIdentify, unidentified_.take_first(UINT64_MAX, options_.set_octets), {}, false};
}

// Dovecot tells the flags of new messages behind the command before the one that asks for them.
bool MailboxSync::is_asked_about(std::uint32_t uid) const {
  return std::any_of(in_flight_.begin(), in_flight_.end(), [uid](const auto& entry) {
    const auto& step = entry.second.step;
    const bool asks =
        step.kind == Step::Kind::kBodies || step.kind == Step::Kind::kIdentify || step.kind == Step::Kind::kFingerprint;
    return asks && step.set.contains(uid);
  });
}

// A message that is stored, from this place or from another one: RFC 8474 section 4 and Gmail promise that the same id
// means the same bytes.
MailboxSync::Verdict MailboxSync::identified(const FetchData& fetch) {
  const auto uid = fetch.uid->value();
  const auto id = server_id_of(fetch);
  if (id.empty()) return Verdict::kNothing;
  if (!options_.stored || !options_.stored(id_hash(id))) {
    bodies_.want(IntervalSet(uid, uid));
    return Verdict::kNothing;
  }
  bodies_.forget(IntervalSet(uid, uid));
  settle(fetch);
  return Verdict::kPlace;
}

void MailboxSync::settle(const FetchData& fetch) {
  const auto uid = fetch.uid->value();
  state_.live.insert(uid);
  state_.pending.erase(uid);
  state_.complete = false;
  if (fetch.internal_date_us) note_date(*fetch.internal_date_us);
  if (const auto id = server_id_of(fetch); !id.empty()) state_.ids.add(id_hash(id));
  if (!options_.condstore && fetch.flags) (void)state_.flags.update(uid, canonical_flags(*fetch.flags));
}

// What was not told an id, or not told at all, is fetched: that finds out whether it is there.
void MailboxSync::identify_completed(const InFlight& done, bool ok) {
  identify_refused_ = identify_refused_ || !ok;
  if (!done.step.open_ended) {
    bodies_.want(done.step.set.minus(state_.live));
  } else if (!ok) {
    force_search_ = true;
  }
}

}  // namespace haulier::imap
