#include "batch_writer.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "flags_json.hpp"
#include "mime/sha256.hpp"
#include "plain_text.hpp"
#include "state_json.hpp"
#include "sync/flag_ledger.hpp"

namespace haulier::imap {
bool BatchWriter::must_cut_before(std::uint64_t size_bytes) const {
  return draft_ && draft_->size() > 0 && draft_->bytes() + size_bytes > config_.batch_bytes;
}

void BatchWriter::begin_body(Visit* visit, const BodyBegin& begin) {
  drop_body();
  begun_ = begin;
  if (begin.origin.value_or(0) == 0) {
    writer_.emplace(host_.new_blob(begin.size));
    return;
  }
  // A window: its bytes belong behind what is there, or nowhere.
  const auto uid = visit ? visit->sync.continued_by(begin) : std::nullopt;
  if (!uid) return;
  auto part = visit->parts.extract(*uid);
  if (part.empty()) return;
  begun_.uid = Uid::from(*uid);
  writer_.emplace(std::move(part.mapped()));
}

void BatchWriter::body_bytes(std::string_view bytes) {
  if (writer_) writer_->append(bytes);
}

void BatchWriter::drop_body() {
  writer_.reset();
  body_ended_ = false;
}

void BatchWriter::keep_part(Visit& visit, std::uint32_t uid) {
  if (!std::exchange(body_ended_, false)) return;
  visit.parts.erase(uid);
  visit.parts.emplace(uid, *std::exchange(writer_, std::nullopt));
}

void BatchWriter::drop_part(Visit& visit, std::uint32_t uid) {
  drop_body();
  visit.parts.erase(uid);
}

void BatchWriter::keep_cut_body(Visit& visit) {
  constexpr std::uint64_t kWorthKeeping = std::uint64_t{256} << 10;
  const bool window = begun_.origin.value_or(0) != 0;
  if (!writer_ || !begun_.uid || (!window && writer_->size() < kWorthKeeping)) return;
  const auto uid = begun_.uid->value();
  const auto bytes = writer_->size();
  visit.sync.body_cut(uid, bytes, begun_.message_size.value_or(0));
  visit.parts.erase(uid);
  if (!visit.sync.has_part(uid)) return;
  visit.parts.emplace(uid, *std::exchange(writer_, std::nullopt));
  body_ended_ = false;
}

PlaceBatch& BatchWriter::draft(const Visit& visit) {
  if (!draft_) draft_.emplace(account_, visit.place.name.utf8());
  if (draft_->mailbox() != visit.place.name.utf8()) throw std::logic_error("a batch holds one mailbox only");
  return *draft_;
}

const std::string& BatchWriter::flags_json(std::string_view flags) {
  if (last_flags_json_.empty() || flags != last_flags_) {
    last_flags_ = flags;
    last_flags_json_ = imap::flags_json(canonical_flags(flags));
  }
  return last_flags_json_;
}

PlacedMessage BatchWriter::placed(const Visit& visit, const FetchData& fetch) {
  PlacedMessage message;
  message.uidvalidity = visit.sync.state().uidvalidity.value();
  message.uid = fetch.uid->value();
  message.internal_date_us = fetch.internal_date_us;
  if (fetch.flags) message.flags_json = flags_json(*fetch.flags);
  message.modseq = fetch.modseq.value();
  message.server_id = server_id_of(fetch);
  message.thread_server_id = keepable_id(fetch.thread_id.empty() ? fetch.gm_thrid : fetch.thread_id);
  return message;
}

void BatchWriter::message(Visit& visit, const FetchData& fetch) {
  auto message = placed(visit, fetch);
  // An empty window can be what ends a message: then its bytes are those that were kept.
  auto part = visit.parts.extract(fetch.uid->value());
  if (!has_body() && !part.empty()) writer_.emplace(std::move(part.mapped()));
  message.raw = writer_->seal();
  drop_body();
  check_proof(visit, fetch.uid->value(), *message.raw);
  visit.bytes += message.raw->size();
  visit.sync.measured(std::min(message.raw->size(), config_.window));
  if (!message.server_id.empty()) draft_ids_.push_back(id_hash(message.server_id));
  draft(visit).message(std::move(message));
  ++messages_;
  ++uncounted_bodies_;
}

void BatchWriter::place(Visit& visit, const FetchData& fetch) {
  draft(visit).message(placed(visit, fetch));
  ++messages_;
  ++uncounted_places_;
}

// Rebinding rests on samples that are fetched in full.
void BatchWriter::check_proof(Visit& visit, std::uint32_t uid, const Blob& raw) {
  if (!visit.sync.is_proof(uid)) return;
  if (visit.sync.proved(uid, mime::view_of(mime::hex_of(mime::Sha256().of(raw.bytes()))))) return;
  host_.warning(account_ + " / " + visit.place.name.utf8() +
                ": messages share Message-ID, date and size and differ; all are fetched");
}

// A further place of an e-mail that the sink was found to have.
void BatchWriter::rebound(Visit& visit, const ReboundPlace& place) {
  PlacedMessage message;
  message.uidvalidity = visit.sync.state().uidvalidity.value();
  message.uid = place.uid;
  message.internal_date_us = place.internal_date_us;
  if (place.flags) message.flags_json = flags_json(*place.flags);
  message.modseq = place.modseq.value();
  message.email_id = place.email.id;
  draft(visit).message(std::move(message));
  ++messages_;
  ++uncounted_places_;
}

void BatchWriter::flags(Visit& visit, const FetchData& fetch) {
  draft(visit).flags(visit.sync.state().uidvalidity.value(), fetch.uid->value(), flags_json(*fetch.flags),
                     fetch.modseq.value());
}

void BatchWriter::findings(Visit& visit) {
  for (const auto& reject : visit.sync.take_rejects()) {
    draft(visit).reject(visit.sync.state().uidvalidity.value(), reject.uid, reject.reason);
    host_.warning(account_ + " / " + visit.place.name.utf8() + ": message " + std::to_string(reject.uid) +
                  " cannot be read and goes to quarantine: " + reject.reason);
  }
  for (bool more = true; more;) {
    const auto places = visit.sync.take_rebound(config_.batch_messages);
    for (const auto& place : places) rebound(visit, place);
    more = !places.empty();
    if (more && full()) cut(visit, false);
  }
  const auto now = host_.now_us();
  while (const auto places = visit.sync.take_vanished(config_.batch_messages)) {
    for (const auto& [lo, hi] : places->uids.intervals()) {
      for (std::uint64_t uid = lo; uid <= hi; ++uid) draft(visit).vanished(places->uidvalidity.value(), uid, now);
    }
    if (full()) cut(visit, false);
  }
}

bool BatchWriter::full() const {
  return draft_ && (draft_->size() >= config_.batch_messages || draft_->bytes() >= config_.batch_bytes);
}

PlaceStatus BatchWriter::status_row(Visit& visit, bool last) const {
  const auto& state = visit.sync.state();
  if (last && visit.problem.empty()) visit.last_success_us = host_.now_us();
  PlaceStatus row;
  row.uidvalidity = state.uidvalidity.value();
  row.messages_total = visit.sync.messages_total();
  row.messages_done = state.live.count();
  row.last_uid = state.live.last();
  row.last_success_us = visit.last_success_us;
  row.last_error = visit.problem;
  if (last && row.last_error.empty())
    row.last_error = partial_view_words(visit.sync.partial_view(), visit.sync.messages_total());
  row.state_json = write_state(state, shared_ ? shared_->facts_for_row(visit.place.name.utf8(), last) : AccountFacts{});
  return row;
}

void BatchWriter::cut(Visit& visit, bool last) {
  if (draft_ && draft_->mailbox() != visit.place.name.utf8()) {
    // A mailbox without news ends while another one is being read.
    if (last) {
      const auto& mailbox = visit.place.name.utf8();
      ready_.push_back(
          {PlaceBatch(account_, mailbox).finish(status_row(visit, last)), partition_name(account_, mailbox), {}});
    }
    return;
  }
  if (!last && (!draft_ || draft_->size() == 0)) return;
  ready_.push_back({draft(visit).finish(status_row(visit, last)), partition_name(account_, visit.place.name.utf8()),
                    std::exchange(draft_ids_, {})});
  draft_.reset();
  if (uncounted_bodies_ > 0) {
    host_.count("haulier_imap_bodies_fetched_total", static_cast<double>(std::exchange(uncounted_bodies_, 0)));
  }
  if (uncounted_places_ > 0) {
    host_.count("haulier_imap_bodies_saved_total", static_cast<double>(std::exchange(uncounted_places_, 0)));
  }
}

std::optional<Batch> BatchWriter::take() {
  if (ready_.empty()) return std::nullopt;
  auto ready = std::move(ready_.front());
  ready_.pop_front();
  stored_.given(ready.partition, std::move(ready.ids));
  return std::move(ready.batch);
}

}  // namespace haulier::imap
