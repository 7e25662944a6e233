#include "connection.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>

#include "sqlite_error.hpp"

namespace haulier::sqlite {

bool LockWait::wait(int attempt) noexcept {
  static constexpr std::uint64_t kSteps_ms[] = {1, 2, 5, 10, 20, 50};
  if (left_ms_ == 0 || host_.cancelled()) return false;
  const auto step = static_cast<std::size_t>(std::min<int>(attempt, static_cast<int>(std::size(kSteps_ms)) - 1));
  const std::uint64_t ms = std::min(kSteps_ms[step], left_ms_);
  left_ms_ -= ms;
  return !host_.wait_ms(ms);
}

Statement::Statement(sqlite3* db, std::string_view sql, bool persistent) {
  sqlite3_stmt* handle = nullptr;
  const unsigned flags = persistent ? SQLITE_PREPARE_PERSISTENT : 0;
  const int code = sqlite3_prepare_v3(db, sql.data(), static_cast<int>(sql.size()), flags, &handle, nullptr);
  handle_.reset(handle);
  if (code != SQLITE_OK) throw error_of(db, "preparing: " + std::string(sql.substr(0, 120)));
}

int bind_borrowed(sqlite3_stmt* statement, int index, std::string_view text) noexcept {
  // A null pointer would bind NULL instead of an empty text.
  return sqlite3_bind_text64(statement, index, text.empty() ? "" : text.data(), text.size(), SQLITE_STATIC,
                             SQLITE_UTF8);
}

void Statement::bind(int index, std::string_view text) {
  if (bind_borrowed(get(), index, text) != SQLITE_OK) throw error_of(sqlite3_db_handle(get()), "binding a text");
}

void Statement::bind(int index, std::int64_t value) {
  if (sqlite3_bind_int64(get(), index, value) != SQLITE_OK) {
    throw error_of(sqlite3_db_handle(get()), "binding a number");
  }
}

bool Statement::step(std::string_view doing) {
  const int code = sqlite3_step(get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  const Error error = error_of(sqlite3_db_handle(get()), doing);
  reset();
  throw error;
}

void Statement::run(std::string_view doing) {
  while (step(doing)) {
  }
  reset();
}

std::string_view Statement::text(int column) const noexcept {
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(get(), column));
  return {data ? data : "", static_cast<std::size_t>(sqlite3_column_bytes(get(), column))};
}

std::string_view Statement::bytes(int column) const noexcept {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(get(), column));
  return {data ? data : "", static_cast<std::size_t>(sqlite3_column_bytes(get(), column))};
}

bool file_exists(const std::string& path) noexcept {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0;
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

namespace {

// 0600, whatever the umask says. Only when it is missing: closing a descriptor of a file that another connection of
// this process has open would drop that connection's POSIX locks.
void create_private_file(const std::string& path) {
  if (file_exists(path)) return;
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd >= 0) {
    ::close(fd);
    return;
  }
  if (errno == EEXIST) return;
  if (errno == ENOENT) {
    throw Error(HAULIER_LOCAL_IO, "cannot create " + path + ": its folder does not exist",
                "mkdir -p " + folder_of(path));
  }
  throw Error(HAULIER_LOCAL_IO, "cannot create " + path + ": " + std::strerror(errno),
              "this user must be able to write the folder " + folder_of(path));
}

}  // namespace

Connection::Connection() { open(":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX); }

Connection::Connection(const Options& options, Access access, Host host)
    : lock_wait_(std::make_unique<LockWait>(host, options.busy_timeout_ms)) {
  if (access == Access::write) create_private_file(options.path);
  // Inspecting opens for writing too: after a crash SQLite must roll the unfinished transaction back before anybody can
  // read. On a read-only file it falls back to reading by itself.
  open(options.path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX);
  sqlite3_busy_handler(
      get(), [](void* wait, int attempt) { return static_cast<LockWait*>(wait)->wait(attempt) ? 1 : 0; },
      lock_wait_.get());
  if (access == Access::inspect) {
    run("PRAGMA query_only = 1", "opening");
    static_cast<void>(integer("SELECT count(*) FROM sqlite_master"));
  } else {
    configure(options, host);
  }
}

void Connection::open(const std::string& path, int flags) {
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  handle_.reset(handle);
  if (!handle) throw std::bad_alloc();
  if (code != SQLITE_OK) throw error_of(handle, "opening " + path);
}

void Connection::configure(const Options& options, Host host) {
  if (sqlite3_db_readonly(get(), "main") == 1) {
    throw Error(HAULIER_LOCAL_IO, options.path + " is read-only for this user", "ls -l " + options.path);
  }
  // Has an effect on an empty file only.
  run("PRAGMA page_size = " + std::to_string(options.page_size_bytes), "opening");
  Statement journal = prepare("PRAGMA journal_mode = " + options.journal);
  journal.step("setting the journal mode");
  if (journal.text(0) != options.journal) {
    throw Error::retry(options.path + ": journal_mode stays " + std::string(journal.text(0)) + " instead of " +
                       options.journal + "; another program holds the database");
  }
  journal.reset();
  run("PRAGMA synchronous = " + options.synchronous, "opening");
  run("PRAGMA cache_size = -" + std::to_string(options.cache_size_bytes / 1024), "opening");
  if (options.journal == "wal" && has_wal_reset_fault(sqlite3_libversion_number())) {
    host.warning(std::string("SQLite ") + sqlite3_libversion() +
                 " can lose a commit in journal mode wal when another program writes or checkpoints the same file; "
                 "use journal: truncate, or SQLite 3.51.3 or newer");
  }
}

std::int64_t Connection::integer(std::string_view sql) const {
  Statement statement = prepare(sql);
  return statement.step("reading") ? statement.integer(0) : 0;
}

namespace {

// Without the comments before it and the semicolon behind it.
std::string_view bare(std::string_view sql) {
  while (true) {
    const std::size_t at = sql.find_first_not_of(" \t\r\n");
    sql.remove_prefix(at == std::string_view::npos ? sql.size() : at);
    if (sql.substr(0, 2) != "--") break;
    const std::size_t end = sql.find('\n');
    sql.remove_prefix(end == std::string_view::npos ? sql.size() : end);
  }
  while (!sql.empty() && (sql.back() == ';' || sql.back() == '\n')) sql.remove_suffix(1);
  return sql;
}

}  // namespace

void Connection::run_script(std::string_view script, const std::function<void(std::string_view)>& each) const {
  while (!script.empty()) {
    sqlite3_stmt* raw = nullptr;
    const char* tail = nullptr;
    const int code = sqlite3_prepare_v2(get(), script.data(), static_cast<int>(script.size()), &raw, &tail);
    if (code != SQLITE_OK) throw error_of(get(), "preparing: " + std::string(script.substr(0, 120)));
    const auto length = static_cast<std::size_t>(tail - script.data());
    if (raw == nullptr) return;  // only blanks and comments were left
    const std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)> statement(raw, sqlite3_finalize);
    each(bare(sqlite3_sql(raw)));
    if (sqlite3_step(raw) != SQLITE_DONE) throw error_of(get(), sqlite3_sql(raw));
    script.remove_prefix(length);
  }
}

void Connection::begin(std::string_view doing) {
  if (lock_wait_) lock_wait_->restart();
  run("BEGIN IMMEDIATE", doing);
}

void Connection::rollback() {
  if (in_transaction()) run("ROLLBACK", "rolling back");
}

void Connection::rollback_quietly() noexcept {
  if (handle_ && in_transaction()) sqlite3_exec(get(), "ROLLBACK", nullptr, nullptr, nullptr);
}

}  // namespace haulier::sqlite
