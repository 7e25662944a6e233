// The bare loop over PostgreSQL: BEGIN, one COPY ... FROM STDIN (FORMAT binary) per table straight into it, the state
// row as an upsert, COMMIT; libpq in blocking mode, 64 KiB at a time, longer values from where they lie.
// Left out: ON CONFLICT, which COPY does not have (a row that is there would end it), asking for rows that are there,
// the savepoint for bad rows, the check of each value, the epoch.
#include <libpq-fe.h>

#include <cstring>
#include <stdexcept>

#include "way.hpp"

namespace haulier::bench {

namespace {

constexpr std::int64_t kEpoch2000_us = 946'684'800'000'000;
constexpr std::size_t kGather = 64 * 1024;

PGconn* connect(const std::string& folder, int port, const char* name) {
  const std::string info = "host=" + folder + " port=" + std::to_string(port) +
                           " user=postgres dbname=postgres client_encoding=UTF8 application_name=" + name;
  PGconn* out = PQconnectdb(info.c_str());
  if (PQstatus(out) != CONNECTION_OK) throw std::runtime_error(PQerrorMessage(out));
  return out;
}

class BarePostgresql : public Way {
 public:
  BarePostgresql(const std::string& folder, int port, const std::string& schema, Load& load)
      : connection_(connect(folder, port, "bare")), tables_(bare_tables(load)) {
    run("SET search_path = " + schema);
  }
  ~BarePostgresql() override { PQfinish(connection_); }

  void commit(const Group& group, const haulier_record& state) override {
    run("BEGIN");
    for (const BareTable& table : tables_) {
      if (table.is_state) {
        put_state(table, RecordView(state));
        continue;
      }
      bool any = false;
      each_row(group, table, [&](const RecordView& record) {
        if (!any) start(table);
        any = true;
        put_row(table, record);
      });
      if (any) finish();
    }
    run("COMMIT");
  }
  [[nodiscard]] double server_cpu() const override { return task_cpu(PQbackendPID(connection_)); }

 private:
  void run(const std::string& sql) { done(PQexec(connection_, sql.c_str()), PGRES_COMMAND_OK); }
  void done(PGresult* result, ExecStatusType wanted) {
    const bool ok = PQresultStatus(result) == wanted;
    PQclear(result);
    if (!ok) throw std::runtime_error(PQerrorMessage(connection_));
  }

  void start(const BareTable& table) {
    done(PQexec(connection_,
                ("COPY " + table.name + " (" + joined(table.columns) + ") FROM STDIN (FORMAT binary)").c_str()),
         PGRES_COPY_IN);
    buffer_.assign("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
  }
  void send(const char* bytes, std::size_t size) {
    if (PQputCopyData(connection_, bytes, static_cast<int>(size)) != 1) {
      throw std::runtime_error(PQerrorMessage(connection_));
    }
  }
  void send_buffer() {
    send(buffer_.data(), buffer_.size());
    buffer_.clear();
  }
  void finish() {
    buffer_ += "\377\377";
    send_buffer();
    if (PQputCopyEnd(connection_, nullptr) != 1) throw std::runtime_error(PQerrorMessage(connection_));
    done(PQgetResult(connection_), PGRES_COMMAND_OK);
    while (PGresult* more = PQgetResult(connection_)) PQclear(more);
  }

  template <class T>
  void number(T value) {
    T big = value;
    if constexpr (sizeof(T) == 2) big = static_cast<T>(__builtin_bswap16(static_cast<std::uint16_t>(value)));
    if constexpr (sizeof(T) == 4) big = static_cast<T>(__builtin_bswap32(static_cast<std::uint32_t>(value)));
    if constexpr (sizeof(T) == 8) big = static_cast<T>(__builtin_bswap64(static_cast<std::uint64_t>(value)));
    buffer_.append(reinterpret_cast<const char*>(&big), sizeof big);
  }

  void put_row(const BareTable& table, const RecordView& record) {
    number(static_cast<std::int16_t>(table.columns.size()));
    for (std::uint32_t i = 0; i < record.size(); ++i) put_value(record[i]);
    if (buffer_.size() >= kGather) send_buffer();
  }
  void put_value(const haulier_value& value) {
    switch (value.type) {
      case HAULIER_ABSENT:
      case HAULIER_NULL:
        return number(std::int32_t{-1});
      case HAULIER_STRING:
        number(static_cast<std::int32_t>(value.v.s.size));
        buffer_ += view(value.v.s);
        return;
      case HAULIER_JSON:
        number(static_cast<std::int32_t>(value.v.s.size + 1));
        buffer_ += '\1';  // version of jsonb's binary format
        buffer_ += view(value.v.s);
        return;
      case HAULIER_BLOB:
        number(static_cast<std::int32_t>(value.v.b->size));
        if (value.v.b->size < kGather) {
          buffer_.append(reinterpret_cast<const char*>(value.v.b->data), value.v.b->size);
          return;
        }
        send_buffer();
        return send(reinterpret_cast<const char*>(value.v.b->data), value.v.b->size);
      case HAULIER_BOOL:
        number(std::int32_t{1});
        buffer_ += static_cast<char>(value.v.i);
        return;
      case HAULIER_TIMESTAMP:
        number(std::int32_t{8});
        return number(value.v.i - kEpoch2000_us);
      default:
        number(std::int32_t{8});
        number(value.v.i);
    }
  }

  void put_state(const BareTable& table, const RecordView& record) {
    std::vector<std::string> texts(record.size());
    std::vector<const char*> values;
    std::string marks;
    for (std::uint32_t i = 0; i < record.size(); ++i) {
      marks += "$" + std::to_string(i + 1) + ", ";
      texts[i] = record.integer(i) ? std::to_string(*record.integer(i)) : std::string(record.text(i));
      values.push_back(record.empty(i) ? nullptr : texts[i].c_str());
    }
    const std::string sql = "INSERT INTO " + table.name + " (" + joined(table.columns) +
                            ", pipeline, updated_at) VALUES (" + marks +
                            "'bench', now()) ON CONFLICT (pipeline, account, mailbox) DO UPDATE SET state = "
                            "excluded.state, messages_done = excluded.messages_done, last_uid = excluded.last_uid";
    done(PQexecParams(connection_, sql.c_str(), static_cast<int>(values.size()), nullptr, values.data(), nullptr,
                      nullptr, 0),
         PGRES_COMMAND_OK);
  }

  PGconn* connection_;
  std::vector<BareTable> tables_;
  std::string buffer_;
};

}  // namespace

std::unique_ptr<Way> bare_postgresql(const std::string& folder, int port, const std::string& schema, Load& load) {
  return std::make_unique<BarePostgresql>(folder, port, schema, load);
}

pid_t postgresql_worker(const std::string& folder, int port) {
  PGconn* connection = connect(folder, port, "asking");
  PGresult* result = PQexec(connection, "SELECT max(pid) FROM pg_stat_activity WHERE application_name = 'haulier'");
  const pid_t out = std::atoi(PQgetvalue(result, 0, 0));
  PQclear(result);
  PQfinish(connection);
  return out;
}

}  // namespace haulier::bench
