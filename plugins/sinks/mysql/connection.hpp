// Connection: owner of one connection of the MariaDB client library, with errors as exceptions. It works through the
// library's non-blocking calls: every wait has a limit and is woken by cancellation.
#pragma once

#include <mysql.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "haulier/host.hpp"
#include "mysql_error.hpp"
#include "options.hpp"
#include "statement.hpp"

namespace haulier::mysql {

// Owns the rows of one query, as texts.
class Result {
 public:
  Result() = default;
  explicit Result(MYSQL_RES* handle) noexcept : handle_(handle) {}

  // False: no row is left.
  [[nodiscard]] bool next() noexcept {
    row_ = handle_ ? mysql_fetch_row(handle_.get()) : nullptr;
    lengths_ = row_ ? mysql_fetch_lengths(handle_.get()) : nullptr;
    return row_ != nullptr;
  }
  [[nodiscard]] bool is_null(unsigned column) const noexcept { return row_[column] == nullptr; }
  // Valid as long as the result; empty for null.
  [[nodiscard]] std::string_view bytes(unsigned column) const noexcept {
    return is_null(column) ? std::string_view() : std::string_view(row_[column], lengths_[column]);
  }
  [[nodiscard]] std::int64_t integer(unsigned column) const noexcept;

 private:
  struct Free {
    void operator()(MYSQL_RES* handle) const noexcept { mysql_free_result(handle); }
  };
  std::unique_ptr<MYSQL_RES, Free> handle_;
  MYSQL_ROW row_ = nullptr;
  unsigned long* lengths_ = nullptr;
};

// Used by one thread at a time. Not copied, not moved: statements keep its address.
class Connection {
 public:
  // Connects and sets the session up. Throws Error: RETRY, NEEDS_AUTH, BAD_CONFIG, PROTOCOL, BAD_STATE, CANCELLED.
  Connection(const Options& options, Host host);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  // False: the server or the network ended it; make another one.
  [[nodiscard]] bool alive() const noexcept { return !lost_; }
  [[nodiscard]] bool in_transaction() const noexcept { return in_transaction_; }
  // Bytes that the server takes in one packet, and thereby in one value.
  [[nodiscard]] std::uint64_t largest_packet() const noexcept { return largest_packet_; }

  // One statement without parameters; its rows, if any. Throws Error.
  Result run(const std::string& sql, std::string_view doing);
  void begin();
  // Throws Error(HAULIER_COMMIT_UNKNOWN) when no answer came, Error of the cause when it was rolled back.
  void commit(std::string_view doing);
  // Rolls back what is open; throws nothing, and ends the connection when that fails.
  void rollback_quietly() noexcept;

  // The statement of that name, prepared on first use; it lives as long as the connection.
  Statement& statement(const std::string& name, const std::string& sql);

  // For Statement: runs `start`, then `proceed` each time the socket is ready, until the call is done.
  template <class Start, class Proceed>
  void finish(Start&& start, Proceed&& proceed, std::string_view doing, bool cancellable = true) {
    for (int waits_for = start(); waits_for != 0;) waits_for = proceed(wait_for(waits_for, doing, cancellable));
  }
  [[nodiscard]] MYSQL* handle() const noexcept { return handle_.get(); }
  // Notes a lost connection.
  [[nodiscard]] Failure noted(unsigned number, const char* sqlstate, const char* message);
  [[nodiscard]] Error error(const Failure& failure, std::string_view doing) const {
    return error_of(failure, doing, options_);
  }

 private:
  void set_options();
  void connect();
  void require_encryption();
  void set_up_session();
  void require_durability(std::int64_t flush_log) const;
  // What of `events` (MYSQL_WAIT_...) has come. Throws Error when it does not come in time, or on cancellation.
  int wait_for(int events, std::string_view doing, bool cancellable);
  Result query(const std::string& sql, std::string_view doing, bool cancellable);

  struct Close {
    void operator()(MYSQL* handle) const noexcept { mysql_close(handle); }
  };
  const Options& options_;
  Host host_;
  std::unique_ptr<MYSQL, Close> handle_;
  std::map<std::string, std::unique_ptr<Statement>> statements_;
  std::uint64_t largest_packet_ = 0;
  bool in_transaction_ = false;
  bool lost_ = false;
};

}  // namespace haulier::mysql
