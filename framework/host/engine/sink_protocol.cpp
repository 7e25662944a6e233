#include "engine/sink_protocol.hpp"

#include <exception>

namespace haulier::host {

void SinkProtocol::rollback_quietly() noexcept {
  try {
    rollback();
  } catch (const std::exception&) {
    // See the header: there is nothing left to do.
  }
}

StateRows TransactionProtocol::load() {
  if (!schema_.state()) return {};
  const Batch batch = sink_.load_state(schema_.c());
  return state_rows(batch.c(), schema_.stream(*schema_.state()));
}

void TransactionProtocol::commit(const StateRows& states) {
  std::vector<haulier_record> records;
  records.reserve(states.size());
  for (const auto& [key, row] : states) records.push_back(row.c());
  sink_.commit(records.data(), records.size());
}

void FlushProtocol::commit(const StateRows& states) {
  sink_.flush();
  if (store_ && !states.empty()) store_->save(states);
}

}  // namespace haulier::host
