#include "batch_writer.hpp"

#include <stdexcept>
#include <utility>

#include "flags_json.hpp"
#include "plain_text.hpp"
#include "state_json.hpp"
#include "sync/flag_ledger.hpp"

namespace haulier::imap {
bool BatchWriter::must_cut_before(std::uint64_t size_bytes) const {
  return draft_ && draft_->size() > 0 && draft_->bytes() + size_bytes > config_.batch_bytes;
}

void BatchWriter::begin_body(std::uint64_t size_bytes) {
  body_.reset();
  writer_.emplace(host_.new_blob(size_bytes));
}

void BatchWriter::body_bytes(std::string_view bytes) {
  if (writer_) writer_->append(bytes);
}

void BatchWriter::end_body() {
  if (!writer_) return;
  body_ = writer_->seal();
  writer_.reset();
}

void BatchWriter::drop_body() {
  writer_.reset();
  body_.reset();
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
  message.raw = *std::exchange(body_, std::nullopt);
  visit.sync.measured(message.raw->size());
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
  row.state_json = write_state(state, shared_ ? shared_->facts() : AccountFacts{});
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
