// The bare loop over SQLite: BEGIN IMMEDIATE, one prepared INSERT per row with every value bound where it lies, table
// by table, the state row, COMMIT. Times become text with the project's own formatter. Left out: ON CONFLICT (a row
// that is there would end it), the check of each value, the epoch, big values in windows, telling which rows were new.
#include <sqlite3.h>

#include <stdexcept>

#include "rfc3339.hpp"
#include "way.hpp"

namespace haulier::bench {

namespace {

class BareSqlite : public Way {
 public:
  BareSqlite(const std::string& path, const std::vector<std::string>& pragmas, Load& load)
      : tables_(bare_tables(load)) {
    check(sqlite3_open_v2(path.c_str(), &db_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr));
    for (const std::string& pragma : pragmas) run("PRAGMA " + pragma);
    for (const BareTable& table : tables_) statements_.push_back(prepare(table));
  }
  ~BareSqlite() override {
    for (sqlite3_stmt* statement : statements_) sqlite3_finalize(statement);
    sqlite3_close(db_);
  }

  void commit(const Group& group, const haulier_record& state) override {
    run("BEGIN IMMEDIATE");
    for (std::size_t i = 0; i < tables_.size(); ++i) {
      if (tables_[i].is_state) {
        insert(i, RecordView(state));
      } else {
        each_row(group, tables_[i], [&](const RecordView& record) { insert(i, record); });
      }
    }
    run("COMMIT");
  }

 private:
  void check(int code) const {
    if (code != SQLITE_OK) throw std::runtime_error(sqlite3_errmsg(db_));
  }
  void run(const std::string& sql) const { check(sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr)); }

  sqlite3_stmt* prepare(const BareTable& table) const {
    std::string marks = "?";
    for (std::size_t i = 1; i < table.columns.size(); ++i) marks += ",?";
    std::string sql = "INTO " + table.name + " (" + joined(table.columns);
    sql = table.is_state ? "INSERT OR REPLACE " + sql + ", pipeline, updated_at) VALUES (" + marks + ", 'bench', '')"
                         : "INSERT " + sql + ") VALUES (" + marks + ")";
    sqlite3_stmt* out = nullptr;
    check(sqlite3_prepare_v3(db_, sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &out, nullptr));
    return out;
  }

  void insert(std::size_t table, const RecordView& record) {
    sqlite3_stmt* statement = statements_[table];
    char times[8][rfc3339::kSize];
    std::size_t n_times = 0;
    for (std::uint32_t field = 0; field < record.size(); ++field) {
      const haulier_value& value = record[field];
      const int at = static_cast<int>(field) + 1;
      if (value.type <= HAULIER_NULL) {
        sqlite3_bind_null(statement, at);
      } else if (value.type == HAULIER_STRING || value.type == HAULIER_JSON) {
        const std::string_view text = view(value.v.s);
        sqlite3_bind_text64(statement, at, text.empty() ? "" : text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
      } else if (value.type == HAULIER_BLOB) {
        sqlite3_bind_blob64(statement, at, value.v.b->data, value.v.b->size, SQLITE_STATIC);
      } else if (value.type == HAULIER_TIMESTAMP) {
        char* text = times[n_times++];
        static_cast<void>(rfc3339::format(value.v.i, text));
        sqlite3_bind_text(statement, at, text, rfc3339::kSize, SQLITE_STATIC);
      } else {
        sqlite3_bind_int64(statement, at, value.v.i);
      }
    }
    if (sqlite3_step(statement) != SQLITE_DONE) throw std::runtime_error(sqlite3_errmsg(db_));
    sqlite3_reset(statement);
  }

  sqlite3* db_ = nullptr;
  std::vector<BareTable> tables_;
  std::vector<sqlite3_stmt*> statements_;
};

}  // namespace

std::unique_ptr<Way> bare_sqlite(const std::string& path, const std::vector<std::string>& pragmas, Load& load) {
  return std::make_unique<BareSqlite>(path, pragmas, load);
}

}  // namespace haulier::bench
