#include "postgresql_sink.hpp"

#include <deque>

#include "binary_values.hpp"
#include "owner.hpp"

namespace haulier::postgresql {

namespace {

const std::string kTakeOver =
    "INSERT INTO haulier_pipelines AS p (pipeline, epoch, owner, taken_at) VALUES ($1::text, 1, $2::text, "
    "$3::timestamptz) ON CONFLICT (pipeline) DO UPDATE SET epoch = p.epoch + 1, owner = excluded.owner, taken_at = "
    "excluded.taken_at RETURNING epoch";
// No row: another run took over. The lock keeps others from taking over until the transaction has ended.
const std::string kKeepEpoch =
    "SELECT 1 FROM haulier_pipelines WHERE pipeline = $1::text AND epoch = $2::bigint FOR UPDATE";

// A longer state is no state.
const sql::ValueLimit kStateLimit{256 * 1024 * 1024, "is larger than 256 MiB"};

std::string number_bytes(std::int64_t value) {
  std::string out;
  binary::append_number(out, value);
  return out;
}

// `bytes` keeps what libpq only borrows.
Parameters parameters_of(const sql::LookupPlan& plan, const Host& host, std::deque<std::string>& bytes) {
  Parameters out;
  for (const sql::LookupParameter& parameter : plan.parameters()) {
    if (parameter.value == nullptr) {
      out.binary(host.pipeline());
    } else if (parameter.value->type == HAULIER_STRING) {
      out.binary(view(parameter.value->v.s));
    } else {
      binary::append_scalar(bytes.emplace_back(), *parameter.value);
      out.binary(bytes.back());
    }
  }
  return out;
}

}  // namespace

void Engine::read_only(Connection& connection) {
  connection.run("SET default_transaction_read_only = on", "setting up the session");
}

std::uint64_t Engine::raise_epoch(Connection& connection, const Host& host) {
  Parameters parameters;
  const std::string owner = sql::owner_words(host);
  const std::string now = number_bytes(host.now_us() - binary::kEpoch2000);
  parameters.binary(host.pipeline());
  parameters.binary(owner);
  parameters.binary(now);
  const Result result = connection.run(kTakeOver, parameters, "taking over the pipeline");
  if (result.rows() != 1) throw Error(HAULIER_FATAL, "the epoch was not written");
  return static_cast<std::uint64_t>(binary::integer_of(result.bytes(0, 0)));
}

bool Engine::keep_epoch(Connection& connection, const Host& host, std::uint64_t epoch) {
  Parameters parameters;
  const std::string number = number_bytes(static_cast<std::int64_t>(epoch));
  parameters.binary(host.pipeline());
  parameters.binary(number);
  return connection.run(kKeepEpoch, parameters, "waiting for the outcome of a commit").rows() != 0;
}

bool Engine::write_states(Connection& connection, TableWriters& writers, const Host& host, std::uint64_t epoch,
                          StateRows states) {
  Parameters parameters;
  const std::string number = number_bytes(static_cast<std::int64_t>(epoch));
  parameters.binary(host.pipeline());
  parameters.binary(number);
  connection.start_pipeline();
  connection.send("epoch", kKeepEpoch, parameters, "checking the epoch");
  for (std::uint64_t i = 0; i < states.size(); ++i) {
    static_cast<void>(sql::writer_of_state(writers, states, i, kStateLimit).send_row(connection, states[i]));
    host.crash_point("postgresql.state");
  }
  connection.sync_pipeline("writing the state");
  const Result kept = connection.next_result("checking the epoch");
  Result failure;
  for (std::uint64_t i = 0; i < states.size(); ++i) {
    Result result = connection.next_result("writing the state");
    if (result.failed() && !failure) failure = std::move(result);
  }
  connection.finish_pipeline("writing the state");
  if (kept.failed()) throw connection.error(kept, "checking the epoch");
  if (kept.rows() == 0) return false;
  if (failure) throw connection.error(failure, "writing the state");
  return true;
}

Result Engine::state_rows(Connection& connection, const Host& host, const TableLayout& table) {
  Parameters parameters;
  parameters.binary(host.pipeline());
  return connection.run(select_state_sql(table), parameters, "reading the state");
}

Result Engine::found_rows(Connection& connection, const Host& host, const sql::LookupPlan& plan) {
  static const sql::LookupDialect kDialect{[](const TableLayout& table, std::size_t column, std::size_t number) {
                                             return "$" + std::to_string(number) +
                                                    "::" + sql_type(table, table.columns[column]);
                                           },
                                           " COLLATE \"C\""};
  std::deque<std::string> bytes;
  const Parameters parameters = parameters_of(plan, host, bytes);
  return connection.run(sql::lookup_sql(plan, kDialect), parameters, "looking rows up");
}

}  // namespace haulier::postgresql

template class haulier::sql::ServerSink<haulier::postgresql::Engine>;
