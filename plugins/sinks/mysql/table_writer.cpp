#include "table_writer.hpp"

#include <algorithm>
#include <numeric>

#include "row_values.hpp"

namespace haulier::mysql {

namespace {

constexpr std::size_t kKeysPerLookup = 500;
// A message of many rows, measured (README). The library holds one of them in memory.
constexpr std::size_t kRowsPerMessage = 2000;
constexpr std::uint64_t kBytesPerMessage = 4 * 1024 * 1024;
constexpr std::size_t kWindow = 256 * 1024;  // bytes
constexpr std::uint64_t kFixedSize = 16;     // bytes of a value that is no text, with its overhead

}  // namespace

std::size_t window_of(const Connection& connection) noexcept {
  constexpr std::uint64_t kColumns = 64;
  return static_cast<std::size_t>(std::min<std::uint64_t>(kWindow, connection.largest_packet() / kColumns));
}

TableWriter::TableWriter(Host host, TableLayout layout, std::uint32_t number)
    : host_(host),
      rows_(host, std::move(layout)),
      number_(std::to_string(number)),
      doing_("writing " + table().name),
      all_columns_(table().columns.size()) {
  std::iota(all_columns_.begin(), all_columns_.end(), std::size_t{0});
  insert_ = insert_sql(table());
  upsert_ = upsert_sql(table());
  if (rows_.has_key()) delete_ = delete_sql(table());
}

std::string TableWriter::key_literals(std::size_t number, const RecordView& record) const {
  std::string out = "(" + std::to_string(number);
  for (const std::size_t i : rows_.keys()) {
    out += ", " + literal_of(rows_.value_of(table().columns[i], record));
  }
  return out + ")";
}

std::vector<bool> TableWriter::find(Connection& connection, const std::vector<RecordView>& records) const {
  std::vector<bool> out(records.size());
  for (std::size_t from = 0; from < records.size(); from += kKeysPerLookup) {
    std::string rows;
    for (std::size_t i = from; i < std::min(records.size(), from + kKeysPerLookup); ++i) {
      rows += (rows.empty() ? "" : ", ") + key_literals(i, records[i]);
    }
    Result found = connection.run(find_keys_sql(table(), rows), "looking rows of " + table().name + " up");
    while (found.next()) out[static_cast<std::size_t>(found.integer(0))] = true;
  }
  return out;
}

TableWriter::Size TableWriter::size_of(const RecordView& record) const noexcept {
  Size out;
  for (const Column& column : table().columns) {
    const std::uint64_t bytes = column.field < table().n_fields ? sql::size_of(record[column.field]) : kFixedSize;
    out.longest = std::max(out.longest, bytes);
    out.all += bytes + kFixedSize;
  }
  return out;
}

void TableWriter::insert(Connection& connection, const std::vector<RecordView>& records, Failure& failure) {
  const std::uint64_t most = std::min<std::uint64_t>(kBytesPerMessage, connection.largest_packet() / 2);
  const std::size_t window = window_of(connection);
  failure = {};
  std::size_t from = 0;
  std::uint64_t bytes = 0;
  const auto send = [&](std::size_t to) {
    if (failure.number == 0 && to > from) insert_bulk(connection, &records[from], to - from, failure);
    from = to;
    bytes = 0;
  };
  for (std::size_t i = 0; i < records.size() && failure.number == 0; ++i) {
    const Size size = size_of(records[i]);
    if (size.longest > window) {
      send(i);
      if (failure.number != 0) return;
      run_one(connection, "n" + number_, insert_, all_columns_, records[i], failure);
      from = i + 1;
      continue;
    }
    if (bytes + size.all > most || i - from == kRowsPerMessage) send(i);
    bytes += size.all;
  }
  send(records.size());
}

void TableWriter::insert_bulk(Connection& connection, const RecordView* records, std::size_t n, Failure& failure) {
  Statement& statement = connection.statement("b" + number_, insert_);
  statement.clear();
  for (std::size_t row = 0; row < n; ++row) {
    for (const std::size_t i : all_columns_) {
      const Column& column = table().columns[i];
      statement.add(i, column.type, rows_.value_of(column, records[row]));
    }
  }
  statement.run_bulk(n, doing_, failure);
  host_.crash_point("mysql.rows");
}

std::int64_t TableWriter::run_one(Connection& connection, const std::string& name, const std::string& sql,
                                  const std::vector<std::size_t>& columns, const RecordView& record, Failure& failure) {
  Statement& statement = connection.statement(name, sql);
  statement.clear();
  for (std::size_t at = 0; at < columns.size(); ++at) {
    const Column& column = table().columns[columns[at]];
    statement.add(at, column.type, rows_.value_of(column, record));
  }
  const auto sent = [&](std::size_t at, std::size_t place, std::size_t size) {
    host_.crash_point("mysql.piece");
    const haulier_value value = rows_.value_of(table().columns[columns[at]], record);
    if (value.type != HAULIER_BLOB || (value.v.b->flags & HAULIER_BLOB_SPILLED) == 0) return;
    // A promise about bytes, not a change of the blob; the batch only lends it.
    auto* lender = const_cast<haulier_blob*>(value.v.b);
    lender->done_with(lender, place, size);
  };
  return statement.run(doing_, window_of(connection), failure, sent);
}

std::int64_t TableWriter::write(Connection& connection, const RecordView& record, Failure& failure) {
  failure = {};
  if (record.op() == HAULIER_UPSERT) {
    return run_one(connection, "u" + number_, upsert_, all_columns_, record, failure);
  }
  if (record.op() == HAULIER_DELETE) {
    return run_one(connection, "d" + number_, delete_, rows_.keys(), record, failure);
  }
  const Update& update = update_of(rows_.given(record));
  if (update.sql.empty()) return 0;
  return run_one(connection, update.name, update.sql, update.columns, record, failure);
}

const TableWriter::Update& TableWriter::update_of(const std::vector<bool>& given) {
  const auto [place, is_new] = updates_.try_emplace(given);
  if (is_new) {
    const std::string name = "m" + number_ + "_" + std::to_string(updates_.size());
    place->second = {name, update_sql(table(), given), columns_of_update(table(), given)};
  }
  return place->second;
}

}  // namespace haulier::mysql
