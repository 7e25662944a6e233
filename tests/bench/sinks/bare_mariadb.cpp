// The bare loop over MariaDB: START TRANSACTION, per table one prepared INSERT with arrays of values (the bulk
// protocol) for all rows of the transaction, contents above 64 KiB one by one with mysql_stmt_send_long_data, the state
// row, COMMIT; the library's blocking calls.
// Left out: ON DUPLICATE KEY (a row that is there would end it), asking for rows that are there, the savepoint for bad
// rows, the check of each value, limits of a message, the epoch.
#include <mysql.h>

#include <cstdlib>
#include <deque>
#include <stdexcept>

#include "rfc3339.hpp"
#include "way.hpp"

namespace haulier::bench {

namespace {

constexpr std::uint64_t kLong = 64 * 1024;  // bytes; longer ones are sent ahead

MYSQL* connect(const std::string& socket, const std::string& database) {
  MYSQL* out = mysql_init(nullptr);
  const unsigned protocol = MYSQL_PROTOCOL_SOCKET;
  mysql_optionsv(out, MYSQL_OPT_PROTOCOL, &protocol);
  mysql_optionsv(out, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  if (mysql_real_connect(out, nullptr, "root", nullptr, database.c_str(), 0, socket.c_str(), 0) == nullptr) {
    throw std::runtime_error(mysql_error(out));
  }
  return out;
}

std::string ask(MYSQL* connection, const std::string& sql) {
  if (mysql_real_query(connection, sql.data(), sql.size()) != 0) throw std::runtime_error(mysql_error(connection));
  MYSQL_RES* rows = mysql_store_result(connection);
  if (rows == nullptr) return {};
  const MYSQL_ROW row = mysql_fetch_row(rows);
  std::string out = row != nullptr && row[0] != nullptr ? row[0] : "";
  mysql_free_result(rows);
  return out;
}

// All values of one column.
struct Column {
  std::vector<const void*> pointers;
  std::vector<unsigned long> lengths;
  std::vector<std::int64_t> integers;
  std::vector<char> indicators;
  std::deque<std::string> times;

  void clear() { pointers.clear(), lengths.clear(), integers.clear(), indicators.clear(), times.clear(); }
  void add(haulier_type type, const haulier_value& value) {
    const bool null = value.type <= HAULIER_NULL;
    indicators.push_back(null ? STMT_INDICATOR_NULL : STMT_INDICATOR_NONE);
    if (type == HAULIER_INT64 || type == HAULIER_BOOL) return integers.push_back(null ? 0 : value.v.i);
    if (null) return bytes("", 0);
    if (type == HAULIER_TIMESTAMP) {
      std::string& text = times.emplace_back(rfc3339::kSize, ' ');
      static_cast<void>(rfc3339::format(value.v.i, text.data()));
      text[10] = ' ';
      return bytes(text.data(), rfc3339::kSize - 1);
    }
    if (type == HAULIER_BLOB) return bytes(value.v.b->data, value.v.b->size);
    bytes(value.v.s.data, value.v.s.size);
  }
  void bytes(const void* data, std::uint64_t size) {
    pointers.push_back(data == nullptr ? "" : data);
    lengths.push_back(size);
  }
};

class BareMariadb : public Way {
 public:
  BareMariadb(const std::string& socket, const std::string& database, Load& load)
      : connection_(connect(socket, database)), tables_(bare_tables(load)) {
    ask(connection_,
        "SET SESSION sql_mode = 'STRICT_ALL_TABLES', time_zone = '+00:00', tx_isolation = 'READ-COMMITTED'");
    for (const BareTable& table : tables_) statements_.push_back(prepare(table));
    task_ = std::atoi(
        ask(connection_, "SELECT tid FROM information_schema.processlist WHERE id = connection_id()").c_str());
  }
  ~BareMariadb() override {
    for (MYSQL_STMT* statement : statements_) mysql_stmt_close(statement);
    mysql_close(connection_);
  }

  void commit(const Group& group, const haulier_record& state) override {
    ask(connection_, "START TRANSACTION");
    for (std::size_t i = 0; i < tables_.size(); ++i) {
      columns_.resize(tables_[i].columns.size());
      for (Column& column : columns_) column.clear();
      std::size_t rows = 0;
      const auto add = [&](const RecordView& record) {
        const bool is_long = has_long(record);
        if (is_long && rows > 0) send(i, rows, nullptr), rows = 0;
        for (std::uint32_t field = 0; field < record.size(); ++field) {
          columns_[field].add(tables_[i].types[field], record[field]);
        }
        ++rows;
        if (is_long || tables_[i].is_state) send(i, rows, &record), rows = 0;
      };
      if (tables_[i].is_state) {
        add(RecordView(state));
      } else {
        each_row(group, tables_[i], add);
      }
      if (rows > 0) send(i, rows, nullptr);
    }
    ask(connection_, "COMMIT");
  }
  [[nodiscard]] double server_cpu() const override { return task_cpu(task_); }

 private:
  static bool has_long(const RecordView& record) {
    for (std::uint32_t i = 0; i < record.size(); ++i) {
      if (record[i].type == HAULIER_BLOB && record[i].v.b->size > kLong) return true;
    }
    return false;
  }

  MYSQL_STMT* prepare(const BareTable& table) {
    std::string marks = "?";
    for (std::size_t i = 1; i < table.columns.size(); ++i) marks += ",?";
    std::string sql = "INTO " + table.name + " (`" + joined(table.columns, "`, `") + "`";
    sql = table.is_state ? "REPLACE " + sql + ", pipeline, updated_at) VALUES (" + marks + ", 'bench', now(6))"
                         : "INSERT " + sql + ") VALUES (" + marks + ")";
    MYSQL_STMT* out = mysql_stmt_init(connection_);
    if (mysql_stmt_prepare(out, sql.data(), sql.size()) != 0) throw std::runtime_error(mysql_stmt_error(out));
    return out;
  }

  // `alone`: the one row, not as an array.
  void send(std::size_t table, std::size_t rows, const RecordView* alone) {
    MYSQL_STMT* statement = statements_[table];
    const unsigned array = alone != nullptr ? 0 : static_cast<unsigned>(rows);
    mysql_stmt_attr_set(statement, STMT_ATTR_ARRAY_SIZE, &array);
    std::vector<MYSQL_BIND> binds(columns_.size());
    for (std::size_t i = 0; i < columns_.size(); ++i)
      binds[i] = bind(tables_[table].types[i], columns_[i], alone != nullptr);
    if (mysql_stmt_bind_param(statement, binds.data()) != 0) throw std::runtime_error(mysql_stmt_error(statement));
    for (std::uint32_t i = 0; alone != nullptr && i < alone->size(); ++i) {
      const haulier_value& value = (*alone)[i];
      if (value.type != HAULIER_BLOB || value.v.b->size <= kLong) continue;
      if (mysql_stmt_send_long_data(statement, i, reinterpret_cast<const char*>(value.v.b->data), value.v.b->size) !=
          0) {
        throw std::runtime_error(mysql_stmt_error(statement));
      }
    }
    if (mysql_stmt_execute(statement) != 0) throw std::runtime_error(mysql_stmt_error(statement));
    for (Column& column : columns_) column.clear();
  }

  static MYSQL_BIND bind(haulier_type type, Column& column, bool alone) {
    MYSQL_BIND out{};
    const bool is_integer = type == HAULIER_INT64 || type == HAULIER_BOOL;
    out.buffer_type = is_integer             ? MYSQL_TYPE_LONGLONG
                      : type == HAULIER_BLOB ? MYSQL_TYPE_LONG_BLOB
                                             : MYSQL_TYPE_STRING;
    if (is_integer) {
      out.buffer = column.integers.data();
    } else {
      out.buffer = alone ? const_cast<void*>(column.pointers[0]) : static_cast<void*>(column.pointers.data());
      out.length = column.lengths.data();
      out.buffer_length = column.lengths[0];
    }
    if (!alone) {
      out.u.indicator = column.indicators.data();
    } else if (column.indicators[0] == STMT_INDICATOR_NULL) {
      out.buffer_type = MYSQL_TYPE_NULL;
    }
    return out;
  }

  MYSQL* connection_;
  std::vector<BareTable> tables_;
  std::vector<MYSQL_STMT*> statements_;
  std::vector<Column> columns_;
  pid_t task_ = 0;
};

}  // namespace

std::unique_ptr<Way> bare_mariadb(const std::string& socket, const std::string& database, Load& load) {
  return std::make_unique<BareMariadb>(socket, database, load);
}

pid_t mariadb_worker(const std::string& socket, const std::string& database) {
  MYSQL* connection = connect(socket, database);
  const std::string tid =
      ask(connection, "SELECT max(tid) FROM information_schema.processlist WHERE id <> connection_id() AND db = '" +
                          database + "'");
  mysql_close(connection);
  return std::atoi(tid.c_str());
}

}  // namespace haulier::bench
