#include "enumerator.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "mail_comparison.hpp"
#include "place_batch.hpp"

namespace haulier::imap {
namespace {

constexpr std::size_t kInFlight = 16;  // mailboxes
constexpr std::size_t kPagePlaces = 1000;
constexpr std::uint64_t kBodiesAtOnce = 50;
constexpr std::size_t kSetOctets = 900;

std::int64_t as_signed(std::uint64_t value) { return static_cast<std::int64_t>(value); }

void put_key(RecordBuilder& record, const std::string& account, const std::string& mailbox) {
  record.text(compared::kAccount, account).text(compared::kMailbox, mailbox);
}

}  // namespace

Enumerator::Enumerator(Host host, const ImapConfig& config, const MakeTransport& make_transport,
                       std::map<std::string, Memory> memories, std::uint64_t contents)
    : host_(host), config_(config), make_transport_(make_transport), memories_(std::move(memories)), contents_(contents) {}

std::optional<PlacePage> Enumerator::next() {
  for (;;) {
    if (host_.cancelled()) throw Error(HAULIER_CANCELLED, "cancelled");
    try {
      if (!account_ || (catalogued_ && mailboxes_.empty())) {
        if (account_) end_account();
        if (next_account_ == config_.accounts.size()) return std::nullopt;
        account_ = &config_.accounts[next_account_++];
      }
      if (!server_.conversation || !catalogued_) start_account();
      if (mailboxes_.empty()) continue;
      auto& first = mailboxes_.front();
      while (!first.listed) look();
      if (first.refused) {
        mailboxes_.pop_front();
        continue;
      }
      return page(first);
    } catch (const IoError& error) {
      forget_connection();
      throw to_error(error, account_->server);
    } catch (const ConnectionLost& error) {
      forget_connection();
      throw Error::retry(account_->server.host + ": " + error.what(), error.pause_ms());
    }
  }
}

void Enumerator::start_account() {
  server_ = sign_in(host_, config_, *account_, make_transport_(*account_));
  auto places = list_mailboxes(host_, server_, config_.mailboxes).wanted;
  if (std::exchange(catalogued_, true)) return;
  Memory gone = memories_.at(account_->name);
  for (auto& place : places) {
    gone.erase(place.name.utf8());
    auto& listing = mailboxes_.emplace_back();
    listing.name = place.name.utf8();
    listing.listed = place.status && place.status->messages && *place.status->messages == 0;
    listing.place = std::move(place);
  }
  for (const auto& [name, remembered] : gone) {
    // Left out by the config now: nothing is known of it.
    if (!config_.mailboxes.globs.wants(name)) continue;
    auto& listing = mailboxes_.emplace_back();
    listing.name = name;
    listing.listed = true;
  }
}

void Enumerator::end_account() {
  (void)server_.conversation->session().submit(Command::logout());
  server_.conversation->connection().flush();
  forget_connection();
  account_ = nullptr;
  catalogued_ = false;
}

void Enumerator::forget_connection() {
  server_ = {};
  for (auto& listing : mailboxes_) {
    listing.examine = listing.list = 0;
    if (!listing.listed) listing.messages.clear();
  }
}

// --- asking

void Enumerator::examine(Listing& listing) {
  listing.examination = {};
  listing.examine = server_.conversation->session().submit(Command::examine(listing.place->name, false));
}

// With contents to be read the next mailbox is not opened before this one is through.
void Enumerator::submit_more() {
  std::size_t waiting = 0;
  for (auto& listing : mailboxes_) {
    if (listing.listed) continue;
    if (listing.list == 0) {
      examine(listing);
      listing.list = server_.conversation->session().submit(
          Command::uid_fetch(IntervalSet(1, Uid::kMax), FetchItems(FetchItem::kSize)));
    }
    if (++waiting >= (contents_ > 0 ? 1 : kInFlight)) return;
  }
}

// Until one more mailbox is listed.
void Enumerator::look() {
  submit_more();
  const auto event = server_.conversation->next();
  handle(event);
  const auto* completed = std::get_if<Completed>(&event);
  if (!completed) return;
  for (auto& listing : mailboxes_) {
    if (listing.listed || listing.list != completed->id) continue;
    if (!listing.refused && listing.messages.size() < listing.examination.exists) look_again(listing);
    if (!listing.refused && contents_ > 0) read_contents(listing);
    listing.listed = true;
    return;
  }
}

void Enumerator::handle(const Event& event) {
  if (const auto* fetched = std::get_if<Fetched>(&event)) {
    const auto& data = fetched->data;
    for (auto& listing : mailboxes_) {
      if (fetched->command == 0 || listing.list != fetched->command || !data.uid) continue;
      auto& message = listing.messages[data.uid->value()];
      if (data.size) message.size = *data.size;
      message.has_size = message.has_size || data.size.has_value();
    }
    return;
  }
  const auto* completed = std::get_if<Completed>(&event);
  if (!completed) return;
  for (auto& listing : mailboxes_) {
    if (listing.examine != completed->id) continue;
    const auto answer = Conversation::to_answer(*completed);
    listing.refused = !answer.ok();
    listing.examination = completed->examination;
    if (listing.refused) {
      host_.warning(partition_name(account_->name, listing.name) +
                    ": cannot be opened, so it is left out: " + answer.text);
    }
  }
}

// FETCH named fewer messages than EXAMINE counts: SEARCH is asked, too, once nothing else is in flight.
void Enumerator::look_again(Listing& listing) {
  auto& conversation = *server_.conversation;
  const auto note = [&](const Event& event) { handle(event); };
  (void)conversation.until(conversation.session().submit(Command::noop()), note);
  // What the others were told is good, but nobody looked at its count: they are asked again.
  for (auto& other : mailboxes_) {
    if (&other == &listing || other.listed) continue;
    other.examine = other.list = 0;
    other.messages.clear();
  }
  const auto opened = conversation.session().submit(Command::examine(listing.place->name, false));
  (void)conversation.until(opened);
  const auto search = conversation.session().submit(Command::uid_search_all(server_.profile.esearch));
  (void)conversation.until(search, [&](const Event& event) {
    const auto* found = std::get_if<Found>(&event);
    if (!found || found->command != search) return;
    for (const auto& [lo, hi] : found->result.all.intervals()) {
      // A server that claims a range of billions is not believed.
      for (std::uint64_t uid = lo; uid <= hi && listing.messages.size() <= listing.examination.exists + 1000; ++uid) {
        (void)listing.messages[static_cast<std::uint32_t>(uid)];
      }
    }
  });
}

IntervalSet Enumerator::sample(const Listing& listing) {
  IntervalSet out;
  std::uint64_t left = listing.messages.size();
  std::uint64_t wanted = std::min(contents_, left);
  for (const auto& [uid, message] : listing.messages) {
    // Each of those that are left with the same chance.
    if (wanted > 0 && host_.random() % left < wanted) {
      out.insert(uid);
      --wanted;
    }
    --left;
  }
  return out;
}

void Enumerator::read_contents(Listing& listing) {
  auto& conversation = *server_.conversation;
  auto uids = sample(listing);
  while (!uids.empty()) {
    if (host_.cancelled()) throw Error(HAULIER_CANCELLED, "cancelled");
    const auto set = uids.take_first(kBodiesAtOnce, kSetOctets);
    const auto fetch = conversation.session().submit(Command::uid_fetch(set, FetchItems(FetchItem::kBody)));
    (void)conversation.until(fetch, [&](const Event& event) {
      if (std::get_if<BodyBegin>(&event)) {
        sha256_.begin();
      } else if (const auto* chunk = std::get_if<BodyChunk>(&event)) {
        sha256_.update(chunk->bytes);
      } else if (std::get_if<BodyEnd>(&event)) {
        body_sha256_ = mime::view_of(mime::hex_of(sha256_.finish()));
      } else if (const auto* fetched = std::get_if<Fetched>(&event)) {
        const auto& data = fetched->data;
        const bool whole =
            !data.body_origin && (data.body == FetchData::Body::kInline || data.body == FetchData::Body::kStreamed);
        const auto at = data.uid ? listing.messages.find(data.uid->value()) : listing.messages.end();
        if (whole && at != listing.messages.end()) at->second.sha256 = body_sha256_;
        body_sha256_.clear();
      }
    });
  }
}

// --- telling

std::uint8_t Enumerator::standing(const Listing& listing, std::uint32_t uid) const {
  const auto& memory = memories_.at(account_->name);
  const auto at = memory.find(listing.name);
  if (at == memory.end() || !at->second.state.known) return HAULIER_PLACE_WAITING;
  const auto& state = at->second.state;
  const auto now = listing.examination.uidvalidity;
  if (!now.absent() && !state.uidvalidity.absent() && now != state.uidvalidity) return HAULIER_PLACE_WAITING;
  if (state.live.contains(uid)) return HAULIER_PLACE_SETTLED;
  if (!state.complete || state.pending.contains(uid)) return HAULIER_PLACE_WAITING;
  return uid < state.uidnext ? HAULIER_PLACE_SETTLED : HAULIER_PLACE_ARRIVED;
}

PlacePage Enumerator::page(Listing& listing) {
  const auto& mailbox = listing.name;
  PlacePage out;
  BatchBuilder places, key;
  places.partition(partition_name(account_->name, mailbox));
  // A server without UIDVALIDITY keeps the number that the rows have.
  auto uidvalidity = listing.examination.uidvalidity;
  const auto& memory = memories_.at(account_->name);
  if (const auto at = memory.find(mailbox); uidvalidity.absent() && at != memory.end())
    uidvalidity = at->second.state.uidvalidity;
  auto at = given_ ? listing.messages.upper_bound(*given_) : listing.messages.begin();
  for (; at != listing.messages.end() && places.record_count() < kPagePlaces; ++at) {
    const auto& [uid, message] = *at;
    auto record = places.record(0, compared::kCount, HAULIER_UPSERT, 0);
    put_key(record, account_->name, mailbox);
    record.integer(compared::kUidValidity, as_signed(uidvalidity.value())).integer(compared::kUid, uid);
    if (message.has_size) record.integer(compared::kRawSize, as_signed(message.size));
    if (!message.sha256.empty()) record.text(compared::kRawSha256, message.sha256);
    out.standings.push_back(standing(listing, uid));
    given_ = uid;
  }
  out.last = at == listing.messages.end();
  auto name = key.record(0, compared::kCount, HAULIER_UPSERT, 0);
  put_key(name, account_->name, mailbox);
  out.places = places.finish();
  out.key = key.finish();
  if (out.last) {
    given_.reset();
    mailboxes_.pop_front();
  }
  return out;
}

}  // namespace haulier::imap
