#include "sync/mailbox_sync.hpp"

#include <algorithm>
#include <utility>

namespace haulier::imap {
namespace {

constexpr std::uint64_t kAssumedMessageBytes = 75'000;  // until some arrived
constexpr std::uint32_t kMaxAttempts = 3;

}  // namespace

MailboxSync::MailboxSync(MailboxState state, SyncOptions options, std::optional<StatusNumbers> hint)
    : state_(std::move(state)), options_(options), hint_(hint), big_(options_.big_bodies) {
  exists_ = hint_ && hint_->messages ? *hint_->messages : state_.live.count();
  for (const auto& [uid, attempt] : state_.pending) bodies_.want(IntervalSet(uid, uid));
}

// A server that leaves UIDVALIDITY out says nothing about a change (Tencent exmail). A lower value is a change, too.
bool MailboxSync::same_epoch(UidValidity other) const {
  return state_.known && (other.absent() || state_.uidvalidity.absent() || other == state_.uidvalidity);
}

bool MailboxSync::fresh() const {
  return !state_.known || (hint_ && hint_->uidvalidity && !same_epoch(UidValidity(*hint_->uidvalidity)));
}

bool MailboxSync::reconcile_due() const {
  return !state_.live.empty() && options_.now_us - state_.reconciled_us >= options_.reconcile_every_us;
}

std::uint64_t MailboxSync::known_count() const { return state_.live.count() + state_.pending.size(); }

std::uint32_t MailboxSync::known_end() const {
  const auto end = std::max<std::uint64_t>(state_.live.last(), state_.uidnext > 0 ? state_.uidnext - 1 : 0);
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(end, Uid::kMax));
}

bool MailboxSync::nothing_to_do() const {
  if (!hint_ || !hint_->messages) return false;
  if (!state_.known) return *hint_->messages == 0;
  if (fresh() || !state_.complete || !state_.pending.empty() || !state_.old_epochs.empty() || reconcile_due())
    return false;
  if (*hint_->messages != state_.live.count() || !hint_->uidnext || *hint_->uidnext != state_.uidnext) return false;
  if (state_.live.empty()) return true;
  return options_.condstore && state_.modseq.known() && hint_->highestmodseq == state_.modseq.value();
}

// STATUS says that fewer messages are there than the arrivals explain: UIDNEXT' - UIDNEXT == MESSAGES' - MESSAGES
// holds exactly when nothing was expunged.
bool MailboxSync::expunge_predicted() const {
  if (!hint_ || !hint_->messages || !hint_->uidnext) return false;
  return *hint_->messages + state_.uidnext != known_count() + *hint_->uidnext;
}

Step MailboxSync::search_step() {
  searched_ = true;
  return {Step::Kind::kSearchAll, IntervalSet(1, Uid::kMax), {}, true};
}

std::vector<Step> MailboxSync::opening(bool resync) {
  std::vector<Step> steps;
  resync_.drop();
  if (resync) resync_.asked(state_.uidnext);
  const bool empty = hint_ && hint_->messages && *hint_->messages == 0;
  if (fresh()) {
    if (empty) return steps;
    // A small mailbox needs no list: everything is asked for at once, and the count proves that all of it came.
    const bool small = hint_ && hint_->messages && *hint_->messages <= options_.batch_messages;
    tail_from_ = small && !rebinds_fresh() ? 1 : 0;
    if (auto step = tail_step())
      steps.push_back(*std::move(step));
    else
      steps.push_back(search_step());
    return steps;
  }
  flags_done_ = true;
  if (!resync) {
    if (auto step = flags_step()) steps.push_back(*std::move(step));
  }
  if (!state_.complete || empty) {
    if (!empty || !state_.live.empty()) steps.push_back(search_step());
    return steps;
  }
  const bool many = hint_ && hint_->messages && *hint_->messages > known_count() + options_.batch_messages;
  tail_from_ = many ? 0 : std::max<std::uint64_t>(state_.uidnext, 1);
  const bool no_news = hint_ && hint_->uidnext && *hint_->uidnext <= state_.uidnext;
  if (!no_news) {
    if (auto step = tail_step()) steps.push_back(*std::move(step));
  }
  if (many || reconcile_due() || (!resync && expunge_predicted())) steps.push_back(search_step());
  return steps;
}

void MailboxSync::examined(const Examination& examination) {
  examination_ = examination;
  exists_ = examination.exists;
  expunged_ = 0;
  phase_ = Phase::kFetching;
  // A server that forgot its history, or that says that something changed and does not say what: asked in another way.
  const bool moved = examination.highestmodseq != state_.modseq;
  if (resync_.active() && (!examination.highestmodseq.known() || (moved && resync_.silent()))) flags_done_ = false;
  if (!state_.known || !same_epoch(examination.uidvalidity)) {
    begin_epoch();
    return;
  }
  const bool uids_went_back = examination.uidnext && *examination.uidnext < state_.uidnext;
  const bool modseq_went_back = examination.highestmodseq.known() && examination.highestmodseq < state_.modseq;
  if (!uids_went_back && !modseq_went_back) return;
  // The server was restored from a copy: nothing it said before counts.
  state_.modseq = {};
  resync_.drop();
  told_gone_.clear();
  big_.clear();
  tail_from_ = 0;
  force_search_ = true;
  flags_done_ = false;
}

void MailboxSync::begin_epoch() {
  auto old_epochs = std::move(state_.old_epochs);
  auto ids = std::move(state_.ids);
  if (state_.known && !state_.live.empty()) old_epochs.push_back({state_.uidvalidity, std::move(state_.live)});
  // An answer to "everything from UID 1" is good in any epoch; one to "everything from UID 500" is not.
  const bool asked_from_start = !state_.known || fresh();
  state_ = {};
  state_.known = true;
  state_.uidvalidity = examination_.uidvalidity;
  state_.old_epochs = std::move(old_epochs);
  state_.ids = std::move(ids);
  state_.reconciled_us = options_.now_us;
  // Flags come with the messages: none will be older than this.
  if (!options_.condstore) state_.flags_checked_us = options_.now_us;
  if (options_.condstore) state_.modseq = examination_.highestmodseq;
  bodies_ = {};
  big_.clear();
  unidentified_.clear();
  rebinding_ = {};
  rebound_.clear();
  resync_.drop();
  told_gone_.clear();
  flags_done_ = true;
  if (!asked_from_start) tail_from_ = 0;
}

void MailboxSync::mailbox_gone() {
  examination_ = {};
  begin_epoch();
  exists_ = 0;
  phase_ = Phase::kDone;
  state_.complete = true;
}

std::optional<Step> MailboxSync::flags_step() {
  if (state_.live.empty()) return std::nullopt;
  if (options_.condstore && state_.modseq.known() && !changes_refused_) {
    return Step{Step::Kind::kChanges, IntervalSet(1, known_end()), state_.modseq, true};
  }
  const bool all = options_.condstore || state_.live.count() <= options_.flags_always_all ||
                   options_.now_us - state_.flags_checked_us >= options_.all_flags_every_us;
  const std::uint32_t from = all ? 1 : state_.live.tail(options_.flags_each_pass).first();
  return Step{Step::Kind::kFlags, IntervalSet(from, known_end()), {}, true};
}

// Everything from the first unknown UID on. The end is a number and never "*", which would name the last message when
// there is nothing new.
std::optional<Step> MailboxSync::tail_step() {
  if (tail_from_ == 0 || tail_from_ > Uid::kMax) return std::nullopt;
  std::uint64_t end = Uid::kMax;
  if (phase_ == Phase::kUnexamined && hint_ && hint_->uidnext) end = *hint_->uidnext - 1;
  if (phase_ == Phase::kFetching) {
    // Courier's EXAMINE has no UIDNEXT: the count then tells whether something is missing.
    if (!examination_.uidnext && count_fits()) return std::nullopt;
    end = examination_.uidnext ? *examination_.uidnext - 1 : Uid::kMax;
  }
  if (end < tail_from_) return std::nullopt;
  const auto from = static_cast<std::uint32_t>(std::exchange(tail_from_, end + 1));
  const auto otherwise = rebinds() ? Step::Kind::kFingerprint : Step::Kind::kBodies;
  return Step{identifies() ? Step::Kind::kIdentify : otherwise,
              IntervalSet(from, static_cast<std::uint32_t>(std::min<std::uint64_t>(end, Uid::kMax))),
              {},
              true};
}

std::optional<Step> MailboxSync::bodies_step() {
  while (auto set = bodies_.next(set_size(), options_.set_octets)) {
    auto wanted = set->minus(state_.live).minus(big_.uids());
    if (!wanted.empty()) return Step{Step::Kind::kBodies, std::move(wanted), {}, false};
  }
  return std::nullopt;
}

std::uint64_t MailboxSync::average_bytes() const {
  return measured_messages_ > 0 ? measured_bytes_ / measured_messages_ + 1 : kAssumedMessageBytes;
}

std::uint64_t MailboxSync::set_size() const {
  return std::clamp<std::uint64_t>(options_.batch_bytes / average_bytes(), 1, options_.batch_messages);
}

bool MailboxSync::likely_last() const {
  if (!bodies_.empty() || !big_.empty() || !unidentified_.empty() || server_ || rebinding_.proofs_due()) return false;
  for (const auto& [id, asked] : in_flight_) {
    const auto kind = asked.step.kind;
    const bool asks = kind == Step::Kind::kSearchAll || kind == Step::Kind::kList || kind == Step::Kind::kProbe ||
                      kind == Step::Kind::kSearchNew || kind == Step::Kind::kIdentify ||
                      kind == Step::Kind::kFingerprint;
    if (asks) return false;
  }
  return true;
}

void MailboxSync::measured(std::uint64_t size_bytes) {
  ++measured_messages_;
  measured_bytes_ += size_bytes;
}

// Messages that arrived after EXAMINE do not count: they are for the next pass, or came along by chance.
bool MailboxSync::count_fits() const {
  const auto there = state_.live.minus(vanished_).minus(told_gone_);
  auto counted = there.count() + state_.pending.size();
  if (examination_.uidnext && *examination_.uidnext <= Uid::kMax && *examination_.uidnext > 0) {
    counted -= there.intersect(IntervalSet(static_cast<std::uint32_t>(*examination_.uidnext), Uid::kMax)).count();
  }
  return counted + expunged_ == examination_.exists;
}

std::optional<Step> MailboxSync::next_step() {
  if (phase_ != Phase::kFetching) return std::nullopt;
  settle_failures();
  if (bodies_.hopeless()) {
    problem_ = "the server refuses one message after the other";
    phase_ = Phase::kDone;
    return std::nullopt;
  }
  if (auto step = window_step()) return step;
  if (rebinding_.proofs_due()) {
    if (auto step = bodies_step()) return step;
  }
  if (auto step = identify_step()) return step;
  if (auto step = bodies_step()) return step;
  if (!in_flight_.empty()) return std::nullopt;
  if (auto probe = bodies_.next_probe(options_.set_octets))
    return Step{Step::Kind::kProbe, *std::move(probe), {}, false};
  if (rebinding_.proofs_due()) {
    // A proof that did not come proves nothing.
    fetch_rebound();
    if (auto step = bodies_step()) return step;
  }
  if (!std::exchange(flags_done_, true)) {
    if (auto step = flags_step()) return step;
  }
  if (auto step = tail_step()) return step;
  if (auto step = coverage_step()) return step;
  if (auto step = identify_step()) return step;
  if (auto step = bodies_step()) return step;
  judge_vanished();
  if (auto step = listing_step()) return step;
  if (auto step = identify_step()) return step;
  if (auto step = bodies_step()) return step;
  finish();
  return std::nullopt;
}

std::optional<Step> MailboxSync::listing_step() {
  if (!searched_ && (force_search_ || reconcile_due() || !count_fits())) return search_step();
  if (server_) {
    compare_with_server();
    if (!suspects_.empty()) {
      // Not believed yet: ask for exactly these with another command.
      listed_by_fetch_ = true;
      const bool short_text = suspects_.to_text().size() <= options_.set_octets;
      return Step{
          Step::Kind::kList, short_text ? suspects_ : IntervalSet(suspects_.first(), suspects_.last()), {}, true};
    }
  }
  const bool too_few = known_count() - vanished_.count() < exists_;
  if (searched_ && !listed_by_fetch_ && bodies_.empty() && unidentified_.empty() && !count_fits() &&
      (search_failed_ || too_few)) {
    // SEARCH does not work here, or lists fewer messages than EXISTS counts: FETCH lists them, once.
    listed_by_fetch_ = true;
    return Step{Step::Kind::kList, IntervalSet(1, Uid::kMax), {}, true};
  }
  return std::nullopt;
}

void MailboxSync::compare_with_server() {
  const auto server = std::exchange(server_, std::nullopt);
  IntervalSet waiting;
  for (const auto& [uid, attempt] : state_.pending) waiting.insert(uid);
  const auto unknown = server->minus(state_.live).minus(waiting);
  suspects_ = state_.live.minus(*server);
  want(unknown);
  all_seen_ = true;
  const bool fits = known_count() - suspects_.count() + unknown.count() == exists_;
  const bool mass = is_mass(suspects_);
  // One list that fits EXISTS, or two commands that agree. Else what is stored stays, and the next pass asks again.
  const bool believed = (fits && !mass) || (listed_by_fetch_ && (fits || !search_failed_));
  if (believed) vanished_.insert(suspects_);
  if (believed || listed_by_fetch_) suspects_.clear();
}

MailboxSync::StepId MailboxSync::sent(Step step) {
  in_flight_.emplace(++last_step_, InFlight{std::move(step), {}, false});
  return last_step_;
}

MailboxSync::Verdict MailboxSync::fetched(const FetchData& fetch, bool has_body) {
  if (!fetch.uid || phase_ != Phase::kFetching) return Verdict::kNothing;
  const auto uid = fetch.uid->value();
  const bool of_part = big_.holds(uid) && fetch.body != FetchData::Body::kAbsent;
  if ((has_body || of_part) && !state_.live.contains(uid)) return body_came(fetch, has_body);
  if (!in_flight_.empty()) {
    auto& asked = in_flight_.begin()->second;
    const bool unknown = !state_.live.contains(uid) && asked.step.set.contains(uid);
    if (asked.step.kind == Step::Kind::kIdentify && unknown) return identified(fetch);
    if (asked.step.kind == Step::Kind::kFingerprint && unknown) {
      rebinding_.seen(fetch);
      return Verdict::kNothing;
    }
    if (asked.step.kind == Step::Kind::kFlags || asked.step.kind == Step::Kind::kList) asked.listed.insert(uid);
    const bool lists = asked.step.kind != Step::Kind::kBodies && asked.step.kind != Step::Kind::kIdentify &&
                       asked.step.kind != Step::Kind::kWindow && asked.step.kind != Step::Kind::kFingerprint;
    if (lists && !state_.live.contains(uid) && !state_.pending.contains(uid) && !is_asked_about(uid))
      want(IntervalSet(uid, uid));
  }
  return flags_seen(fetch);
}

MailboxSync::Verdict MailboxSync::flags_seen(const FetchData& fetch) {
  const auto uid = fetch.uid->value();
  if (!fetch.flags || !state_.live.contains(uid) || state_.quarantined.contains(uid)) return Verdict::kNothing;
  if (options_.condstore) return Verdict::kFlags;
  return state_.flags.update(uid, canonical_flags(*fetch.flags)) ? Verdict::kFlags : Verdict::kNothing;
}

void MailboxSync::found(StepId step, const SearchResult& result) {
  const auto it = in_flight_.find(step);
  if (it == in_flight_.end()) return;
  it->second.listed.insert(result.all);
  it->second.found = true;
}

void MailboxSync::expunge_seen() {
  if (exists_ > 0) --exists_;
  ++expunged_;
}

void MailboxSync::completed(StepId step, const Completed& answer, const Reaction& reaction) {
  auto node = in_flight_.extract(step);
  if (node.empty()) return;
  auto& done = node.mapped();
  const bool ok = answer.ok() || reaction.kind == Reaction::Kind::kHoles;
  switch (done.step.kind) {
    case Step::Kind::kBodies:
      bodies_completed(done, answer, reaction);
      break;
    case Step::Kind::kWindow:
      window_completed(done, answer, reaction);
      break;
    case Step::Kind::kIdentify:
      identify_completed(done, ok);
      break;
    case Step::Kind::kFingerprint:
      fingerprint_completed(done, ok);
      break;
    case Step::Kind::kChanges:
      if (!ok) {
        changes_refused_ = true;
        flags_done_ = false;
      }
      break;
    case Step::Kind::kProbe:
      // Without an answer they count as there: a look-up that fails makes nothing vanish.
      probed(done.step.set, ok && done.found ? done.listed : done.step.set);
      break;
    case Step::Kind::kSearchNew:
      if (ok && done.found)
        want(done.listed.intersect(done.step.set).minus(state_.live));
      else
        force_search_ = true;
      break;
    default:
      listing_completed(std::move(done), ok);
  }
}

void MailboxSync::probed(const IntervalSet& asked, const IntervalSet& present) {
  const auto gone = asked.minus(present);
  for (const auto& [lo, hi] : gone.intervals()) {
    state_.pending.erase(state_.pending.lower_bound(lo), state_.pending.upper_bound(hi));
  }
  bodies_.probed(asked, present);
}

void MailboxSync::bodies_completed(const InFlight& done, const Completed& answer, const Reaction& reaction) {
  const auto rest = done.step.set.minus(state_.live).minus(big_.uids());
  if (answer.ok() || reaction.kind == Reaction::Kind::kHoles) {
    if (!done.step.open_ended) bodies_.delivered(rest);
    return;
  }
  if (answer.condition == Condition::kBad && !plain_items_) {
    // Perhaps one of the optional items: once more without them.
    plain_items_ = true;
    if (!done.step.open_ended) bodies_.want(rest);
    force_search_ = force_search_ || done.step.open_ended;
    return;
  }
  if (done.step.open_ended) {
    force_search_ = true;
    return;
  }
  const bool passing = answer.code.code == Code::kUnavailable || answer.code.code == Code::kInUse;
  std::string reason = "the server refuses the message: " + std::string(answer.text.substr(0, kMaxReasonBytes));
  bodies_.refused(rest, reason, passing);
}

void MailboxSync::listing_completed(InFlight done, bool ok) {
  const bool whole = done.step.set.first() == 1;
  switch (done.step.kind) {
    case Step::Kind::kSearchAll:
      // No SEARCH line at all means an empty mailbox only when EXISTS says so.
      if (ok && (done.found || exists_ == 0)) {
        server_ = std::move(done.listed);
      } else {
        search_failed_ = true;
      }
      break;
    case Step::Kind::kFlags:
      if (!ok || !whole) break;
      state_.flags_checked_us = options_.now_us;
      // A complete list of flags is also a list of what is there, up to the last UID asked for.
      done.listed.insert(state_.live.minus(IntervalSet(1, done.step.set.last())));
      server_ = std::move(done.listed);
      break;
    case Step::Kind::kList:
      if (!ok) {
        suspects_.clear();
      } else if (!suspects_.empty()) {
        suspects_.erase(done.listed);
        vanished_.insert(std::exchange(suspects_, {}));
      } else {
        server_ = std::move(done.listed);
      }
      break;
    default:
      break;
  }
}

void MailboxSync::settle_failures() {
  for (auto& failure : bodies_.take_failures()) {
    auto& attempt = state_.pending[failure.uid];
    ++attempt.attempts;
    attempt.error = failure.reason;
    if (!failure.passing || attempt.attempts >= kMaxAttempts)
      rejects_.push_back({failure.uid, std::move(failure.reason)});
  }
}

std::vector<MailboxSync::Reject> MailboxSync::take_rejects() {
  for (const auto& reject : rejects_) {
    state_.pending.erase(reject.uid);
    state_.live.insert(reject.uid);
    state_.quarantined.insert(reject.uid);
  }
  return std::exchange(rejects_, {});
}

std::optional<MailboxSync::VanishedPlaces> MailboxSync::take_vanished(std::uint64_t max_count) {
  if (!vanished_.empty()) {
    VanishedPlaces places{state_.uidvalidity, vanished_.take_first(max_count, SIZE_MAX)};
    state_.live.erase(places.uids);
    state_.quarantined.erase(places.uids);
    state_.flags.forget(places.uids);
    return places;
  }
  // The old epoch goes only when everything of the new one is stored.
  if (phase_ != Phase::kDone || !state_.complete || state_.old_epochs.empty()) return std::nullopt;
  auto& epoch = state_.old_epochs.front();
  VanishedPlaces places{epoch.uidvalidity, epoch.live.take_first(max_count, SIZE_MAX)};
  if (epoch.live.empty()) state_.old_epochs.erase(state_.old_epochs.begin());
  return places;
}

void MailboxSync::finish() {
  phase_ = Phase::kDone;
  state_.complete = true;
  const bool first_look = state_.uidnext == 0;
  if (first_look && ends_at_30_days(state_.live.count(), state_.oldest_us, options_.now_us))
    state_.shown_from_us = state_.oldest_us;
  state_.oldest_us = 0;
  // Something is unexplained: the next pass asks from the same point again.
  const bool ask_again = resync_.active() && !count_fits();
  // Where the server does not tell it, the highest UID ever seen here counts, also when that message is gone.
  state_.uidnext =
      std::max<std::uint64_t>(examination_.uidnext.value_or(state_.uidnext), std::uint64_t{state_.live.last()} + 1);
  if (options_.condstore && !ask_again) state_.modseq = examination_.highestmodseq;
  if (options_.condstore && state_.modseq.known()) state_.flags.clear();
  if (all_seen_) state_.reconciled_us = options_.now_us;
}

void MailboxSync::note_date(std::int64_t date_us) {
  constexpr std::int64_t kSpareUs = std::int64_t{2} * 24 * 3600 * 1'000'000;
  const bool first_look = state_.uidnext == 0;
  if (first_look && (state_.oldest_us == 0 || date_us < state_.oldest_us)) state_.oldest_us = date_us;
  if (date_us < state_.shown_from_us - kSpareUs) state_.shown_from_us = 0;  // older mail is shown now
}

PartialView MailboxSync::partial_view() const {
  if (!state_.complete) return PartialView::kNone;
  if (state_.shown_from_us != 0) return PartialView::kRecentOnly;
  return is_round_count(exists_) ? PartialView::kRoundCount : PartialView::kNone;
}

void MailboxSync::connection_lost(std::string_view reason) {
  IntervalSet rest;
  for (const auto& [id, asked] : in_flight_) {
    if (asked.step.kind == Step::Kind::kBodies && !asked.step.open_ended)
      rest.insert(asked.step.set.minus(state_.live).minus(big_.uids()));
    if (asked.step.kind == Step::Kind::kProbe) rest.insert(asked.step.set);
    const bool identifies = asked.step.kind == Step::Kind::kIdentify || asked.step.kind == Step::Kind::kFingerprint;
    if (identifies && !asked.step.open_ended) unidentified_.insert(asked.step.set.minus(state_.live));
  }
  unidentified_.insert(rebinding_.forget_waiting().minus(state_.live));
  // What was asked for behind a window is not to blame.
  if (big_.waits())
    bodies_.want(rest);
  else
    bodies_.lost(rest, reason);
  if (const auto uid = big_.lost()) bodies_.refuse(*uid, reason, true);
  in_flight_.clear();
  phase_ = Phase::kUnexamined;
  hint_.reset();
  tail_from_ = 0;
  server_.reset();
  resync_.drop();
  told_gone_.clear();
  suspects_.clear();
  vanished_.clear();
  searched_ = search_failed_ = listed_by_fetch_ = flags_done_ = all_seen_ = false;
}

}  // namespace haulier::imap
