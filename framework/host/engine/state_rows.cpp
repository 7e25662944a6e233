#include "engine/state_rows.hpp"

#include <utility>

namespace haulier::host {

StateRows state_rows(const haulier_batch& batch, const haulier_stream& stream) {
  StateRows out;
  for (std::uint64_t i = 0; i < batch.n_records; ++i) {
    const haulier_record& record = record_at(batch, i);
    out.insert_or_assign(key_json(record, stream), OwnedRecord(record));
  }
  return out;
}

bool same_row(const OwnedRecord& a, const OwnedRecord& b) noexcept {
  if (a.size() != b.size()) return false;
  for (std::uint32_t i = 0; i < a.size(); ++i) {
    if (!same_value(a[i], b[i])) return false;
  }
  return true;
}

StateBatch::StateBatch(const StateRows& rows, std::uint32_t stream) {
  for (const auto& [key, row] : rows) {
    records_.push_back(row.c());
    records_.back().stream = stream;
  }
  c_.struct_size = sizeof c_;
  c_.record_size = sizeof(haulier_record);
  c_.n_records = records_.size();
  c_.records = records_.data();
}

}  // namespace haulier::host
