// The part of MailboxSync that deals with bodies: small ones come whole, big ones in windows, too big ones not at all.
#include <string>
#include <utility>

#include "sync/mailbox_sync.hpp"

namespace haulier::imap {

std::optional<std::uint32_t> MailboxSync::continued_by(const BodyBegin& begin) const {
  return phase_ == Phase::kFetching ? big_.continued_by(begin) : std::nullopt;
}

std::optional<Step> MailboxSync::window_step() {
  const auto ask = big_.next();
  if (!ask) return std::nullopt;
  return Step{Step::Kind::kWindow, IntervalSet(ask->uid, ask->uid), {}, false, ask->window};
}

MailboxSync::Verdict MailboxSync::body_came(const FetchData& fetch, bool has_body) {
  const auto uid = fetch.uid->value();
  const auto size = fetch.size.value_or(fetch.body_size);
  switch (big_.came(fetch, has_body)) {
    case BigBodies::Verdict::kComplete:
      settle(fetch);
      bodies_.arrived();
      return Verdict::kMessage;
    case BigBodies::Verdict::kPart:
      bodies_.arrived();
      return Verdict::kPart;
    case BigBodies::Verdict::kTooBig:
      reject_too_big(uid, size);
      return Verdict::kDropped;
    case BigBodies::Verdict::kDropped:
      break;
  }
  return Verdict::kDropped;
}

// It counts as known from now on, and is in quarantine once the rejects are taken.
void MailboxSync::reject_too_big(std::uint32_t uid, std::uint64_t size) {
  const auto limit = options_.big_bodies.max_message;
  std::string reason = "the message is longer than max_message (" + std::to_string(limit) + " bytes)";
  if (size > limit) reason += "; the server says " + std::to_string(size) + " bytes";
  const IntervalSet one(uid, uid);
  big_.forget(one);
  bodies_.forget(one);
  bodies_.arrived();
  if (state_.live.contains(uid)) return;
  state_.pending[uid].error = reason;
  rejects_.push_back({uid, std::move(reason)});
}

void MailboxSync::too_long(StepId step, const BodyTooLong& message) {
  const auto asked = in_flight_.find(step);
  if (asked == in_flight_.end()) return;
  const auto& set = asked->second.step.set;
  if (message.uid) {
    reject_too_big(message.uid->value(), message.size);
  } else if (set.count() == 1) {
    reject_too_big(set.first(), message.size);
  }
}

void MailboxSync::body_cut(std::uint32_t uid, std::uint64_t bytes, std::uint64_t message_size) {
  const bool windows = !plain_items_ && !options_.quirks.has(Quirk::kNoPartial);
  if (!windows || state_.live.contains(uid) || phase_ != Phase::kFetching) return;
  big_.cut(uid, bytes, message_size);
  if (big_.has_part(uid)) bodies_.arrived();
}

void MailboxSync::window_completed(const InFlight& done, const Completed& answer, const Reaction& reaction) {
  const auto uid = done.step.set.first();
  const bool ok = answer.ok() || reaction.kind == Reaction::Kind::kHoles;
  const bool passing = answer.code.code == Code::kUnavailable || answer.code.code == Code::kInUse;
  const std::string reason = "the server refuses the message: " + std::string(answer.text.substr(0, kMaxReasonBytes));
  if (!ok && passing && big_.holds(uid)) {
    big_.forget(IntervalSet(uid, uid));
    bodies_.refuse(uid, reason, true);
    return;
  }
  switch (big_.answered({uid, done.step.window}, ok)) {
    case BigBodies::Outcome::kMissing:
      bodies_.delivered(IntervalSet(uid, uid));
      break;
    case BigBodies::Outcome::kRefused:
      bodies_.refuse(uid, reason, false);
      break;
    case BigBodies::Outcome::kFine:
      break;
  }
}

}  // namespace haulier::imap
