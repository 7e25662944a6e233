// Connection: owner of one libpq connection, with errors as exceptions. Every wait has a limit and is woken by
// cancellation.
#pragma once

#include <libpq-fe.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "haulier/host.hpp"
#include "options.hpp"

namespace haulier::postgresql {

// Owns one result of the server.
class Result {
 public:
  Result() = default;
  explicit Result(PGresult* handle) noexcept : handle_(handle) {}

  explicit operator bool() const noexcept { return handle_ != nullptr; }
  [[nodiscard]] PGresult* get() const noexcept { return handle_.get(); }
  [[nodiscard]] ExecStatusType status() const noexcept { return PQresultStatus(handle_.get()); }
  [[nodiscard]] bool failed() const noexcept { return status() == PGRES_FATAL_ERROR || status() == PGRES_BAD_RESPONSE; }
  // Five characters; kConnectionLost when the connection ended.
  [[nodiscard]] std::string_view sqlstate() const noexcept;
  // True when the server ended the connection with it.
  [[nodiscard]] bool ends_connection() const noexcept;
  [[nodiscard]] int rows() const noexcept { return PQntuples(handle_.get()); }
  // To the first row, then the next. False: no row is left.
  [[nodiscard]] bool next() noexcept { return ++row_ < rows(); }
  [[nodiscard]] bool is_null(std::uint32_t column) const noexcept {
    return PQgetisnull(handle_.get(), row_, static_cast<int>(column)) != 0;
  }
  // Of the row that next() came to; valid as long as the result.
  [[nodiscard]] std::string_view bytes(std::uint32_t column) const noexcept {
    return bytes(row_, static_cast<int>(column));
  }
  // Valid as long as the result.
  [[nodiscard]] std::string_view bytes(int row, int column) const noexcept {
    return {PQgetvalue(handle_.get(), row, column), static_cast<std::size_t>(PQgetlength(handle_.get(), row, column))};
  }
  // Rows inserted, updated or deleted.
  [[nodiscard]] std::int64_t changed() const noexcept;

 private:
  struct Clear {
    void operator()(PGresult* handle) const noexcept { PQclear(handle); }
  };
  std::unique_ptr<PGresult, Clear> handle_;
  int row_ = -1;
};

// Parameters of one statement; the bytes are borrowed until it was sent.
struct Parameters {
  std::vector<const char*> values;
  std::vector<int> lengths;
  std::vector<int> formats;  // 1: binary

  void clear() noexcept { values.clear(), lengths.clear(), formats.clear(); }
  void null() { values.push_back(nullptr), lengths.push_back(0), formats.push_back(1); }
  void binary(std::string_view bytes) {
    values.push_back(bytes.empty() ? "" : bytes.data());
    lengths.push_back(static_cast<int>(bytes.size()));
    formats.push_back(1);
  }
};

// Used by one thread at a time. Not copied, not moved: the poll loop keeps its address.
class Connection {
 public:
  // Connects and sets the session up. Throws Error: RETRY, NEEDS_AUTH, BAD_CONFIG, PROTOCOL, BAD_STATE, CANCELLED.
  Connection(const Options& options, Host host);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // False: the server or the network ended it; make another one.
  [[nodiscard]] bool alive() const noexcept { return !lost_ && PQstatus(handle_.get()) == CONNECTION_OK; }
  [[nodiscard]] bool in_transaction() const noexcept { return PQtransactionStatus(handle_.get()) != PQTRANS_IDLE; }

  // One statement, its last result. Throws Error.
  Result run(const std::string& sql, std::string_view doing);
  // One statement with text or binary parameters; results are binary.
  Result run(const std::string& sql, const Parameters& parameters, std::string_view doing);
  // As run(), but a refusal by the server comes back as the result; only a lost connection throws.
  Result try_run(const std::string& sql, std::string_view doing);
  void begin();
  // COMMIT. Throws Error(HAULIER_COMMIT_UNKNOWN) when no answer came, Error of the cause when it was rolled back.
  void commit(std::string_view doing);
  // Rolls back what is open; throws nothing, and ends the connection when that fails.
  void rollback_quietly() noexcept;

  // COPY ... FROM STDIN. After start: put any number of times, then finish, which gives the server's result.
  void start_copy(const std::string& sql, std::string_view doing);
  void put_copy(std::string_view bytes, std::string_view doing);
  Result finish_copy(std::string_view doing);

  // Pipelined statements: any number of send, then each result in turn with next_result; finish when all were read.
  // `name` is prepared on first use.
  void start_pipeline();
  void send(const std::string& name, const std::string& sql, const Parameters& parameters, std::string_view doing);
  void sync_pipeline(std::string_view doing);
  // The result of the next statement that was sent.
  Result next_result(std::string_view doing);
  // Reads the end of the pipeline and leaves it.
  void finish_pipeline(std::string_view doing);

  // The server's first line about a failed result; it names tables and columns, not their content.
  [[nodiscard]] std::string message(const Result& result) const;
  [[nodiscard]] Error error(const Result& result, std::string_view doing) const;

 private:
  void connect();
  void set_up_session();
  // Waits until the socket is ready; `cancellable`: cancellation ends the wait. Throws Error.
  void wait_for(short events, std::string_view doing, bool cancellable);
  // Sends what is buffered, and reads what comes meanwhile.
  void flush(std::string_view doing, bool cancellable = true);
  Result read_result(std::string_view doing, bool cancellable = true);
  Result last_result(std::string_view doing);
  [[noreturn]] void throw_lost(std::string_view doing);

  struct Finish {
    void operator()(PGconn* handle) const noexcept { PQfinish(handle); }
  };
  const Options& options_;
  Host host_;
  std::unique_ptr<PGconn, Finish> handle_;
  std::set<std::string> prepared_;
  // Results of the pipeline still to be read: the name that a prepare makes, empty for a statement.
  std::deque<std::string> expected_;
  bool lost_ = false;
};

}  // namespace haulier::postgresql
