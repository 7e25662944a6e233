#include "record_rows.hpp"

#include "record_fault.hpp"

namespace haulier::sql {

std::uint64_t size_of(const haulier_value& value) noexcept {
  if (value.type == HAULIER_STRING || value.type == HAULIER_JSON) return value.v.s.size;
  return value.type == HAULIER_BLOB ? value.v.b->size : 0;
}

RecordRows::RecordRows(Host host, TableLayout table) : host_(host), table_(std::move(table)) {
  for (std::size_t i = 0; i < table_.columns.size(); ++i) {
    if (table_.columns[i].key) keys_.push_back(i);
  }
}

void RecordRows::check(const RecordView& record, std::uint64_t index, const ValueLimit& limit) const {
  if (record.size() != table_.n_fields || record.op() > HAULIER_DELETE) {
    throw Error::bad_record(index, "a record of " + table_.name + " does not fit the declared stream");
  }
  if (record.op() != HAULIER_UPSERT && keys_.empty()) {
    throw Error::bad_record(index, table_.name + " has no key: its rows can only be added");
  }
  if (record.op() == HAULIER_UPDATE && table_.immutable) {
    throw Error::bad_record(index, table_.name + " is immutable: its rows are never updated");
  }
  for (const Column& column : table_.columns) {
    if (column.field >= table_.n_fields) continue;
    const haulier_value& value = record[column.field];
    const char* fault = value_fault(column.type, column.key, value, record.op());
    if (fault == nullptr && size_of(value) > limit.bytes) fault = limit.words.c_str();
    if (fault) throw Error::bad_record(index, table_.name + "." + column.name + " " + fault);
    // The server would say the same, but only after all bytes of the batch were sent.
    if (column.not_null && value.type == HAULIER_NULL) {
      throw Error::bad_record(index, table_.name + "." + column.name + " is null, and must not be");
    }
  }
}

std::string RecordRows::key_of(const RecordView& record) const {
  std::string out;
  const auto append = [&](const void* bytes, std::size_t size) { out.append(static_cast<const char*>(bytes), size); };
  for (const std::size_t i : keys_) {
    const Column& column = table_.columns[i];
    if (column.field >= table_.n_fields) continue;
    const haulier_value& value = record[column.field];
    if (value.type == HAULIER_STRING || value.type == HAULIER_JSON) {
      append(&value.v.s.size, sizeof value.v.s.size);
      out += view(value.v.s);
    } else {
      append(&value.v.i, sizeof value.v.i);
    }
  }
  return out;
}

std::uint64_t RecordRows::blob_bytes(const RecordView& record) const noexcept {
  std::uint64_t out = 0;
  for (const Column& column : table_.columns) {
    if (column.type == HAULIER_BLOB && column.field < table_.n_fields) out += size_of(record[column.field]);
  }
  return out;
}

haulier_value RecordRows::value_of(const Column& column, const RecordView& record) const noexcept {
  haulier_value out{};
  if (column.field == kPipelineColumn) {
    out.type = HAULIER_STRING;
    out.v.s = str(host_.pipeline());
  } else if (column.field == kUpdatedAtColumn) {
    out.type = HAULIER_TIMESTAMP;
    out.v.i = host_.now_us();
  } else {
    out = record[column.field];
  }
  return out;
}

std::vector<bool> RecordRows::given(const RecordView& record) const {
  std::vector<bool> out(table_.columns.size());
  for (std::size_t i = 0; i < out.size(); ++i) {
    const Column& column = table_.columns[i];
    out[i] = column.field < table_.n_fields && !record.absent(column.field);
  }
  return out;
}

}  // namespace haulier::sql
