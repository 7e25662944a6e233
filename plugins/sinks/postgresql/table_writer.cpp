#include "table_writer.hpp"

#include "binary_values.hpp"
#include "record_fault.hpp"

namespace haulier::postgresql {

namespace {

// Rows are gathered up to this size before they are given to libpq, and longer values go there directly.
constexpr std::size_t kGather = 64 * 1024;        // bytes
constexpr std::uint64_t kGiveBack = 1024 * 1024;  // bytes per done_with, see haulier_blob

// The manual's 1 GB is for the stored value with its header; lengths on the wire are 32 bits.
constexpr std::uint64_t kLargestValue = 1'000'000'000;  // bytes

// Signature, flags, length of the header's extension (manual, COPY, "Binary Format").
constexpr std::string_view kCopyHeader{"PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19};
constexpr std::string_view kCopyEnd{"\377\377", 2};

std::string_view bytes_of(const haulier_blob& blob) noexcept {
  return {reinterpret_cast<const char*>(blob.data), static_cast<std::size_t>(blob.size)};
}

std::uint64_t size_of(const haulier_value& value) noexcept {
  if (value.type == HAULIER_STRING || value.type == HAULIER_JSON) return value.v.s.size;
  return value.type == HAULIER_BLOB ? value.v.b->size : 0;
}

}  // namespace

TableWriter::TableWriter(Host host, TableLayout table, std::uint32_t number)
    : host_(host), table_(std::move(table)), number_(std::to_string(number)), doing_("writing " + table_.name) {
  for (std::size_t i = 0; i < table_.columns.size(); ++i) {
    if (table_.columns[i].key) keys_.push_back(i);
  }
  upsert_ = upsert_sql(table_);
  copy_ = copy_sql(table_);
  if (keys_.empty()) return;
  delete_ = delete_sql(table_);
  find_ = find_keys_sql(table_);
}

void TableWriter::check(const RecordView& record, std::uint64_t index) const {
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
    if (fault == nullptr && size_of(value) > kLargestValue) fault = "is larger than PostgreSQL's limit of 1 GB";
    if (fault) throw Error::bad_record(index, table_.name + "." + column.name + " " + fault);
    // The server would say the same, but only after all bytes of the batch were sent.
    if (column.not_null && value.type == HAULIER_NULL) {
      throw Error::bad_record(index, table_.name + "." + column.name + " is null, and must not be");
    }
  }
}

std::string TableWriter::key_of(const RecordView& record) const {
  std::string out;
  for (const std::size_t i : keys_) {
    const Column& column = table_.columns[i];
    if (column.field >= table_.n_fields) continue;
    const haulier_value& value = record[column.field];
    if (value.type == HAULIER_STRING || value.type == HAULIER_JSON) {
      binary::append_number(out, value.v.s.size);
      out += view(value.v.s);
    } else {
      binary::append_scalar(out, value);
    }
  }
  return out;
}

std::uint64_t TableWriter::blob_bytes(const RecordView& record) const noexcept {
  std::uint64_t out = 0;
  for (const Column& column : table_.columns) {
    if (column.type == HAULIER_BLOB && !record.empty(column.field)) out += record[column.field].v.b->size;
  }
  return out;
}

haulier_value TableWriter::value_of(const Column& column, const RecordView& record) const noexcept {
  haulier_value out{};
  if (column.field == sql::kPipelineColumn) {
    out.type = HAULIER_STRING;
    out.v.s = str(host_.pipeline());
  } else if (column.field == sql::kUpdatedAtColumn) {
    out.type = HAULIER_TIMESTAMP;
    out.v.i = host_.now_us();
  } else {
    out = record[column.field];
  }
  return out;
}

bool TableWriter::is_given(const Column& column, const RecordView& record) const noexcept {
  return column.field < table_.n_fields && !record.absent(column.field);
}

void TableWriter::add_parameter(std::size_t index, const RecordView& record) {
  const haulier_value value = value_of(table_.columns[index], record);
  switch (value.type) {
    case HAULIER_ABSENT:
    case HAULIER_NULL:
      parameters_.null();
      break;
    case HAULIER_STRING:
      parameters_.binary(view(value.v.s));
      break;
    case HAULIER_JSON:
      parameters_.binary(binary::without_escaped_nul(view(value.v.s), scratch_.emplace_back()));
      break;
    case HAULIER_BLOB:
      parameters_.binary(bytes_of(*value.v.b));
      break;
    default:
      binary::append_scalar(scratch_.emplace_back(), value);
      parameters_.binary(scratch_.back());
  }
}

void TableWriter::append_field(std::string& out, const Column& column, const haulier_value& value) {
  switch (value.type) {
    case HAULIER_ABSENT:
    case HAULIER_NULL:
      binary::append_number(out, std::int32_t{-1});
      break;
    case HAULIER_STRING:
      binary::append_number(out, static_cast<std::int32_t>(value.v.s.size));
      out += view(value.v.s);
      break;
    case HAULIER_JSON: {
      std::string changed;
      const std::string_view json = binary::without_escaped_nul(view(value.v.s), changed);
      const bool is_jsonb = !table_.is_state;
      binary::append_number(out, static_cast<std::int32_t>(json.size() + (is_jsonb ? 1 : 0)));
      if (is_jsonb) out.push_back(1);  // version of the format
      out += json;
      break;
    }
    default: {
      const std::int32_t size = column.type == HAULIER_BOOL ? 1 : 8;
      binary::append_number(out, size);
      binary::append_scalar(out, value);
    }
  }
}

void TableWriter::send_find(Connection& connection, const std::vector<RecordView>& records) {
  parameters_.clear();
  scratch_.clear();
  for (const std::size_t i : keys_) {
    const Column& column = table_.columns[i];
    std::string& array = scratch_.emplace_back();
    binary::append_number(array, std::int32_t{1});  // dimensions
    binary::append_number(array, std::int32_t{0});  // no nulls
    binary::append_number(array, binary::oid_of(column.type));
    binary::append_number(array, static_cast<std::int32_t>(records.size()));
    binary::append_number(array, std::int32_t{1});  // first subscript
    for (const RecordView& record : records) append_field(array, column, value_of(column, record));
    parameters_.binary(array);
  }
  connection.send("f" + number_, find_, parameters_, "looking rows of " + table_.name + " up");
}

bool TableWriter::send_row(Connection& connection, const RecordView& record) {
  parameters_.clear();
  scratch_.clear();
  if (record.op() == HAULIER_UPSERT) {
    for (std::size_t i = 0; i < table_.columns.size(); ++i) add_parameter(i, record);
    connection.send("u" + number_, upsert_, parameters_, doing_);
    return true;
  }
  if (record.op() == HAULIER_DELETE) {
    for (const std::size_t i : keys_) add_parameter(i, record);
    connection.send("d" + number_, delete_, parameters_, doing_);
    return true;
  }
  std::vector<bool> given(table_.columns.size());
  for (std::size_t i = 0; i < given.size(); ++i) given[i] = is_given(table_.columns[i], record);
  const Update& update = update_of(given);
  if (update.sql.empty()) return false;
  for (const std::size_t i : update.columns) add_parameter(i, record);
  connection.send(update.name, update.sql, parameters_, doing_);
  return true;
}

const TableWriter::Update& TableWriter::update_of(const std::vector<bool>& given) {
  const auto [place, is_new] = updates_.try_emplace(given);
  if (is_new) {
    const std::string name = "m" + number_ + "_" + std::to_string(updates_.size());
    place->second = {name, update_sql(table_, given), columns_of_update(table_, given)};
  }
  return place->second;
}

void TableWriter::start_copy(Connection& connection) {
  connection.start_copy(copy_, doing_);
  copy_buffer_ = kCopyHeader;
}

void TableWriter::copy_row(Connection& connection, const RecordView& record) {
  binary::append_number(copy_buffer_, static_cast<std::int16_t>(table_.columns.size()));
  for (const Column& column : table_.columns) {
    const haulier_value value = value_of(column, record);
    if (value.type == HAULIER_BLOB) {
      binary::append_number(copy_buffer_, static_cast<std::int32_t>(value.v.b->size));
      copy_blob(connection, *value.v.b);
    } else {
      append_field(copy_buffer_, column, value);
    }
  }
  if (copy_buffer_.size() < kGather) return;
  connection.put_copy(copy_buffer_, doing_);
  copy_buffer_.clear();
}

void TableWriter::copy_blob(Connection& connection, const haulier_blob& blob) {
  if (blob.size < kGather) {
    copy_buffer_ += bytes_of(blob);
    return;
  }
  connection.put_copy(copy_buffer_, doing_);
  copy_buffer_.clear();
  for (std::uint64_t at = 0; at < blob.size; at += kGiveBack) {
    host_.crash_point("postgresql.blob");
    const std::string_view window =
        bytes_of(blob).substr(static_cast<std::size_t>(at), static_cast<std::size_t>(kGiveBack));
    connection.put_copy(window, doing_);
    // A promise about bytes, not a change of the blob; the batch only lends it.
    auto* lender = const_cast<haulier_blob*>(&blob);
    if (blob.flags & HAULIER_BLOB_SPILLED) lender->done_with(lender, at, window.size());
  }
}

Result TableWriter::finish_copy(Connection& connection) {
  copy_buffer_ += kCopyEnd;
  connection.put_copy(copy_buffer_, doing_);
  copy_buffer_.clear();
  return connection.finish_copy(doing_);
}

}  // namespace haulier::postgresql
