#include "connection.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <new>

namespace haulier::mysql {

namespace {

// The non-blocking calls run on a stack of their own; looking up a name takes more than the library's 60 KiB.
constexpr std::size_t kStack = 512 * 1024;         // bytes
constexpr unsigned long kOldestServer = 10'05'00;  // MariaDB 10.5, in mysql_get_server_version()'s digits

void start_library() {
  static const int kStarted = mysql_library_init(0, nullptr, nullptr);
  if (kStarted != 0) throw Error(HAULIER_FATAL, "the MariaDB client library does not start");
}

std::string seconds(std::int64_t ms) { return std::to_string((ms + 999) / 1000); }

}  // namespace

std::int64_t Result::integer(unsigned column) const noexcept {
  return is_null(column) ? 0 : std::strtoll(row_[column], nullptr, 10);
}

Connection::Connection(const Options& options, Host host) : options_(options), host_(host) {
  start_library();
  handle_.reset(mysql_init(nullptr));
  if (!handle_) throw std::bad_alloc();
  set_options();
  connect();
  set_up_session();
}

Connection::~Connection() {
  // A call may be unfinished: nothing more is sent or waited for.
  if (lost_ && handle_ && mysql_get_socket(handle_.get()) >= 0) ::shutdown(mysql_get_socket(handle_.get()), SHUT_RDWR);
  // Before its statements: they are then only freed, not closed at the server one by one.
  handle_.reset();
}

void Connection::set_options() {
  MYSQL* handle = handle_.get();
  const my_bool yes = 1;
  const unsigned no = 0;
  mysql_optionsv(handle, MYSQL_OPT_NONBLOCK, &kStack);
  mysql_optionsv(handle, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  // A server must not ask for files of this machine.
  mysql_optionsv(handle, MYSQL_OPT_LOCAL_INFILE, &no);
  mysql_optionsv(handle, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", "haulier");
  if (options_.over_socket()) return;
  if (options_.tls != "verify-full") {
    // The password in plain text is only for a server that is known to be the right one.
    mysql_optionsv(handle, MARIADB_OPT_RESTRICTED_AUTH, "mysql_native_password,client_ed25519,caching_sha2_password");
  }
  if (options_.tls == "disable") return;
  mysql_optionsv(handle, MYSQL_OPT_SSL_ENFORCE, &yes);
  mysql_optionsv(handle, MYSQL_OPT_TLS_VERSION, "TLSv1.2,TLSv1.3");
  if (options_.tls != "verify-full") return;
  mysql_optionsv(handle, MYSQL_OPT_SSL_CA, options_.ca.c_str());
  mysql_optionsv(handle, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &yes);
}

// The library takes a connection without TLS when the server has none, unless it is to verify the certificate.
void Connection::require_encryption() {
  if (options_.over_socket() || options_.tls == "disable" || mysql_get_ssl_cipher(handle_.get()) != nullptr) return;
  lost_ = true;
  throw error({kNoEncryption, "HY000", "the server does not speak TLS"}, "connecting");
}

void Connection::connect() {
  const bool socket = options_.over_socket();
  const char* host = socket ? nullptr : options_.host.c_str();
  const char* file = socket ? options_.host.c_str() : nullptr;
  const char* password = options_.password.empty() ? nullptr : options_.password.c_str();
  // The name of this machine would otherwise be taken as "use the socket".
  const unsigned protocol = socket ? MYSQL_PROTOCOL_SOCKET : MYSQL_PROTOCOL_TCP;
  mysql_optionsv(handle_.get(), MYSQL_OPT_PROTOCOL, &protocol);
  MYSQL* connected = nullptr;
  finish(
      [&] {
        return mysql_real_connect_start(&connected, handle_.get(), host, options_.user.c_str(), password,
                                        options_.database.c_str(), options_.port, file, 0);
      },
      [&](int ready) { return mysql_real_connect_cont(&connected, handle_.get(), ready); }, "connecting");
  if (connected != nullptr) {
    require_encryption();
    return;
  }
  lost_ = true;
  throw error({mysql_errno(handle_.get()), mysql_sqlstate(handle_.get()), mysql_error(handle_.get())}, "connecting");
}

void Connection::set_up_session() {
  constexpr const char* kDoing = "setting up the session";
  if (mariadb_connection(handle_.get()) == 0 || mysql_get_server_version(handle_.get()) < kOldestServer) {
    throw Error(HAULIER_BAD_STATE, place_of(options_) + " is " + mysql_get_server_info(handle_.get()) +
                                       "; this sink needs MariaDB 10.5 or newer");
  }
  // Keys are looked up one by one: a lock on the gap between two of them would only make deadlocks. A stopped process
  // loses its transaction and its locks after two minutes.
  run("SET SESSION sql_mode = 'STRICT_ALL_TABLES,ANSI_QUOTES,NO_ENGINE_SUBSTITUTION', time_zone = '+00:00', "
      "tx_isolation = 'READ-COMMITTED', autocommit = 1, innodb_lock_wait_timeout = " +
          seconds(options_.lock_timeout_ms) + ", lock_wait_timeout = " + seconds(options_.lock_timeout_ms) +
          ", idle_transaction_timeout = 120, max_statement_time = 0, wait_timeout = 28800",
      kDoing);
  Result result = run("SELECT @@max_allowed_packet, @@innodb_flush_log_at_trx_commit", kDoing);
  if (!result.next()) throw Error(HAULIER_FATAL, "the server does not tell its settings");
  largest_packet_ = static_cast<std::uint64_t>(result.integer(0));
  require_durability(result.integer(1));
}

// Set for the whole server, and not for one session.
void Connection::require_durability(std::int64_t flush_log) const {
  const std::string words = place_of(options_) + " has innodb_flush_log_at_trx_commit = " + std::to_string(flush_log);
  if (flush_log == 0) {
    // The run would go on behind rows that the server has forgotten.
    throw Error(HAULIER_BAD_STATE,
                words + ": when the server ends, it loses transactions that it has reported as committed",
                "as an administrator: SET GLOBAL innodb_flush_log_at_trx_commit = 1");
  }
  if (flush_log == 2) host_.warning(words + ": a power cut of the server's machine can lose the last second of mail");
}

Failure Connection::noted(unsigned number, const char* sqlstate, const char* message) {
  Failure out{number, sqlstate, message};
  if (out.number == 0) out = {kConnectionLost, "HY000", "the connection was lost"};
  if (ends_connection(out.number)) lost_ = true;
  return out;
}

int Connection::wait_for(int events, std::string_view doing, bool cancellable) {
  short wanted = 0;
  if (events & MYSQL_WAIT_READ) wanted |= POLLIN;
  if (events & MYSQL_WAIT_WRITE) wanted |= POLLOUT;
  if (events & MYSQL_WAIT_EXCEPT) wanted |= POLLPRI;
  pollfd files[2] = {{mysql_get_socket(handle_.get()), wanted, 0}, {host_.cancel_fd(), POLLIN, 0}};
  int ready = 0;
  do {
    ready = ::poll(files, cancellable ? 2 : 1, options_.timeout_ms);
  } while (ready < 0 && errno == EINTR);
  if (ready > 0 && files[0].revents != 0) {
    const short seen = files[0].revents;
    int out = 0;
    if (seen & (POLLIN | POLLHUP | POLLERR)) out |= events & MYSQL_WAIT_READ;
    if (seen & (POLLOUT | POLLHUP | POLLERR)) out |= events & MYSQL_WAIT_WRITE;
    if (seen & POLLPRI) out |= events & MYSQL_WAIT_EXCEPT;
    return out;
  }
  // An answer may still be on its way; nobody could tell whose it is, so the connection is not used again.
  lost_ = true;
  if (ready > 0) throw Error(HAULIER_CANCELLED, "cancelled");
  throw error({kConnectionLost, "HY000", "no answer for " + std::to_string(options_.timeout_ms) + " ms"}, doing);
}

Result Connection::query(const std::string& sql, std::string_view doing, bool cancellable) {
  MYSQL* handle = handle_.get();
  int failed = 0;
  finish([&] { return mysql_real_query_start(&failed, handle, sql.data(), sql.size()); },
         [&](int ready) { return mysql_real_query_cont(&failed, handle, ready); }, doing, cancellable);
  MYSQL_RES* rows = nullptr;
  if (failed == 0) {
    finish([&] { return mysql_store_result_start(&rows, handle); },
           [&](int ready) { return mysql_store_result_cont(&rows, handle, ready); }, doing, cancellable);
  }
  if (failed != 0 || (rows == nullptr && mysql_errno(handle) != 0)) {
    throw error(noted(mysql_errno(handle), mysql_sqlstate(handle), mysql_error(handle)), doing);
  }
  return Result(rows);
}

Result Connection::run(const std::string& sql, std::string_view doing) { return query(sql, doing, true); }

void Connection::begin() {
  run("START TRANSACTION", "beginning a transaction");
  in_transaction_ = true;
}

void Connection::commit(std::string_view doing) {
  try {
    // Cancellation does not end this wait: it would only make the outcome unknown.
    static_cast<void>(query("COMMIT", doing, false));
    in_transaction_ = false;
  } catch (const Error& error) {
    if (!lost_) throw;
    throw Error(HAULIER_COMMIT_UNKNOWN, "no answer to COMMIT: " + std::string(error.what()));
  }
}

void Connection::rollback_quietly() noexcept {
  try {
    if (alive() && in_transaction_) run("ROLLBACK", "rolling back");
  } catch (const std::exception&) {
    lost_ = true;
  }
  in_transaction_ = false;
}

Statement& Connection::statement(const std::string& name, const std::string& sql) {
  std::unique_ptr<Statement>& place = statements_[name];
  if (!place) {
    auto made = std::make_unique<Statement>(*this);
    made->prepare(sql);
    place = std::move(made);
  }
  return *place;
}

}  // namespace haulier::mysql
