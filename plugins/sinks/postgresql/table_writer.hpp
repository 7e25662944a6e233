// TableWriter: the records of one stream as rows of their table, in the forms PostgreSQL takes them: one row of a COPY,
// the parameters of one statement, arrays of keys.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
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

namespace haulier::postgresql {

// Belongs to one stream of one sink; used by one thread at a time. Holds no connection: statements are prepared by name
// on whatever connection there is.
class TableWriter {
 public:
  // `number`: of the stream, for the names of its statements.
  TableWriter(Host host, TableLayout table, std::uint32_t number);

  [[nodiscard]] const sql::RecordRows& rows() const noexcept { return rows_; }
  [[nodiscard]] const TableLayout& table() const noexcept { return rows_.table(); }

  // Sends the statement that asks which of these records have a row.
  void send_find(Connection& connection, const std::vector<RecordView>& records);
  // Sends the statement of one record. False: it has nothing to do, nothing was sent.
  bool send_row(Connection& connection, const RecordView& record);

  [[nodiscard]] sql::KeyAsking& asking() noexcept { return asking_; }

  // COPY of rows that are new: start, each row, finish. `before`: statements that go with it in one message.
  void start_copy(Connection& connection, const std::string& before);
  void copy_row(Connection& connection, const RecordView& record);
  Result finish_copy(Connection& connection);

 private:
  void add_parameter(std::size_t column, const RecordView& record);
  // As an element of an array or a field of a COPY: length, then bytes.
  void append_field(std::string& out, const Column& column, const haulier_value& value);
  void copy_blob(Connection& connection, const haulier_blob& blob);

  struct Update {
    std::string name;
    std::string sql;  // empty: nothing to set
    std::vector<std::size_t> columns;
  };
  const Update& update_of(const std::vector<bool>& given);

  Host host_;
  sql::RecordRows rows_;
  sql::KeyAsking asking_;
  std::string number_;
  std::string doing_;  // for errors
  std::string upsert_, delete_, find_, copy_;
  std::map<std::vector<bool>, Update> updates_;  // by the columns that are given
  std::string copy_buffer_;                      // rows that were not yet given to libpq
  // The bytes of the parameters of one statement, until it was sent.
  Parameters parameters_;
  std::deque<std::string> scratch_;
};

}  // namespace haulier::postgresql
