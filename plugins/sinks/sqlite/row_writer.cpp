#include "row_writer.hpp"

#include "blob_stream.hpp"
#include "record_fault.hpp"
#include "rfc3339.hpp"
#include "sql_text.hpp"
#include "sqlite_error.hpp"

namespace haulier::sqlite {

namespace {

bool is_large(const haulier_value& value) noexcept {
  return value.type == HAULIER_BLOB && value.v.b->size >= kLargeBlob;
}

int bind_bytes(sqlite3_stmt* statement, int index, const haulier_blob& blob) noexcept {
  if (blob.size >= kLargeBlob) return sqlite3_bind_zeroblob64(statement, index, blob.size);
  // A null pointer would bind NULL instead of no bytes.
  const void* data = blob.size == 0 ? static_cast<const void*>("") : blob.data;
  return sqlite3_bind_blob64(statement, index, data, blob.size, SQLITE_STATIC);
}

}  // namespace

RowWriter::RowWriter(const Connection& connection, Host host, TableLayout table)
    : connection_(connection),
      host_(host),
      table_(std::move(table)),
      timestamps_(table_.columns.size() * rfc3339::kSize) {
  for (std::size_t i = 0; i < table_.columns.size(); ++i) {
    if (table_.columns[i].key) keys_.push_back(i);
  }
}

// At the first row that needs it: a run that finds nothing new writes to one table of many.
Statement& RowWriter::prepared(Statement& statement, std::string (*sql)(const TableLayout& table)) const {
  if (!statement) statement = connection_.prepare(sql(table_), true);
  return statement;
}

RowWriter::Outcome RowWriter::write(const RecordView& record, std::uint64_t index) {
  check(record, index);
  std::int64_t changed = 0;
  if (record.op() == HAULIER_DELETE) {
    changed = erase(record, index);
  } else if (has_large_blob(record)) {
    changed = write_with_large(record, index);
  } else if (record.op() == HAULIER_UPSERT) {
    changed = upsert(record, index);
  } else {
    std::vector<bool> given(table_.columns.size());
    for (std::size_t i = 0; i < given.size(); ++i) given[i] = is_given(table_.columns[i], record);
    changed = update(record, index, given);
  }
  return changed == 0 ? Outcome::unchanged : Outcome::written;
}

void RowWriter::check(const RecordView& record, std::uint64_t index) const {
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
    const char* fault = value_fault(column.type, column.key, record[column.field], record.op());
    if (fault) throw Error::bad_record(index, table_.name + "." + column.name + " " + fault);
  }
}

bool RowWriter::is_given(const Column& column, const RecordView& record) const noexcept {
  return column.field < table_.n_fields && !column.insert_only && !record.absent(column.field);
}

bool RowWriter::has_large_blob(const RecordView& record) const noexcept {
  for (const Column& column : table_.columns) {
    if (column.type == HAULIER_BLOB && is_large(record[column.field])) return true;
  }
  return false;
}

void RowWriter::bind(sqlite3_stmt* statement, const RecordView& record, const std::vector<bool>* wanted) {
  for (std::size_t i = 0; i < table_.columns.size(); ++i) {
    if (wanted && !(*wanted)[i] && !table_.columns[i].key) continue;
    if (bind_column(statement, i, record) != SQLITE_OK) throw error_of(connection_.get(), "binding a value");
  }
}

int RowWriter::bind_column(sqlite3_stmt* statement, std::size_t column, const RecordView& record) {
  const int index = static_cast<int>(column) + 1;
  const std::uint32_t field = table_.columns[column].field;
  if (field == kPipelineColumn) return bind_borrowed(statement, index, host_.pipeline());
  haulier_value value{};
  if (field == kUpdatedAtColumn) {
    value.type = HAULIER_TIMESTAMP;
    value.v.i = host_.now_us();
  } else {
    value = record[field];
  }
  switch (value.type) {
    case HAULIER_BOOL:
    case HAULIER_INT64:
      return sqlite3_bind_int64(statement, index, value.v.i);
    case HAULIER_DOUBLE:
      return sqlite3_bind_double(statement, index, value.v.d);
    case HAULIER_TIMESTAMP: {
      char* text = timestamps_.data() + column * rfc3339::kSize;
      if (!rfc3339::format(value.v.i, text)) return sqlite3_bind_null(statement, index);
      return bind_borrowed(statement, index, {text, rfc3339::kSize});
    }
    case HAULIER_STRING:
    case HAULIER_JSON:
      return bind_borrowed(statement, index, view(value.v.s));
    case HAULIER_BLOB:
      return bind_bytes(statement, index, *value.v.b);
    default:
      return sqlite3_bind_null(statement, index);
  }
}

std::int64_t RowWriter::run(Statement& statement, std::uint64_t index) {
  const int code = sqlite3_step(statement.get());
  if (code == SQLITE_DONE) {
    const std::int64_t changed = sqlite3_changes64(connection_.get());
    statement.reset();
    return changed;
  }
  const Error error = blames_the_row(code)
                          ? Error::bad_record(index, table_.name + ": " + sqlite3_errmsg(connection_.get()))
                          : error_of(connection_.get(), "writing " + table_.name);
  statement.reset();
  throw error;
}

std::int64_t RowWriter::upsert(const RecordView& record, std::uint64_t index) {
  Statement& statement = prepared(upsert_, upsert_sql);
  bind(statement.get(), record, nullptr);
  const std::int64_t changed = run(statement, index);
  for (const Column& column : table_.columns) {
    if (column.type != HAULIER_BLOB || record.empty(column.field)) continue;
    haulier_blob& blob = *record[column.field].v.b;
    if (blob.flags & HAULIER_BLOB_SPILLED) blob.done_with(&blob, 0, blob.size);
  }
  return changed;
}

std::int64_t RowWriter::update(const RecordView& record, std::uint64_t index, const std::vector<bool>& given) {
  Statement& statement = update_statement(given);
  if (!statement) return 0;
  bind(statement.get(), record, &given);
  return run(statement, index);
}

std::int64_t RowWriter::erase(const RecordView& record, std::uint64_t index) {
  const std::vector<bool> only_keys(table_.columns.size());
  Statement& statement = prepared(delete_, delete_sql);
  bind(statement.get(), record, &only_keys);
  return run(statement, index);
}

Statement& RowWriter::update_statement(const std::vector<bool>& given) {
  const auto [place, is_new] = updates_.try_emplace(given);
  if (is_new) {
    const std::string sql = update_sql(table_, given);
    if (!sql.empty()) place->second = connection_.prepare(sql, true);
  }
  return place->second;
}

std::int64_t RowWriter::find_row(const RecordView& record) {
  if (keys_.empty()) return -1;
  const std::vector<bool> only_keys(table_.columns.size());
  bind(prepared(find_, find_sql).get(), record, &only_keys);
  const std::int64_t rowid = find_.step("looking for a row of " + table_.name) ? find_.integer(0) : -1;
  find_.reset();
  return rowid;
}

std::int64_t RowWriter::write_with_large(const RecordView& record, std::uint64_t index) {
  const std::int64_t rowid = find_row(record);
  if (rowid >= 0) return table_.immutable ? 0 : replace_large(record, index, rowid);
  if (record.op() == HAULIER_UPDATE) return 0;
  Statement& statement = prepared(upsert_, upsert_sql);
  bind(statement.get(), record, nullptr);
  const std::int64_t changed = run(statement, index);
  fill_large(record, sqlite3_last_insert_rowid(connection_.get()));
  return changed;
}

void RowWriter::fill_large(const RecordView& record, std::int64_t rowid) {
  for (const Column& column : table_.columns) {
    if (column.type != HAULIER_BLOB || !is_large(record[column.field])) continue;
    write_blob({connection_.get(), table_.name, column.name, rowid}, record.blob(column.field), host_);
  }
}

std::int64_t RowWriter::replace_large(const RecordView& record, std::uint64_t index, std::int64_t rowid) {
  std::vector<bool> given(table_.columns.size());
  for (std::size_t i = 0; i < given.size(); ++i) {
    given[i] = is_given(table_.columns[i], record) && !is_large(record[table_.columns[i].field]);
  }
  std::int64_t changed = update(record, index, given);
  for (const Column& column : table_.columns) {
    if (column.type != HAULIER_BLOB || column.insert_only || !is_large(record[column.field])) continue;
    const BlobPlace place{connection_.get(), table_.name, column.name, rowid};
    const Blob blob = record.blob(column.field);
    if (holds_blob(place, blob)) continue;
    Statement make_room = connection_.prepare("UPDATE " + quoted_name(table_.name) + " SET " +
                                              quoted_name(column.name) + " = zeroblob(?1) WHERE rowid = ?2");
    make_room.bind(1, static_cast<std::int64_t>(blob.size()));
    make_room.bind(2, rowid);
    changed += run(make_room, index);
    write_blob(place, blob, host_);
  }
  return changed;
}

}  // namespace haulier::sqlite
