// Connection and Statement: owners of SQLite's handles, with errors as exceptions. LockWait: the one place that waits.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "haulier/host.hpp"
#include "options.hpp"

namespace haulier::sqlite {

// Waits for the locks of other processes: at most `limit_ms` in one transaction, woken by cancellation. SQLite asks it
// at BEGIN and COMMIT, and when the page cache overflows within a transaction; the shared limit keeps a long reader
// from costing one time-out per overflow.
class LockWait {
 public:
  LockWait(Host host, std::uint64_t limit_ms) noexcept : host_(host), limit_ms_(limit_ms), left_ms_(limit_ms) {}
  void restart() noexcept { left_ms_ = limit_ms_; }
  // One short wait, longer with each `attempt` (from 0). False: give up.
  bool wait(int attempt) noexcept;

 private:
  Host host_;
  std::uint64_t limit_ms_;
  std::uint64_t left_ms_;
};

// Owns one prepared statement. Bound text and bytes are borrowed: they live until the statement is reset.
class Statement {
 public:
  Statement() = default;
  // `persistent`: kept for the whole run. Throws Error.
  Statement(sqlite3* db, std::string_view sql, bool persistent = false);

  explicit operator bool() const noexcept { return handle_ != nullptr; }
  sqlite3_stmt* get() const noexcept { return handle_.get(); }

  void bind(int index, std::string_view text);
  void bind(int index, std::int64_t value);

  // True while there is a row. Throws Error.
  bool step(std::string_view doing);
  bool next() { return step("reading rows"); }
  // To the end and reset.
  void run(std::string_view doing);
  void reset() noexcept { sqlite3_reset(handle_.get()); }

  [[nodiscard]] bool is_null(int column) const noexcept {
    return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL;
  }
  // Valid until the next step or reset.
  [[nodiscard]] std::string_view text(int column) const noexcept;
  [[nodiscard]] std::string_view bytes(int column) const noexcept;
  [[nodiscard]] std::int64_t integer(int column) const noexcept { return sqlite3_column_int64(handle_.get(), column); }

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* handle) const noexcept { sqlite3_finalize(handle); }
  };
  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
};

enum class Access {
  write,   // creates the file when it is missing
  inspect  // an existing file; no statement can change it. SQLite itself may still roll a crashed transaction back
};

// Owns one database handle. Used by one thread at a time.
class Connection {
 public:
  // Throws Error: the folder is missing, no permission, not a database.
  Connection(const Options& options, Access access, Host host);
  // A database in memory, for working out what a schema would become.
  static Connection in_memory() { return Connection(); }

  sqlite3* get() const noexcept { return handle_.get(); }
  [[nodiscard]] Statement prepare(std::string_view sql, bool persistent = false) const {
    return Statement(handle_.get(), sql, persistent);
  }
  void run(std::string_view sql, std::string_view doing) const { prepare(sql).run(doing); }
  [[nodiscard]] std::int64_t integer(std::string_view sql) const;
  // Every statement of a script in turn; `each` is told its text, without comments before it, before it runs.
  void run_script(std::string_view script, const std::function<void(std::string_view)>& each) const;

  // A transaction that takes the write lock at once: no upgrade later, so no deadlock.
  void begin(std::string_view doing);
  // Before a read outside a transaction: it may wait for locks as long as a transaction may.
  void restart_wait() noexcept {
    if (lock_wait_) lock_wait_->restart();
  }
  void commit(std::string_view doing) { run("COMMIT", doing); }
  // Safe at any time, also after SQLite rolled back by itself.
  void rollback();
  [[nodiscard]] bool in_transaction() const noexcept { return sqlite3_get_autocommit(handle_.get()) == 0; }
  // What is left of a transaction that was not committed, when the connection is closed or an error is on its way.
  void rollback_quietly() noexcept;

 private:
  Connection();
  void open(const std::string& path, int flags);
  void configure(const Options& options, Host host);

  struct Close {
    void operator()(sqlite3* handle) const noexcept { sqlite3_close_v2(handle); }
  };
  std::unique_ptr<LockWait> lock_wait_;  // SQLite keeps its address
  std::unique_ptr<sqlite3, Close> handle_;
};

// Rolls back on the way out unless it was committed.
class Transaction {
 public:
  Transaction(Connection& connection, std::string_view doing) : connection_(connection) { connection_.begin(doing); }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction() { connection_.rollback_quietly(); }
  void commit(std::string_view doing) { connection_.commit(doing); }

 private:
  Connection& connection_;
};

// Text is not copied by SQLite: the caller keeps it until the statement is reset.
[[nodiscard]] int bind_borrowed(sqlite3_stmt* statement, int index, std::string_view text) noexcept;

[[nodiscard]] bool file_exists(const std::string& path) noexcept;
// The folder a path lies in; "." for a bare name.
[[nodiscard]] std::string folder_of(const std::string& path);

}  // namespace haulier::sqlite
