#include "engine/sink_batch.hpp"

#include <utility>

#include "engine/kept_records.hpp"

namespace haulier::host {

std::uint64_t text_bytes(const haulier_batch& batch) {
  std::uint64_t bytes = 0;
  for (std::uint64_t i = 0; i < batch.n_records; ++i) {
    const haulier_record& record = record_at(batch, i);
    // One record struct of the plugin's, one of ours.
    bytes += 2 * sizeof(haulier_record) + record.n_values * sizeof(haulier_value);
    for (std::uint32_t k = 0; k < record.n_values; ++k) {
      const haulier_value& value = record.values[k];
      if (value.type == HAULIER_STRING || value.type == HAULIER_JSON) bytes += value.v.s.size;
    }
  }
  return bytes;
}

namespace {

std::uint64_t blob_bytes_in_memory(const haulier_batch& batch) {
  std::uint64_t bytes = 0;
  for (std::uint64_t i = 0; i < batch.n_records; ++i) {
    const haulier_record& record = record_at(batch, i);
    for (std::uint32_t k = 0; k < record.n_values; ++k) {
      const haulier_value& value = record.values[k];
      if (value.type == HAULIER_BLOB && !(value.v.b->flags & HAULIER_BLOB_SPILLED)) bytes += value.v.b->size;
    }
  }
  return bytes;
}

}  // namespace

void take_rejects(Envelope& envelope, const SinkSchema& schema, std::string_view stage, bool keep_raw,
                  std::int64_t now_us) {
  haulier_batch& batch = envelope.batch.c();
  for (std::uint64_t i = 0; i < batch.n_rejects; ++i) {
    const haulier_reject& reject = batch.rejects[i];
    envelope.quarantined.push_back(schema.quarantine_record(reject.origin, envelope.partition->name, view(reject.key),
                                                            stage, view(reject.reason), keep_raw ? reject.raw : nullptr,
                                                            now_us));
  }
  batch.n_rejects = 0;
  batch.rejects = nullptr;
}

SinkBatch::SinkBatch(Envelope&& envelope, const SinkSchema& schema, MemoryBudget& budget)
    : envelope_(std::move(envelope)) {
  const haulier_batch& batch = envelope_.batch.c();
  envelope_.charge = MemoryCharge(budget, text_bytes(batch));
  const std::uint64_t blobs = blob_bytes_in_memory(batch);
  memory_bytes_ = envelope_.charge.bytes() + (blobs == 0 ? 0 : blobs + envelope_.size_bytes);
  if (!envelope_.quarantined.empty()) rejected_.resize(envelope_.origin_count);
  for (const OwnedRecord& row : envelope_.quarantined) rejected_[row.c().origin] = true;
  records_.reserve(batch.n_records + envelope_.quarantined.size());
  for (std::uint64_t i = 0; i < batch.n_records; ++i) {
    const haulier_record& record = record_at(batch, i);
    if (schema.stream(record.stream).flags & (HAULIER_STREAM_TRANSIENT | HAULIER_STREAM_STATE)) continue;
    records_.push_back(record);
  }
  std::vector<std::uint64_t> left_out;
  for (std::uint64_t i = 0; i < rejected_.size(); ++i) {
    if (rejected_[i]) left_out.push_back(i);
  }
  if (!left_out.empty()) records_ = kept_records(records_, left_out, schema);
  data_records_ = records_.size();
  for (const OwnedRecord& row : envelope_.quarantined) records_.push_back(row.c());
  c_ = with_records(records_);
}

haulier_batch SinkBatch::with_records(const std::vector<haulier_record>& records) const noexcept {
  haulier_batch out{};
  out.struct_size = sizeof out;
  out.record_size = sizeof(haulier_record);
  out.n_records = records.size();
  out.records = records.data();
  out.partition = str(envelope_.partition->name);
  out.origin_count = envelope_.origin_count;
  out.size_bytes = envelope_.size_bytes;
  out.state = envelope_.state ? &envelope_.state->c() : nullptr;
  return out;
}

}  // namespace haulier::host
