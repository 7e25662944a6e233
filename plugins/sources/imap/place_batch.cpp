#include "place_batch.hpp"

#include <utility>

#include "mail_streams.hpp"

namespace haulier::imap {
namespace {

// The tables have signed columns; a UIDVALIDITY beyond 63 bits keeps its bits.
std::int64_t as_signed(std::uint64_t value) { return static_cast<std::int64_t>(value); }

}  // namespace

std::string partition_name(std::string_view account, std::string_view mailbox) {
  return std::string(account) + " / " + std::string(mailbox);
}

RecordBuilder PlaceBatch::place(haulier_op op, std::uint64_t uidvalidity, std::uint64_t uid) {
  auto record = builder_.record(kMessages, message::kCount, op, origins_++);
  record.text(message::kAccount, account_).text(message::kMailbox, mailbox_);
  record.integer(message::kUidValidity, as_signed(uidvalidity)).integer(message::kUid, as_signed(uid));
  return record;
}

void PlaceBatch::message(PlacedMessage message) {
  if (message.raw) bytes_ += message.raw->size();
  auto record = place(HAULIER_UPSERT, message.uidvalidity, message.uid);
  if (message.raw) record.blob(message::kRaw, *std::move(message.raw));
  if (message.internal_date_us) record.timestamp(message::kInternalDate, *message.internal_date_us);
  if (message.flags_json) record.json(message::kFlags, *message.flags_json);
  if (message.modseq != 0) record.integer(message::kModSeq, as_signed(message.modseq));
  if (!message.server_id.empty()) record.text(message::kServerId, message.server_id);
  if (!message.thread_server_id.empty()) record.text(message::kThreadServerId, message.thread_server_id);
  if (!message.email_id.empty()) record.text(message::kEmailId, message.email_id);
}

void PlaceBatch::flags(std::uint64_t uidvalidity, std::uint64_t uid, std::string_view flags_json,
                       std::uint64_t modseq) {
  auto record = place(HAULIER_UPDATE, uidvalidity, uid);
  record.json(message::kFlags, flags_json);
  if (modseq != 0) record.integer(message::kModSeq, as_signed(modseq));
}

void PlaceBatch::vanished(std::uint64_t uidvalidity, std::uint64_t uid, std::int64_t at_us) {
  place(HAULIER_UPDATE, uidvalidity, uid).timestamp(message::kVanishedAt, at_us);
}

void PlaceBatch::reject(std::uint64_t uidvalidity, std::uint64_t uid, std::string_view reason) {
  std::string key = "{\"account\":";
  append_json_string(key, account_);
  key += ",\"mailbox\":";
  append_json_string(key, mailbox_);
  key += ",\"uidvalidity\":" + std::to_string(uidvalidity) + ",\"uid\":" + std::to_string(uid) + "}";
  builder_.reject(origins_++, key, reason);
}

Batch PlaceBatch::finish(const PlaceStatus& status) {
  auto row = builder_.state(kSyncStatus, sync_status::kCount);
  row.text(sync_status::kAccount, account_).text(sync_status::kMailbox, mailbox_);
  row.integer(sync_status::kUidValidity, as_signed(status.uidvalidity));
  row.integer(sync_status::kMessagesTotal, as_signed(status.messages_total));
  row.integer(sync_status::kMessagesDone, as_signed(status.messages_done));
  row.integer(sync_status::kLastUid, as_signed(status.last_uid));
  if (status.last_success_us) row.timestamp(sync_status::kLastSuccessAt, *status.last_success_us);
  if (!status.last_error.empty()) row.text(sync_status::kLastError, status.last_error);
  row.json(sync_status::kState, status.state_json);
  return finish();
}

Batch PlaceBatch::finish() {
  builder_.partition(partition_name(account_, mailbox_));
  builder_.counts(std::exchange(origins_, 0), std::exchange(bytes_, 0));
  return builder_.finish();
}

}  // namespace haulier::imap
