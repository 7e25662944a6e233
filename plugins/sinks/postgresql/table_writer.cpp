#include "table_writer.hpp"

#include "binary_values.hpp"

namespace haulier::postgresql {

namespace {

// Rows are gathered up to this size before they are given to libpq, and longer values go there directly.
constexpr std::size_t kGather = 64 * 1024;        // bytes
constexpr std::uint64_t kGiveBack = 1024 * 1024;  // bytes per done_with, see haulier_blob

// Signature, flags, length of the header's extension (manual, COPY, "Binary Format").
constexpr std::string_view kCopyHeader{"PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19};
constexpr std::string_view kCopyEnd{"\377\377", 2};

std::string_view bytes_of(const haulier_blob& blob) noexcept {
  return {reinterpret_cast<const char*>(blob.data), static_cast<std::size_t>(blob.size)};
}

}  // namespace

TableWriter::TableWriter(Host host, TableLayout layout, std::uint32_t number)
    : host_(host), rows_(host, std::move(layout)), number_(std::to_string(number)), doing_("writing " + table().name) {
  upsert_ = upsert_sql(table());
  copy_ = copy_sql(table());
  if (!rows_.has_key()) return;
  delete_ = delete_sql(table());
  find_ = find_keys_sql(table());
}

void TableWriter::add_parameter(std::size_t index, const RecordView& record) {
  const haulier_value value = rows_.value_of(table().columns[index], record);
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
      const bool is_jsonb = !table().is_state;
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
  for (const std::size_t i : rows_.keys()) {
    const Column& column = table().columns[i];
    std::string& array = scratch_.emplace_back();
    binary::append_number(array, std::int32_t{1});  // dimensions
    binary::append_number(array, std::int32_t{0});  // no nulls
    binary::append_number(array, binary::oid_of(column.type));
    binary::append_number(array, static_cast<std::int32_t>(records.size()));
    binary::append_number(array, std::int32_t{1});  // first subscript
    for (const RecordView& record : records) append_field(array, column, rows_.value_of(column, record));
    parameters_.binary(array);
  }
  connection.send("f" + number_, find_, parameters_, "looking rows of " + table().name + " up");
}

bool TableWriter::send_row(Connection& connection, const RecordView& record) {
  parameters_.clear();
  scratch_.clear();
  if (record.op() == HAULIER_UPSERT) {
    for (std::size_t i = 0; i < table().columns.size(); ++i) add_parameter(i, record);
    connection.send("u" + number_, upsert_, parameters_, doing_);
    return true;
  }
  if (record.op() == HAULIER_DELETE) {
    for (const std::size_t i : rows_.keys()) add_parameter(i, record);
    connection.send("d" + number_, delete_, parameters_, doing_);
    return true;
  }
  const std::vector<bool> given = rows_.given(record);
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
    place->second = {name, update_sql(table(), given), columns_of_update(table(), given)};
  }
  return place->second;
}

void TableWriter::start_copy(Connection& connection, const std::string& before) {
  connection.start_copy(before + copy_, doing_);
  copy_buffer_ = kCopyHeader;
}

void TableWriter::copy_row(Connection& connection, const RecordView& record) {
  binary::append_number(copy_buffer_, static_cast<std::int16_t>(table().columns.size()));
  for (const Column& column : table().columns) {
    const haulier_value value = rows_.value_of(column, record);
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
