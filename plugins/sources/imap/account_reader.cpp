#include "account_reader.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "email_lookup.hpp"
#include "plain_text.hpp"
#include "size_check.hpp"
#include "sync/login_refusal.hpp"

namespace haulier::imap {
namespace {

constexpr std::uint64_t kInFlightBytes = std::uint64_t{16} << 20;
constexpr std::size_t kInFlightSets = 2;  // at least, whatever their size
// Until it is known whether the link is worth compressing: what fills 200 ms x 100 Mbit/s, and not much more.
constexpr std::uint64_t kUnmeasuredBytes = std::uint64_t{4} << 20;
constexpr std::uint64_t kUnmeasuredMessages = 400;
constexpr std::uint64_t kConnectTrips = 3;  // TCP, TLS, greeting; with TLS 1.2 the greeting rides on the handshake

// A remembered mailbox as the server would name it; nullopt: its name does not survive the way there and back.
std::optional<MailboxName> remembered_name(const std::string& utf8, NameForm form) {
  try {
    MailboxName name(form == NameForm::kUtf8 ? utf8 : encode_mailbox_name(utf8), form);
    if (name.utf8() == utf8) return name;
  } catch (const std::invalid_argument&) {
    return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

AccountReader::AccountReader(Host host, const ImapConfig& config, const AccountConfig& account, Transport transport,
                             SharedAccount shared, Backoff& backoff, Task task)
    : host_(host),
      config_(config),
      account_(account),
      transport_(std::move(transport)),
      memory_(shared.memory),
      stored_(shared.stored),
      shared_(shared.limits),
      mailboxes_(shared.mailboxes),
      commits_(shared.commits),
      stop_(shared.stop),
      backoff_(backoff),
      on_listed_(std::move(task.listed)),
      max_messages_(task.max_messages),
      writer_(host, config, account.name, shared.stored, &shared.limits),
      listed_(!task.lists),
      visits_(shared.mailboxes.visits()) {}

std::optional<Batch> AccountReader::next() {
  for (;;) {
    if (auto batch = writer_.take()) return batch;
    // Only now: whoever takes them must not overtake what was made of them here.
    if (!server_.conversation && !to_open_.empty()) mailboxes_.give_back(to_open_);
    for (; !closed_.empty(); closed_.pop_back()) mailboxes_.closed(closed_.back());
    if (fault_) {
      const Error fault = *std::exchange(fault_, std::nullopt);
      if (!leave_to_others(fault)) throw fault;
    }
    if (done_) return std::nullopt;
    rest();
    if (rests_with_the_account()) continue;
    try {
      if (!server_.conversation || !listed_) begin();
      if (!done_) pump();
    } catch (const IoError& error) {
      if (error.kind() == IoError::Kind::kCompression) {
        shared_.learn([](AccountFacts& facts) { facts.no_compress = true; });
      }
      if (is_passing(error)) {
        lost(error.what());
      } else {
        failed(to_error(error, account_.server));
      }
    } catch (const RuleBroken& error) {
      lost(error.what(), &error);
      if (fault_) fault_ = Error(HAULIER_PROTOCOL, fault_->what(), "haulier doctor PIPELINE.yaml");
    } catch (const DayUsedUp& error) {
      pause_for_the_day(error);
    } catch (const ConnectionLost& error) {
      lost(error.what(), &error);
    } catch (const Error& error) {
      failed(error);
    }
  }
}

void AccountReader::begin() {
  if (listed_ && !server_.conversation) {
    // The others may have done it all.
    const auto left = mailboxes_.leave();
    if (left != MailboxDispenser::Left::kMore) return finish_pass(left == MailboxDispenser::Left::kLast);
  }
  if (server_.conversation) {
    seen_flights_ = server_.conversation->session().flights();
    seen_bytes_ = server_.conversation->connection().received_bytes();
  } else {
    sign_in_anew();
  }
  if (listed_) {
    const auto enable = introduce(server_);
    if (enable && server_.profile.qresync) (void)server_.conversation->until(*enable);
    compress_if_wanted(server_);
    return;
  }
  plan_visits(list_mailboxes(host_, server_, config_.mailboxes));
  listed_ = true;
  if (on_listed_) on_listed_();
}

// What is known of the server and the mailboxes makes one flight of the sign-in and the listing.
void AccountReader::sign_in_anew() {
  rest_until_tomorrow();
  seen_flights_ = seen_bytes_ = 0;
  const auto ahead = [this](SignedIn& server) {
    std::vector<MailboxName> known;
    for (const auto& [name, remembered] : memory_) {
      auto as_named = remembered.state.known ? remembered_name(name, NameForm::kModifiedUtf7) : std::nullopt;
      if (as_named) known.push_back(std::move(*as_named));
    }
    ask_for_mailboxes(server, config_.mailboxes, known);
  };
  server_ = sign_in(host_, config_, account_, transport_, &shared_,
                    listed_ ? std::function<void(SignedIn&)>() : std::function<void(SignedIn&)>(ahead));
  backoff_.connected(host_.monotonic_us());
  answered_ = false;
  host_.count("haulier_imap_round_trips_total", kConnectTrips);
}

void AccountReader::rest_until_tomorrow() const {
  const auto at_us = shared_.goes_on_at_us();
  if (!at_us) return;
  const auto wait_ms = static_cast<std::uint64_t>(std::max<std::int64_t>(0, *at_us - host_.now_us())) / 1000 + 1;
  throw DayUsedUp("limits.bytes_per_day is used up for " + account_.name + "; it goes on at " + utc_minute(*at_us),
                  Reaction{Reaction::Kind::kPause, wait_ms});
}

// What was read is given out first; then it waits here, or the host hears when to come again.
void AccountReader::pause_for_the_day(const DayUsedUp& used_up) {
  lost(used_up.what(), &used_up);
  if (!shared_.patient()) return;
  host_.warning(used_up.what());
  fault_.reset();
  rest_ms_ = used_up.pause_ms();
}

SyncOptions AccountReader::sync_options() const {
  SyncOptions options;
  options.condstore = server_.profile.condstore;
  options.qresync = server_.profile.qresync;
  options.esearch = server_.profile.esearch;
  options.object_id = server_.profile.object_id;
  options.gmail = server_.profile.gmail;
  options.quirks = server_.profile.quirks;
  // A visit may end on another connection than it began on.
  if (!stored_.empty()) options.stored = [&ids = stored_](std::uint64_t id) { return ids.contains(id); };
  options.batch_messages = max_messages_ > 0 ? std::min(config_.batch_messages, max_messages_) : config_.batch_messages;
  options.batch_bytes = config_.batch_bytes;
  options.big_bodies = {config_.window, config_.max_message};
  options.now_us = host_.now_us();
  return options;
}

void AccountReader::plan_visits(Listing listing) {
  auto& places = listing.wanted;
  auto options = sync_options();
  allow_rebinding(host_, account_.name, memory_, options);
  const bool all_mail = server_.profile.gmail && !places.empty() && places.front().roles.has(Role::kAll);
  const auto moved = mailboxes_with_stored_arrivals(memory_, places);
  std::deque<Visit> visits;
  for (auto& place : places) {
    options.rebind_arrivals = moved.contains(place.name.utf8());
    const auto& remembered = memory_[place.name.utf8()];
    const auto expected = to_read(remembered, place.status);
    MailboxSync sync(remembered.state, options, place.status);
    visits.emplace_back(std::move(place), std::move(sync));
    // What follows are labels: nearly every message of them is stored by then, also in the very first pass.
    if (all_mail) options.stored = [&ids = stored_](std::uint64_t id) { return ids.contains(id); };
    visits.back().expected = expected;
    visits.back().last_success_us = remembered.last_success_us;
  }
  plan_unlisted(listing.selectable, visits);
  mailboxes_.fill(std::move(visits), all_mail);
}

// Mailboxes that were deleted or renamed. That LIST leaves them out proves nothing: EXAMINE must refuse them as well.
// Last, so that a message that was moved is found in its new place first.
void AccountReader::plan_unlisted(const std::set<std::string>& selectable, std::deque<Visit>& visits) {
  for (const auto& [name, remembered] : memory_) {
    const bool has_places = !remembered.state.live.empty() || !remembered.state.old_epochs.empty();
    if (!has_places || selectable.empty() || selectable.contains(name)) continue;
    auto as_named = remembered_name(name, server_.conversation->session().name_form());
    if (!as_named) continue;
    visits.emplace_back(Place{std::move(*as_named), std::nullopt},
                        MailboxSync(remembered.state, sync_options(), std::nullopt));
    visits.back().unlisted = true;
    visits.back().last_success_us = remembered.last_success_us;
  }
}

void AccountReader::pump() {
  while (!writer_.has_ready() && !done_) {
    if (put_off_body_) writer_.begin_body(selected(), *std::exchange(put_off_body_, std::nullopt));
    submit_more();
    if (writer_.has_ready()) break;
    if (sent_.empty() && !limit_reached() && !everything_closed()) rest_until_tomorrow();
    if (sent_.empty() || limit_reached()) {
      const auto left = mailboxes_.leave(limit_reached() || !open_.empty());
      if (left == MailboxDispenser::Left::kMore) {
        rest_until_tomorrow();
        continue;
      }
      finish_pass(left == MailboxDispenser::Left::kLast);
      break;
    }
    handle(server_.conversation->next());
  }
  note_traffic();
}

// This connection has nothing more to do; `last`: nor has any other one.
void AccountReader::finish_pass(bool last) {
  if (selected_ && !visits_[*selected_].closed) writer_.cut(visits_[*selected_], false);
  done_ = true;
  if (last) {
    std::ptrdiff_t partly = 0;
    if (server_.conversation && sent_.empty()) partly = count_unbalanced_sizes(host_, server_, account_.name, visits_);
    partly += std::count_if(visits_.begin(), visits_.end(), [](const Visit& visit) { return visit.partly_shown; });
    host_.count("haulier_imap_passes_total", 1);
    shared_.learn([](AccountFacts& facts) { facts.depth = facts.depth * 2 < kInFlightCommands ? facts.depth * 2 : 0; });
    host_.gauge("haulier_imap_last_pass_timestamp_seconds", static_cast<double>(host_.now_us()) / 1e6,
                {{"account", account_.name}});
    host_.gauge("haulier_imap_partly_shown_mailboxes", static_cast<double>(partly), {{"account", account_.name}});
  }
  note_traffic();
  if (!server_.conversation) return;
  if (last && keep_ && sent_.empty() && can_watch(server_.profile)) return;
  if (sent_.empty()) {
    // Nobody waits for the answer, so it is no round trip; a server that is gone already is none the worse for it.
    try {
      (void)server_.conversation->session().submit(Command::logout());
      server_.conversation->connection().flush();
    } catch (const IoError& error) {
      host_.debug(account_.server.host + ": LOGOUT: " + error.what());
    }
  }
  host_.audit("imap.logout", {{"account", account_.name}});
  disconnect();
}

std::optional<SignedIn> AccountReader::take_connection() {
  if (!done_ || !server_.conversation) return std::nullopt;
  return std::exchange(server_, {});
}

std::optional<MailboxName> AccountReader::busiest(bool by_messages) const {
  const auto rank = [by_messages](const Visit& visit) {
    return std::pair(by_messages ? visit.messages : 0, visit.place.name.is_inbox());
  };
  const auto best = std::max_element(visits_.begin(), visits_.end(),
                                     [&](const Visit& a, const Visit& b) { return rank(a) < rank(b); });
  return best == visits_.end() ? std::nullopt : std::optional(best->place.name);
}

bool AccountReader::everything_closed() const { return open_.empty() && to_open_.empty(); }

bool AccountReader::limit_reached() const { return max_messages_ > 0 && writer_.messages() >= max_messages_; }

// --- asking

void AccountReader::submit_more() {
  if (shared_.goes_on_at_us()) return;
  compress_if_wanted(server_);
  if (asked_for_the_day()) return;
  while (sent_.size() < kInFlightCommands && !limit_reached()) {
    if (!open_.empty()) {
      const auto index = open_.back();
      const auto& visit = visits_[index];
      if (visit.examined && submit_step(index)) continue;
      if (!open_.empty() && open_.back() == index && (visit.alone || !visit.sync.likely_last())) return;
    }
    if (to_open_.empty()) {
      // What this connection opens ahead another one cannot read: no more than keeps the server busy.
      if (mailboxes_.shared() && sets_in_flight() >= kInFlightSets) return;
      const auto next = mailboxes_.take();
      if (!next) return;
      to_open_.push_back(*next);
    }
    if (enough_for_the_link()) return;
    const auto index = to_open_.front();
    to_open_.pop_front();
    open(index);
    // One at a time may wait in the host's queues: a long row of unchanged mailboxes must not pile up here.
    if (writer_.has_ready() || asked_for_the_day()) return;
  }
}

// Returns true when something was sent or the visit was closed.
bool AccountReader::submit_step(std::size_t index) {
  auto& sync = visits_[index].sync;
  if (!room_for_bodies()) return false;
  if (const auto step = sync.next_step()) {
    submit(index, *step);
    return true;
  }
  if (!sync.finished() || busy(index)) return false;
  close(index);
  return true;
}

std::size_t AccountReader::sets_in_flight() const {
  return static_cast<std::size_t>(
      std::count_if(sent_.begin(), sent_.end(), [](const Sent& sent) { return !sent.uids.empty(); }));
}

// What is in flight may be all that the account may still read today.
bool AccountReader::asked_for_the_day() const {
  const auto left = shared_.bytes_left();
  if (!left) return false;
  std::uint64_t bytes = 0;
  for (const auto& sent : sent_) bytes += sent.expected_bytes;
  return bytes > 0 && bytes >= *left;
}

bool AccountReader::room_for_bodies() const {
  if (asked_for_the_day()) return false;
  std::uint64_t bytes = 0;
  std::size_t sets = 0;
  for (const auto& sent : sent_) {
    bytes += sent.expected_bytes;
    sets += sent.uids.empty() ? 0 : 1;
  }
  return sets < kInFlightSets || bytes < (waits_for_link(server_) ? kUnmeasuredBytes : kInFlightBytes);
}

// Mailboxes are opened ahead with everything that STATUS foresees. Before the link is known that is too much: what is
// in flight when COMPRESS is sent still comes without it.
bool AccountReader::enough_for_the_link() const {
  if (!waits_for_link(server_)) return false;
  std::uint64_t messages = 0;
  for (const auto& sent : sent_) messages += sent.expected_messages;
  return messages >= kUnmeasuredMessages;
}

void AccountReader::submit(std::size_t index, const Step& step) {
  auto& sync = visits_[index].sync;
  Sent sent;
  sent.visit = index;
  if (step.kind == Step::Kind::kBodies) {
    sent.uids = step.set.to_text();
    sent.expected_bytes = (step.open_ended ? config_.batch_messages : step.set.count()) * sync.average_bytes();
    sent.expected_messages = std::min(step.set.count(), visits_[index].expected);
  } else if (step.kind == Step::Kind::kWindow) {
    sent.uids = step.set.to_text();
    sent.expected_bytes = step.window ? step.window->size : config_.window;
  }
  sent.command = server_.conversation->session().submit(command_for(step, sync_options(), sync.plain_items()));
  sent.step = sync.sent(step);
  sent_.push_back(std::move(sent));
}

void AccountReader::open(std::size_t index) {
  auto& visit = visits_[index];
  if (!visit.opened && visit.sync.nothing_to_do()) {
    writer_.findings(visit);
    close(index);
    return;
  }
  visit.opened = true;
  visit.examined = false;
  open_.push_back(index);
  Sent sent;
  sent.visit = index;
  const bool condstore = server_.profile.condstore && !server_.profile.enable;
  auto& session = server_.conversation->session();
  const auto point = visit.sync.resync_point();
  sent.resync = point && !visit.unlisted && server_.profile.qresync && session.enabled().has("QRESYNC");
  sent.command = session.submit(sent.resync ? Command::examine(visit.place.name, *point)
                                            : Command::examine(visit.place.name, condstore));
  const bool resync = sent.resync;
  sent_.push_back(std::move(sent));
  if (visit.unlisted) return;
  for (const auto& step : visit.sync.opening(resync)) submit(index, step);
}

bool AccountReader::busy(std::size_t index) const {
  return std::any_of(sent_.begin(), sent_.end(), [index](const Sent& sent) { return sent.visit == index; });
}

// The next mailbox is selected already. When this one still needs something it is opened once more, and then nothing
// behind it.
void AccountReader::leave(std::size_t index) {
  auto& visit = visits_[index];
  if (const auto step = visit.sync.next_step()) {
    (void)visit.sync.sent(*step);
    visit.sync.connection_lost("opened again");
    open_again(index);
    return;
  }
  close(index);
}

void AccountReader::open_again(std::size_t index) {
  auto& visit = visits_[index];
  visit.alone = true;
  visit.examined = false;
  writer_.cut(visit, false);
  remember(visit);
  std::erase(open_, index);
  to_open_.push_front(index);
}

void AccountReader::close(std::size_t index) {
  auto& visit = visits_[index];
  writer_.findings(visit);
  if (visit.problem.empty()) visit.problem = visit.sync.problem();
  writer_.cut(visit, true);
  remember(visit);
  visit.parts.clear();
  const auto view = visit.problem.empty() ? visit.sync.partial_view() : PartialView::kNone;
  visit.partly_shown = view != PartialView::kNone;
  // A mailbox at rest need not be told of in every pass.
  if (view != PartialView::kNone && visit.opened)
    host_.warning(account_.name + " / " + visit.place.name.utf8() + ": " +
                  partial_view_words(view, visit.sync.messages_total()));
  visit.closed = true;
  std::erase(open_, index);
  closed_.push_back(index);
}

void AccountReader::remember(const Visit& visit) {
  memory_[visit.place.name.utf8()] = {visit.sync.state(), visit.last_success_us};
}

void AccountReader::note_traffic() {
  if (!server_.conversation) return;
  const auto flights = server_.conversation->session().flights();
  const auto bytes = server_.conversation->connection().received_bytes();
  host_.count("haulier_imap_round_trips_total", static_cast<double>(flights - std::exchange(seen_flights_, flights)));
  host_.count("haulier_imap_received_bytes_total", static_cast<double>(bytes - std::exchange(seen_bytes_, bytes)));
}

}  // namespace haulier::imap
