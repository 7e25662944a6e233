// Two parts of the floor that no client can go below: hashing the bytes, and inserting the rows.
//
// Usage: bench_floor sha256 BYTES
//        bench_floor insert SOURCE.db TARGET.db BATCH_BYTES [PRAGMA]...
// `insert` reads the rows of SOURCE, which Haulier wrote, and puts the same rows into a fresh TARGET with the same
// tables, indexes, page size and journal mode, one prepared INSERT per row, one transaction per BATCH_BYTES. Reading is
// not counted. Prints CPU and wall seconds as JSON.
#include <openssl/evp.h>
#include <sqlite3.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <string>
#include <vector>

namespace {

[[noreturn]] void stop(const std::string& why) {
  std::fprintf(stderr, "bench_floor: %s\n", why.c_str());
  std::exit(1);
}

// Adds up the CPU and wall time between start() and stop().
class Watch {
 public:
  void start() {
    cpu_start_ = cpu_now();
    wall_start_ = std::chrono::steady_clock::now();
  }
  void stop() {
    cpu_s_ += cpu_now() - cpu_start_;
    wall_s_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - wall_start_).count();
  }
  void print(const char* unit, std::uint64_t count) const {
    std::printf("{\"cpu_s\":%.6f,\"wall_s\":%.6f,\"%s\":%llu}\n", cpu_s_, wall_s_, unit,
                static_cast<unsigned long long>(count));
  }

 private:
  static double cpu_now() {
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
  }
  double cpu_start_ = 0, cpu_s_ = 0, wall_s_ = 0;
  std::chrono::steady_clock::time_point wall_start_;
};

int hash(std::uint64_t bytes) {
  constexpr std::size_t kChunk = 256 * 1024;
  std::vector<unsigned char> chunk(kChunk);
  for (std::size_t at = 0; at < kChunk; ++at) chunk[at] = static_cast<unsigned char>(at * 2654435761u >> 13);
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  Watch watch;
  watch.start();
  EVP_DigestInit_ex(context, EVP_sha256(), nullptr);
  for (std::uint64_t left = bytes; left > 0;) {
    const std::size_t now = left < kChunk ? static_cast<std::size_t>(left) : kChunk;
    EVP_DigestUpdate(context, chunk.data(), now);
    left -= now;
  }
  unsigned char digest[EVP_MAX_MD_SIZE];
  EVP_DigestFinal_ex(context, digest, nullptr);
  watch.stop();
  EVP_MD_CTX_free(context);
  watch.print("bytes", bytes);
  return 0;
}

struct CloseDatabase {
  void operator()(sqlite3* database) const { sqlite3_close(database); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;

struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

struct FreeValue {
  void operator()(sqlite3_value* value) const { sqlite3_value_free(value); }
};
using Row = std::vector<std::unique_ptr<sqlite3_value, FreeValue>>;

Database open(const std::string& path, int flags) {
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
  Database database(raw);
  if (code != SQLITE_OK) stop(path + ": " + sqlite3_errmsg(raw));
  return database;
}

Statement prepare(sqlite3* database, const std::string& sql) {
  sqlite3_stmt* raw = nullptr;
  if (sqlite3_prepare_v2(database, sql.c_str(), -1, &raw, nullptr) != SQLITE_OK) {
    stop(sql + ": " + sqlite3_errmsg(database));
  }
  return Statement(raw);
}

void execute(sqlite3* database, const std::string& sql) {
  if (sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    stop(sql + ": " + sqlite3_errmsg(database));
  }
}

std::vector<std::string> texts(sqlite3* database, const std::string& sql) {
  std::vector<std::string> found;
  const Statement statement = prepare(database, sql);
  while (sqlite3_step(statement.get()) == SQLITE_ROW) {
    const unsigned char* text = sqlite3_column_text(statement.get(), 0);
    found.emplace_back(text == nullptr ? "" : reinterpret_cast<const char*>(text));
  }
  return found;
}

void copy_settings_and_schema(sqlite3* source, sqlite3* target) {
  execute(target, "PRAGMA page_size=" + texts(source, "PRAGMA page_size").at(0));
  execute(target, "PRAGMA auto_vacuum=" + texts(source, "PRAGMA auto_vacuum").at(0));
  execute(target, "PRAGMA journal_mode=" + texts(source, "PRAGMA journal_mode").at(0));
  const char* kObjects =
      "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND type IN ('table', 'index') "
      "AND name NOT LIKE 'sqlite_%' ORDER BY type = 'index'";
  for (const std::string& sql : texts(source, kObjects)) execute(target, sql);
}

void bind(sqlite3_stmt* insert, const Row& row) {
  for (int at = 0; at < static_cast<int>(row.size()); ++at) {
    sqlite3_value* value = row[static_cast<std::size_t>(at)].get();
    switch (sqlite3_value_type(value)) {
      case SQLITE_INTEGER:
        sqlite3_bind_int64(insert, at + 1, sqlite3_value_int64(value));
        break;
      case SQLITE_FLOAT:
        sqlite3_bind_double(insert, at + 1, sqlite3_value_double(value));
        break;
      case SQLITE_TEXT:
        sqlite3_bind_text(insert, at + 1, reinterpret_cast<const char*>(sqlite3_value_text(value)),
                          sqlite3_value_bytes(value), SQLITE_STATIC);
        break;
      case SQLITE_BLOB:
        sqlite3_bind_blob(insert, at + 1, sqlite3_value_blob(value), sqlite3_value_bytes(value), SQLITE_STATIC);
        break;
      default:
        sqlite3_bind_null(insert, at + 1);
    }
  }
}

class Copier {
 public:
  Copier(sqlite3* source, sqlite3* target, std::size_t batch_bytes)
      : source_(source), target_(target), batch_bytes_(batch_bytes) {}

  void copy(const std::string& table) {
    const Statement select = prepare(source_, "SELECT * FROM \"" + table + "\"" + order(table));
    const int columns = sqlite3_column_count(select.get());
    std::string marks(static_cast<std::size_t>(columns) * 2 - 1, '?');
    for (std::size_t at = 1; at < marks.size(); at += 2) marks[at] = ',';
    const Statement insert = prepare(target_, "INSERT INTO \"" + table + "\" VALUES(" + marks + ")");
    std::vector<Row> rows;
    std::size_t bytes = 0;
    while (sqlite3_step(select.get()) == SQLITE_ROW) {
      Row row;
      for (int at = 0; at < columns; ++at) {
        row.emplace_back(sqlite3_value_dup(sqlite3_column_value(select.get(), at)));
        bytes += static_cast<std::size_t>(sqlite3_column_bytes(select.get(), at));
      }
      rows.push_back(std::move(row));
      if (bytes >= batch_bytes_) flush(insert.get(), rows, bytes);
    }
    flush(insert.get(), rows, bytes);
  }

  const Watch& watch() const { return watch_; }
  std::uint64_t rows() const { return rows_; }

 private:
  // Rows go in as they came into the source: a table without rowid would otherwise be read in the order of its key.
  std::string order(const std::string& table) const {
    const std::string sql = texts(source_, "SELECT sql FROM sqlite_master WHERE name='" + table + "'").at(0);
    return sql.find("WITHOUT ROWID") == std::string::npos ? " ORDER BY rowid" : "";
  }

  void flush(sqlite3_stmt* insert, std::vector<Row>& rows, std::size_t& bytes) {
    if (rows.empty()) return;
    watch_.start();
    execute(target_, "BEGIN IMMEDIATE");
    for (const Row& row : rows) {
      bind(insert, row);
      if (sqlite3_step(insert) != SQLITE_DONE) stop(sqlite3_errmsg(target_));
      sqlite3_reset(insert);
    }
    execute(target_, "COMMIT");
    watch_.stop();
    rows_ += rows.size();
    rows.clear();
    bytes = 0;
  }

  sqlite3* source_;
  sqlite3* target_;
  std::size_t batch_bytes_;
  Watch watch_;
  std::uint64_t rows_ = 0;
};

int insert(int argc, char** argv) {
  if (argc < 5) stop("usage: bench_floor insert SOURCE.db TARGET.db BATCH_BYTES [PRAGMA]...");
  const Database source = open(argv[2], SQLITE_OPEN_READONLY);
  const Database target = open(argv[3], SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  copy_settings_and_schema(source.get(), target.get());
  for (int at = 5; at < argc; ++at) execute(target.get(), std::string("PRAGMA ") + argv[at]);
  Copier copier(source.get(), target.get(), std::strtoull(argv[4], nullptr, 10));
  const char* kTables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
  for (const std::string& table : texts(source.get(), kTables)) copier.copy(table);
  copier.watch().print("rows", copier.rows());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  if (mode == "sha256" && argc == 3) return hash(std::strtoull(argv[2], nullptr, 10));
  if (mode == "insert") return insert(argc, argv);
  stop("usage: bench_floor sha256 BYTES | insert SOURCE.db TARGET.db BATCH_BYTES [PRAGMA]...");
}
