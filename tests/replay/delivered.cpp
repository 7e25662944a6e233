#include "delivered.hpp"

#include "mail_streams.hpp"
#include "state_json.hpp"

namespace replay {

using namespace haulier;
using namespace haulier::imap;

Delivered::Delivered(const std::vector<std::pair<std::string, std::string>>& state) {
  for (const auto& [mailbox, json] : state) {
    const auto remembered = read_state(json);
    uids_[{mailbox, remembered.uidvalidity.value()}] = remembered.live;
  }
}

void Delivered::add(BatchView batch) {
  for (std::uint64_t i = 0; i < batch.size(); ++i) {
    const auto row = batch[i];
    if (row.op() != HAULIER_UPSERT) continue;
    const auto epoch = static_cast<std::uint64_t>(row.integer(message::kUidValidity).value_or(0));
    const auto uid = static_cast<std::uint32_t>(row.integer(message::kUid).value_or(0));
    uids_[{std::string(row.text(message::kMailbox)), epoch}].insert(uid);
  }
  const auto& c = batch.c_batch();
  if (!c.state) return;
  const RecordView row(*c.state);
  check(std::string(row.text(sync_status::kMailbox)), std::string(row.text(sync_status::kState)));
}

void Delivered::check(const std::string& mailbox, const std::string& json) {
  const auto state = read_state(json);
  const auto stored = state.live.minus(state.quarantined);
  const auto missing = stored.minus(uids_[{mailbox, state.uidvalidity.value()}]);
  if (!missing.empty() && ahead_.empty()) ahead_ = mailbox + ": " + missing.to_text() + " in " + json;
}

}  // namespace replay
