#include "connection.hpp"

#include <poll.h>

#include <cstdlib>

#include "postgresql_error.hpp"

namespace haulier::postgresql {

std::string_view Result::sqlstate() const noexcept {
  const char* state = handle_ ? PQresultErrorField(handle_.get(), PG_DIAG_SQLSTATE) : nullptr;
  return state ? std::string_view(state) : kConnectionLost;
}

bool Result::ends_connection() const noexcept {
  const char* severity = handle_ ? PQresultErrorField(handle_.get(), PG_DIAG_SEVERITY_NONLOCALIZED) : nullptr;
  return severity == nullptr || std::string_view(severity) == "FATAL" || std::string_view(severity) == "PANIC";
}

std::int64_t Result::changed() const noexcept { return std::strtoll(PQcmdTuples(handle_.get()), nullptr, 10); }

Connection::Connection(const Options& options, Host host) : options_(options), host_(host) {
  connect();
  set_up_session();
}

void Connection::connect() {
  // A TCP connection whose other end is gone is noticed within a minute, also while nothing is sent.
  const char* names[] = {"host",
                         "port",
                         "dbname",
                         "user",
                         "password",
                         "sslmode",
                         "sslrootcert",
                         "application_name",
                         "client_encoding",
                         "target_session_attrs",
                         "keepalives_idle",
                         "keepalives_interval",
                         "keepalives_count",
                         "tcp_user_timeout",
                         nullptr};
  const std::string silence = std::to_string(options_.timeout_ms);
  const bool several = options_.host.find(',') != std::string::npos;
  const char* values[] = {options_.host.c_str(),
                          options_.port.c_str(),
                          options_.database.c_str(),
                          options_.user.c_str(),
                          options_.password.c_str(),
                          options_.tls.c_str(),
                          options_.ca.c_str(),
                          "haulier",
                          "UTF8",
                          several ? "read-write" : "any",
                          "30",
                          "10",
                          "3",
                          silence.c_str(),
                          nullptr};
  handle_.reset(PQconnectStartParams(names, values, 0));
  if (!handle_) throw std::bad_alloc();
  PQsetErrorVerbosity(handle_.get(), PQERRORS_VERBOSE);  // only so is the SQLSTATE of a refused connection to be had
  PostgresPollingStatusType state = PGRES_POLLING_WRITING;
  while (PQstatus(handle_.get()) != CONNECTION_BAD && state != PGRES_POLLING_OK && state != PGRES_POLLING_FAILED) {
    wait_for(state == PGRES_POLLING_READING ? POLLIN : POLLOUT, "connecting", true);
    state = PQconnectPoll(handle_.get());
  }
  if (PQstatus(handle_.get()) != CONNECTION_OK) {
    throw connect_error(PQerrorMessage(handle_.get()), PQconnectionNeedsPassword(handle_.get()) != 0, options_);
  }
  PQsetErrorVerbosity(handle_.get(), PQERRORS_DEFAULT);
  PQsetnonblocking(handle_.get(), 1);
  // Notices ("already exists, skipping") are for nobody.
  PQsetNoticeReceiver(
      handle_.get(), [](void*, const PGresult*) {}, nullptr);
}

void Connection::set_up_session() {
  const char* encoding = PQparameterStatus(handle_.get(), "server_encoding");
  if (encoding == nullptr || std::string_view(encoding) != "UTF8") {
    throw Error(HAULIER_BAD_STATE, place_of(options_) + " is not in UTF-8 but " + (encoding ? encoding : "unknown"),
                "createdb -T template0 -E UTF8 " + options_.database);
  }
  // Every statement looks rows up by their key: a plan made while a table was small must not become a scan of a big
  // one. A stopped process loses its locks after two minutes. synchronous_commit off would lose batches reported as
  // durable.
  run("SET search_path = \"" + options_.schema + "\"; SET lock_timeout = " + std::to_string(options_.lock_timeout_ms) +
          "; SET idle_in_transaction_session_timeout = 120000; SET enable_seqscan = off; SET enable_hashjoin = off; "
          "SET enable_mergejoin = off; SET statement_timeout = 0; "
          "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
      "setting up the session");
}

void Connection::throw_lost(std::string_view doing) {
  lost_ = true;
  const std::string message = PQerrorMessage(handle_.get());
  throw error_of(kConnectionLost, message.empty() ? "the connection was lost" : message, doing, options_);
}

void Connection::wait_for(short events, std::string_view doing, bool cancellable) {
  pollfd files[2] = {{PQsocket(handle_.get()), events, 0}, {host_.cancel_fd(), POLLIN, 0}};
  int ready = 0;
  do {
    ready = ::poll(files, cancellable ? 2 : 1, options_.timeout_ms);
  } while (ready < 0 && errno == EINTR);
  if (ready > 0 && files[0].revents != 0) return;
  // An answer may still be on its way; nobody could tell whose it is, so the connection is not used again.
  lost_ = true;
  if (ready > 0) throw Error(HAULIER_CANCELLED, "cancelled");
  throw error_of(kConnectionLost, "no answer for " + std::to_string(options_.timeout_ms) + " ms", doing, options_);
}

void Connection::flush(std::string_view doing, bool cancellable) {
  while (true) {
    const int left = PQflush(handle_.get());
    if (left == 0) return;
    if (left < 0) {
      // What the server said before it closed is the better reason.
      if (PQconsumeInput(handle_.get()) == 0 || PQstatus(handle_.get()) == CONNECTION_BAD) throw_lost(doing);
      return;
    }
    wait_for(POLLIN | POLLOUT, doing, cancellable);
    if (PQconsumeInput(handle_.get()) == 0) throw_lost(doing);
  }
}

Result Connection::read_result(std::string_view doing, bool cancellable) {
  flush(doing, cancellable);
  while (PQisBusy(handle_.get()) != 0) {
    wait_for(POLLIN, doing, cancellable);
    if (PQconsumeInput(handle_.get()) == 0) throw_lost(doing);
  }
  return Result(PQgetResult(handle_.get()));
}

Result Connection::last_result(std::string_view doing) {
  Result last;
  while (Result next = read_result(doing)) {
    const bool copying = next.status() == PGRES_COPY_IN;
    if (!last || !last.failed()) last = std::move(next);
    if (copying) return last;
  }
  if (!last) throw_lost(doing);
  if (last.failed() && last.ends_connection()) lost_ = true;
  return last;
}

std::string Connection::message(const Result& result) const {
  const char* primary = PQresultErrorField(result.get(), PG_DIAG_MESSAGE_PRIMARY);
  return primary ? primary : PQerrorMessage(handle_.get());
}

Error Connection::error(const Result& result, std::string_view doing) const {
  return error_of(result.sqlstate(), message(result), doing, options_);
}

Result Connection::try_run(const std::string& sql, std::string_view doing) {
  if (PQsendQuery(handle_.get(), sql.c_str()) == 0) throw_lost(doing);
  Result result = last_result(doing);
  if (lost_) throw error(result, doing);
  return result;
}

Result Connection::run(const std::string& sql, std::string_view doing) {
  Result result = try_run(sql, doing);
  if (result.failed()) throw error(result, doing);
  return result;
}

Result Connection::run(const std::string& sql, const Parameters& parameters, std::string_view doing) {
  if (PQsendQueryParams(handle_.get(), sql.c_str(), static_cast<int>(parameters.values.size()), nullptr,
                        parameters.values.data(), parameters.lengths.data(), parameters.formats.data(), 1) == 0) {
    throw_lost(doing);
  }
  Result result = last_result(doing);
  if (result.failed()) throw error(result, doing);
  return result;
}

void Connection::begin() {
  // Each statement sees what others committed before it, whatever the database's default is: the upserts and the epoch
  // rely on it.
  run("BEGIN ISOLATION LEVEL READ COMMITTED", "beginning a transaction");
}

void Connection::commit(std::string_view doing) {
  const auto unknown = [&](std::string_view why) {
    lost_ = true;
    return Error(HAULIER_COMMIT_UNKNOWN, place_of(options_) + ": no answer to COMMIT: " + std::string(why));
  };
  if (PQsendQuery(handle_.get(), "COMMIT") == 0) throw_lost(doing);  // nothing was sent
  Result result;
  try {
    // Cancellation does not end this wait: it would only make the outcome unknown.
    while (Result next = read_result(doing, false)) {
      if (!result) result = std::move(next);
    }
  } catch (const Error& error) {
    throw unknown(error.what());
  }
  if (!result || (result.failed() && result.ends_connection())) throw unknown(PQerrorMessage(handle_.get()));
  if (result.failed()) throw error(result, doing);
  if (std::string_view(PQcmdStatus(result.get())) != "COMMIT") {
    throw Error::retry(place_of(options_) + ": the transaction was rolled back, while " + std::string(doing));
  }
}

void Connection::rollback_quietly() noexcept {
  try {
    if (!alive() || PQpipelineStatus(handle_.get()) != PQ_PIPELINE_OFF ||
        PQtransactionStatus(handle_.get()) == PQTRANS_ACTIVE) {
      // In the middle of something: the server rolls back when the connection ends.
      lost_ = true;
      return;
    }
    if (in_transaction()) run("ROLLBACK", "rolling back");
  } catch (const std::exception&) {
    lost_ = true;
  }
}

void Connection::start_copy(const std::string& sql, std::string_view doing) {
  const Result result = try_run(sql, doing);
  if (result.status() != PGRES_COPY_IN) throw error(result, doing);
}

void Connection::put_copy(std::string_view bytes, std::string_view doing) {
  // libpq copies what it is given into its own buffer, which grows without a limit unless it is emptied in between.
  constexpr std::size_t kWindow = 256 * 1024;  // bytes
  for (std::size_t at = 0; at < bytes.size(); at += kWindow) {
    const std::string_view window = bytes.substr(at, kWindow);
    if (PQputCopyData(handle_.get(), window.data(), static_cast<int>(window.size())) < 0) throw_lost(doing);
    flush(doing);
  }
}

Result Connection::finish_copy(std::string_view doing) {
  if (PQputCopyEnd(handle_.get(), nullptr) < 0) throw_lost(doing);
  Result result = last_result(doing);
  if (lost_) throw error(result, doing);
  return result;
}

void Connection::start_pipeline() {
  expected_.clear();
  if (PQenterPipelineMode(handle_.get()) == 0) throw_lost("starting a pipeline");
}

void Connection::send(const std::string& name, const std::string& sql, const Parameters& parameters,
                      std::string_view doing) {
  if (prepared_.count(name) == 0) {
    if (PQsendPrepare(handle_.get(), name.c_str(), sql.c_str(), 0, nullptr) == 0) throw_lost(doing);
    expected_.push_back(name);
    prepared_.insert(name);
  }
  if (PQsendQueryPrepared(handle_.get(), name.c_str(), static_cast<int>(parameters.values.size()),
                          parameters.values.data(), parameters.lengths.data(), parameters.formats.data(), 1) == 0) {
    throw_lost(doing);
  }
  expected_.emplace_back();
  flush(doing);
}

void Connection::sync_pipeline(std::string_view doing) {
  if (PQpipelineSync(handle_.get()) == 0) throw_lost(doing);
}

Result Connection::next_result(std::string_view doing) {
  while (true) {
    const std::string prepared = std::move(expected_.front());
    expected_.pop_front();
    Result result = read_result(doing);
    if (!result) throw_lost(doing);
    // The results of one statement end with none.
    while (read_result(doing)) {
    }
    if (result.failed() && result.ends_connection()) {
      lost_ = true;
      throw error(result, doing);
    }
    if (prepared.empty()) return result;
    if (result.status() == PGRES_COMMAND_OK) continue;
    prepared_.erase(prepared);
    if (result.failed()) {
      lost_ = true;  // what was sent behind it would have to be read first
      throw error(result, doing);
    }
  }
}

void Connection::finish_pipeline(std::string_view doing) {
  while (!expected_.empty()) static_cast<void>(next_result(doing));
  const Result end = read_result(doing);
  if (!end || end.status() != PGRES_PIPELINE_SYNC || PQexitPipelineMode(handle_.get()) == 0) throw_lost(doing);
}

}  // namespace haulier::postgresql
