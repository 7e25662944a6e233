// RowWriter: writes the records of one stream into its table, with one prepared statement per operation and set of
// fields, kept for the whole run.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "connection.hpp"
#include "haulier/batch.hpp"
#include "haulier/host.hpp"
#include "sql_text.hpp"

namespace haulier::sqlite {

// Used by one thread at a time, within a transaction. The connection outlives it.
class RowWriter {
 public:
  RowWriter(const Connection& connection, Host host, TableLayout table);

  enum class Outcome { written, unchanged };
  // Idempotent. `index` is the record's place in its batch, for the error that blames it; the transaction then still
  // holds the records before it, and the caller rolls back. Throws Error.
  Outcome write(const RecordView& record, std::uint64_t index);

  [[nodiscard]] const TableLayout& table() const noexcept { return table_; }

 private:
  void check(const RecordView& record, std::uint64_t index) const;
  // Of a row that is there already: an update sets this column.
  [[nodiscard]] bool is_given(const Column& column, const RecordView& record) const noexcept;
  [[nodiscard]] bool has_large_blob(const RecordView& record) const noexcept;
  // Binds ?N for every column that `wanted` names (null: all).
  void bind(sqlite3_stmt* statement, const RecordView& record, const std::vector<bool>* wanted);
  [[nodiscard]] int bind_column(sqlite3_stmt* statement, std::size_t column, const RecordView& record);
  // Steps to the end and resets. Returns the number of rows changed.
  std::int64_t run(Statement& statement, std::uint64_t index);

  std::int64_t upsert(const RecordView& record, std::uint64_t index);
  std::int64_t update(const RecordView& record, std::uint64_t index, const std::vector<bool>& given);
  std::int64_t erase(const RecordView& record, std::uint64_t index);
  std::int64_t write_with_large(const RecordView& record, std::uint64_t index);
  std::int64_t replace_large(const RecordView& record, std::uint64_t index, std::int64_t rowid);
  void fill_large(const RecordView& record, std::int64_t rowid);
  [[nodiscard]] std::int64_t find_row(const RecordView& record);  // -1: none
  Statement& prepared(Statement& statement, std::string (*sql)(const TableLayout& table)) const;
  Statement& update_statement(const std::vector<bool>& given);

  const Connection& connection_;
  Host host_;
  TableLayout table_;
  std::vector<std::size_t> keys_;  // columns of the key
  std::vector<char> timestamps_;   // rfc3339::kSize characters per column, while a statement runs
  Statement upsert_;
  Statement delete_;
  Statement find_;
  std::map<std::vector<bool>, Statement> updates_;  // by the columns that are given; no statement: nothing to set
};

}  // namespace haulier::sqlite
