#include "account_reader.hpp"

#include <algorithm>
#include <utility>

#include "plain_text.hpp"
#include "sync/login_refusal.hpp"

namespace haulier::imap {
namespace {

constexpr std::uint64_t kInFlightBytes = std::uint64_t{16} << 20;
constexpr std::size_t kInFlightSets = 2;  // at least, whatever their size
// EXAMINE and flags of a hundred mailboxes in one flight: servers without CONDSTORE cost no more round trips for 50
// than for 1. Less where the server does not cope (limit_in_flight).
constexpr std::size_t kInFlightCommands = 256;
constexpr std::uint64_t kBackoffBaseMs = 1000;
constexpr std::uint64_t kBackoffCapMs = 60'000;
constexpr std::uint64_t kConnectTrips = 3;  // TCP, TLS, greeting; with TLS 1.2 the greeting rides on the handshake

}  // namespace

AccountReader::AccountReader(Host host, const ImapConfig& config, const AccountConfig& account, Transport transport,
                             Memory& memory, StoredIds& stored, AccountLimits& shared, std::uint64_t max_messages)
    : host_(host),
      config_(config),
      account_(account),
      transport_(std::move(transport)),
      memory_(memory),
      stored_(stored),
      shared_(shared),
      max_messages_(max_messages),
      writer_(host, config, account.name, stored, &shared) {}

std::optional<Batch> AccountReader::next() {
  for (;;) {
    if (auto batch = writer_.take()) return batch;
    if (fault_) {
      const Error fault = *std::exchange(fault_, std::nullopt);
      throw fault;
    }
    if (done_) return std::nullopt;
    const bool stop = host_.cancelled() || (rest_ms_ > 0 && host_.wait_ms(std::exchange(rest_ms_, 0)));
    if (stop) throw Error(HAULIER_CANCELLED, "cancelled");
    try {
      if (!server_.conversation || !listed_) begin();
      pump();
    } catch (const IoError& error) {
      if (!is_passing(error)) {
        disconnect();
        throw to_error(error, account_.server);
      }
      if (error.kind() == IoError::Kind::kCompression) {
        shared_.learn([](AccountFacts& facts) { facts.no_compress = true; });
      }
      lost(error.what(), 0);
    } catch (const DayUsedUp& error) {
      pause_for_the_day(error);
    } catch (const ConnectionLost& error) {
      lost(error.what(), error.pause_ms());
    }
  }
}

void AccountReader::begin() {
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
}

// What is known of the server and the mailboxes makes one flight of the sign-in and the listing.
void AccountReader::sign_in_anew() {
  rest_until_tomorrow();
  seen_flights_ = seen_bytes_ = 0;
  const auto ahead = [this](SignedIn& server) {
    std::vector<MailboxName> known;
    for (const auto& [name, remembered] : memory_) {
      if (remembered.state.known) known.emplace_back(encode_mailbox_name(name));
    }
    ask_for_mailboxes(server, config_.mailboxes, known);
  };
  server_ = sign_in(host_, config_, account_, transport_, &shared_,
                    listed_ ? std::function<void(SignedIn&)>() : std::function<void(SignedIn&)>(ahead));
  host_.count("haulier_imap_round_trips_total", kConnectTrips);
}

void AccountReader::rest_until_tomorrow() const {
  const auto at_us = shared_.goes_on_at_us();
  if (!at_us) return;
  const auto wait_ms = static_cast<std::uint64_t>(std::max<std::int64_t>(0, *at_us - host_.now_us())) / 1000 + 1;
  throw DayUsedUp("limits.bytes_per_day is used up for " + account_.name + "; it goes on at " + utc_minute(*at_us),
                  wait_ms);
}

// What was read is given out first; then it waits here, or the host hears when to come again.
void AccountReader::pause_for_the_day(const DayUsedUp& used_up) {
  lost(used_up.what(), used_up.pause_ms());
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
  if (!stored_.empty()) options.stored = [this](std::uint64_t id) { return stored_.contains(id); };
  options.batch_messages = max_messages_ > 0 ? std::min(config_.batch_messages, max_messages_) : config_.batch_messages;
  options.batch_bytes = config_.batch_bytes;
  options.now_us = host_.now_us();
  return options;
}

void AccountReader::plan_visits(std::vector<Place> places) {
  auto options = sync_options();
  const bool all_mail = server_.profile.gmail && !places.empty() && places.front().roles.has(Role::kAll);
  for (auto& place : places) {
    const auto& remembered = memory_[place.name.utf8()];
    MailboxSync sync(remembered.state, options, place.status);
    visits_.emplace_back(std::move(place), std::move(sync));
    // What follows are labels: nearly every message of them is stored by then, also in the very first pass.
    if (all_mail) options.stored = [this](std::uint64_t id) { return stored_.contains(id); };
    visits_.back().last_success_us = remembered.last_success_us;
    to_open_.push_back(visits_.size() - 1);
  }
}

void AccountReader::pump() {
  while (!writer_.has_ready() && !done_) {
    if (put_off_body_) writer_.begin_body(*std::exchange(put_off_body_, std::nullopt));
    submit_more();
    if (writer_.has_ready()) break;
    if (sent_.empty() && !limit_reached() && !everything_closed()) rest_until_tomorrow();
    if (sent_.empty() || limit_reached()) {
      finish_pass();
      break;
    }
    handle(server_.conversation->next());
  }
  note_traffic();
}

void AccountReader::finish_pass() {
  if (selected_ && !visits_[*selected_].closed) writer_.cut(visits_[*selected_], false);
  note_traffic();
  done_ = true;
  host_.count("haulier_imap_passes_total", 1);
  shared_.learn([](AccountFacts& facts) { facts.depth = facts.depth * 2 < kInFlightCommands ? facts.depth * 2 : 0; });
  host_.gauge("haulier_imap_last_pass_timestamp_seconds", static_cast<double>(host_.now_us()) / 1e6,
              {{"account", account_.name}});
  if (keep_ && sent_.empty() && can_watch(server_.profile)) return;
  if (sent_.empty()) {
    // Nobody waits for the answer, so it is no round trip.
    (void)server_.conversation->session().submit(Command::logout());
    server_.conversation->connection().flush();
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
    if (to_open_.empty()) return;
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
  return sets < kInFlightSets || bytes < kInFlightBytes;
}

void AccountReader::submit(std::size_t index, const Step& step) {
  auto& sync = visits_[index].sync;
  Sent sent;
  sent.visit = index;
  if (step.kind == Step::Kind::kBodies) {
    sent.uids = step.set.to_text();
    sent.expected_bytes = (step.open_ended ? config_.batch_messages : step.set.count()) * sync.average_bytes();
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
  sent.resync = point && server_.profile.qresync && session.enabled().has("QRESYNC");
  sent.command = session.submit(sent.resync ? Command::examine(visit.place.name, *point)
                                            : Command::examine(visit.place.name, condstore));
  const bool resync = sent.resync;
  sent_.push_back(std::move(sent));
  for (const auto& step : visit.sync.opening(resync)) submit(index, step);
}

// --- hearing

AccountReader::Sent* AccountReader::sent_as(CommandId command) {
  const auto at = std::find_if(sent_.begin(), sent_.end(), [&](const Sent& sent) { return sent.command == command; });
  return at == sent_.end() ? nullptr : &*at;
}

Visit* AccountReader::selected() {
  // While the answer to the next EXAMINE is due, data still belongs to the mailbox before it.
  return selected_ && !visits_[*selected_].closed ? &visits_[*selected_] : nullptr;
}

void AccountReader::handle(const Event& event) {
  if (const auto* chunk = std::get_if<BodyChunk>(&event)) {
    writer_.body_bytes(chunk->bytes);
  } else if (const auto* begin = std::get_if<BodyBegin>(&event)) {
    on_body_begin(begin->size);
  } else if (std::get_if<BodyEnd>(&event)) {
    writer_.end_body();
  } else if (const auto* fetched = std::get_if<Fetched>(&event)) {
    on_fetched(*fetched);
  } else if (const auto* completed = std::get_if<Completed>(&event)) {
    on_completed(*completed);
  } else if (const auto* found = std::get_if<Found>(&event)) {
    const Sent* sent = sent_as(found->command);
    if (sent && sent->step) visits_[sent->visit].sync.found(*sent->step, found->result);
  } else if (const auto* exists = std::get_if<ExistsChanged>(&event)) {
    if (auto* visit = selected()) visit->sync.exists_changed(exists->count);
  } else if (const auto* vanished = std::get_if<VanishedUids>(&event)) {
    on_vanished(*vanished);
  } else if (std::get_if<ExpungeSeen>(&event)) {
    if (auto* visit = selected()) visit->sync.expunge_seen();
  }
}

void AccountReader::on_body_begin(std::uint64_t size_bytes) {
  auto* visit = selected();
  if (visit && writer_.must_cut_before(size_bytes)) {
    writer_.cut(*visit, false);
    remember(*visit);
    put_off_body_ = size_bytes;
    return;
  }
  writer_.begin_body(size_bytes);
}

// The mailbox whose EXAMINE with QRESYNC is being answered by this data.
Visit* AccountReader::resyncing(CommandId command) {
  const bool opening = command != 0 && !sent_.empty() && sent_.front().resync && sent_.front().command == command;
  return opening ? &visits_[sent_.front().visit] : nullptr;
}

void AccountReader::on_vanished(const VanishedUids& vanished) {
  if (auto* opening = resyncing(vanished.command)) {
    opening->sync.resync_vanished(vanished.vanished.uids);
  } else if (auto* visit = selected(); visit && !vanished.vanished.earlier) {
    visit->sync.vanished_now(vanished.vanished.uids);
  }
}

void AccountReader::on_fetched(const Fetched& fetched) {
  if (auto* opening = resyncing(fetched.command)) {
    if (opening->sync.resync_fetched(fetched.data) == MailboxSync::Verdict::kFlags)
      writer_.flags(*opening, fetched.data);
    if (writer_.full()) writer_.cut(*opening, false);
    return;
  }
  auto* visit = selected();
  const bool whole = !fetched.data.body_origin &&
                     (fetched.data.body == FetchData::Body::kInline || fetched.data.body == FetchData::Body::kStreamed);
  const bool has_body = whole && writer_.has_body();
  const auto verdict = visit ? visit->sync.fetched(fetched.data, has_body) : MailboxSync::Verdict::kNothing;
  if (verdict == MailboxSync::Verdict::kMessage) {
    if (Sent* sent = sent_as(fetched.command)) {
      ++sent->messages;
      sent->bytes += fetched.data.body_size;
    }
    writer_.message(*visit, fetched.data);
    ++visit->messages;
    progress_ = true;
  } else if (verdict == MailboxSync::Verdict::kPlace) {
    writer_.place(*visit, fetched.data);
    progress_ = true;
  } else if (verdict == MailboxSync::Verdict::kFlags) {
    writer_.flags(*visit, fetched.data);
  }
  writer_.drop_body();
  if (visit && (writer_.full() || limit_reached())) {
    writer_.cut(*visit, false);
    remember(*visit);
  }
}

void AccountReader::on_completed(const Completed& completed) {
  const auto at =
      std::find_if(sent_.begin(), sent_.end(), [&](const Sent& sent) { return sent.command == completed.id; });
  if (at == sent_.end()) return;
  const Sent sent = std::move(*at);
  sent_.erase(at);
  writer_.drop_body();
  const auto answer = Conversation::to_answer(completed);
  if (!sent.step) {
    on_examined(sent, completed, answer);
  } else {
    on_step_answered(sent, completed, answer);
  }
  // A mailbox that is no longer the last one opened cannot be asked any more.
  const bool is_open = std::find(open_.begin(), open_.end(), sent.visit) != open_.end();
  if (is_open && !busy(sent.visit) && open_.back() != sent.visit) leave(sent.visit);
}

void AccountReader::on_examined(const Sent& sent, const Completed& completed, const Answer& answer) {
  const auto index = sent.visit;
  auto& visit = visits_[index];
  host_.audit("imap.examine", {{"account", account_.name},
                               {"mailbox", visit.place.name.utf8()},
                               {"messages", std::to_string(completed.examination.exists)},
                               {"result", answer.ok() ? "ok" : answer.text}});
  if (answer.ok()) {
    visit.examined = true;
    selected_ = index;
    visit.sync.examined(completed.examination);
    return;
  }
  selected_.reset();
  using Kind = Reaction::Kind;
  if (answer.reaction.kind == Kind::kReconnect || answer.reaction.kind == Kind::kPause) {
    throw ConnectionLost("EXAMINE: " + answer.text + std::string(not_connected_words(answer.text)),
                         answer.reaction.wait_ms);
  }
  if (answer.reaction.kind == Kind::kSendId) {
    if (!server_.profile.send_id && config_.id == IdPolicy::kAuto) {
      shared_.learn([](AccountFacts& facts) { facts.needs_id = true; });
      throw ConnectionLost("the server wants to know this program's name (ID): " + answer.text);
    }
    throw Error(HAULIER_NEEDS_AUTH, account_.server.host + " does not let this program in: " + answer.text,
                server_.profile.send_id
                    ? "switch IMAP on for third-party programs in the web mailbox's settings"
                    : "set source.imap.id to always in the pipeline file: the server wants to know the "
                      "program's name (ID, RFC 2971) on every connection");
  }
  if (sent.resync && answer.condition == Condition::kBad) {
    // It says that it knows QRESYNC and does not: without, on this connection.
    server_.profile.qresync = false;
    visit.sync.resync_refused();
    open_again(index);
    return;
  }
  visit.problem = "cannot be opened: " + answer.text;
  host_.warning(account_.name + " / " + visit.place.name.utf8() + ": " + visit.problem);
  close(index);
}

void AccountReader::on_step_answered(const Sent& sent, const Completed& completed, const Answer& answer) {
  auto& visit = visits_[sent.visit];
  if (visit.closed || !visit.examined) return;
  if (!sent.uids.empty()) {
    host_.audit("imap.fetch", {{"account", account_.name},
                               {"mailbox", visit.place.name.utf8()},
                               {"uids", sent.uids},
                               {"messages", std::to_string(sent.messages)},
                               {"bytes", std::to_string(sent.bytes)},
                               {"result", answer.ok() ? "ok" : answer.text}});
  }
  if (!answer.ok()) {
    const auto kind = answer.reaction.kind;
    if (kind == Reaction::Kind::kReconnect || kind == Reaction::Kind::kPause) {
      throw ConnectionLost("the server refuses to go on: " + answer.text, answer.reaction.wait_ms);
    }
    host_.debug(account_.name + " / " + visit.place.name.utf8() + ": refused: " + answer.text);
  }
  Completed safe = completed;
  safe.text = answer.text;
  visit.sync.completed(*sent.step, safe, answer.reaction);
  writer_.findings(visit);
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
  visit.closed = true;
  std::erase(open_, index);
  progress_ = true;
}

void AccountReader::remember(const Visit& visit) {
  memory_[visit.place.name.utf8()] = {visit.sync.state(), visit.last_success_us};
}

// --- losing

void AccountReader::disconnect() {
  server_.conversation.reset();
  writer_.drop_body();
  put_off_body_.reset();
  sent_.clear();
  selected_.reset();
}

// Twice nothing was answered with so many commands in flight: some servers cannot do that. A pass that goes well allows
// for more again.
void AccountReader::learn_depth(std::size_t in_flight) {
  if (in_flight < 2) return;
  shared_.learn([in_flight](AccountFacts& facts) {
    facts.depth = static_cast<std::uint32_t>(std::max<std::size_t>(1, std::min(in_flight, kInFlightCommands) / 4));
  });
}

void AccountReader::lost(const std::string& reason, std::uint64_t pause_ms) {
  if (server_.conversation) {
    note_traffic();
    const bool answered = progress_ || selected_ || server_.went_ahead;
    if (!answered && losses_in_row_ > 0) learn_depth(server_.conversation->session().outstanding());
  }
  if (selected_ && !visits_[*selected_].closed) {
    writer_.cut(visits_[*selected_], false);
    remember(visits_[*selected_]);
  }
  for (auto it = open_.rbegin(); it != open_.rend(); ++it) {
    visits_[*it].sync.connection_lost(plain_text(reason));
    visits_[*it].examined = false;
    writer_.cut(visits_[*it], false);
    to_open_.push_front(*it);
  }
  open_.clear();
  disconnect();
  losses_in_row_ = std::exchange(progress_, false) ? 1 : losses_in_row_ + 1;
  const std::uint64_t ceiling = std::min(kBackoffCapMs, kBackoffBaseMs << std::min(losses_in_row_, 16U));
  const std::uint64_t wait_ms = pause_ms > 0 ? pause_ms + host_.random() % kBackoffBaseMs : host_.random() % ceiling;
  const std::string what = account_.server.host + ": " + plain_text(reason);
  if (losses_in_row_ > config_.reconnects || wait_ms > kBackoffCapMs) {
    losses_in_row_ = 0;
    fault_ = Error::retry(what, wait_ms);
    return;
  }
  host_.info(what + "; connecting again in " + std::to_string(wait_ms) + " ms");
  rest_ms_ = wait_ms;
}

void AccountReader::note_traffic() {
  if (!server_.conversation) return;
  const auto flights = server_.conversation->session().flights();
  const auto bytes = server_.conversation->connection().received_bytes();
  host_.count("haulier_imap_round_trips_total", static_cast<double>(flights - std::exchange(seen_flights_, flights)));
  host_.count("haulier_imap_received_bytes_total", static_cast<double>(bytes - std::exchange(seen_bytes_, bytes)));
}

}  // namespace haulier::imap
