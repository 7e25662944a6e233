// TableWriter: the records of one stream as rows of their table, in the forms MariaDB takes them: keys to look up, many
// new rows in one message, one row by itself.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "connection.hpp"
#include "haulier/batch.hpp"
#include "haulier/host.hpp"
#include "key_asking.hpp"
#include "record_rows.hpp"
#include "sql_text.hpp"

namespace haulier::mysql {

// Values up to this size go inline, longer ones in pieces of it, so that neither a value nor a row outgrows a packet.
[[nodiscard]] std::size_t window_of(const Connection& connection) noexcept;

// Belongs to one stream of one sink; used by one thread at a time. Holds no connection: statements are prepared by name
// on whatever connection there is.
class TableWriter {
 public:
  // `number`: of the stream, for the names of its statements.
  TableWriter(Host host, TableLayout table, std::uint32_t number);

  [[nodiscard]] const sql::RecordRows& rows() const noexcept { return rows_; }
  [[nodiscard]] const TableLayout& table() const noexcept { return rows_.table(); }

  [[nodiscard]] sql::KeyAsking& asking() noexcept { return asking_; }

  // By place: whether a row with the key of that record is there.
  [[nodiscard]] std::vector<bool> find(Connection& connection, const std::vector<RecordView>& records) const;

  // Inserts rows that are new, many in one message. What the server says against them is in `failure`; some may be
  // written then. Throws Error when the connection was lost.
  void insert(Connection& connection, const std::vector<RecordView>& records, Failure& failure);

  // Writes one record; the rows it changed.
  std::int64_t write(Connection& connection, const RecordView& record, Failure& failure);

 private:
  struct Update {
    std::string name;
    std::string sql;  // empty: nothing to set
    std::vector<std::size_t> columns;
  };
  const Update& update_of(const std::vector<bool>& given);
  [[nodiscard]] std::string key_literals(std::size_t number, const RecordView& record) const;
  // The statement with one row of these columns.
  std::int64_t run_one(Connection& connection, const std::string& name, const std::string& sql,
                       const std::vector<std::size_t>& columns, const RecordView& record, Failure& failure);
  void insert_bulk(Connection& connection, const RecordView* records, std::size_t n, Failure& failure);
  // The longest value, and all of them together, in bytes.
  struct Size {
    std::uint64_t longest = 0, all = 0;
  };
  [[nodiscard]] Size size_of(const RecordView& record) const noexcept;

  Host host_;
  sql::RecordRows rows_;
  sql::KeyAsking asking_;
  std::string number_;
  std::string doing_;  // for errors
  std::vector<std::size_t> all_columns_;
  std::string insert_, upsert_, delete_;
  std::map<std::vector<bool>, Update> updates_;  // by the columns that are given
};

}  // namespace haulier::mysql
