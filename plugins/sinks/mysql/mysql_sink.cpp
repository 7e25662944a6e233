#include "mysql_sink.hpp"

#include "owner.hpp"

namespace haulier::mysql {

namespace {

std::string this_pipeline(const Host& host) { return "pipeline = " + text_literal(host.pipeline()); }

}  // namespace

void Engine::read_only(Connection& connection) {
  connection.run("SET SESSION TRANSACTION READ ONLY", "setting up the session");
}

std::uint64_t Engine::raise_epoch(Connection& connection, const Host& host) {
  constexpr const char* kDoing = "taking over the pipeline";
  connection.run("INSERT INTO haulier_pipelines (pipeline, epoch, owner, taken_at) VALUES (" +
                     text_literal(host.pipeline()) + ", 1, " + text_literal(sql::owner_words(host)) +
                     ", now(6)) ON DUPLICATE KEY UPDATE epoch = epoch + 1, owner = VALUES(owner), taken_at = "
                     "VALUES(taken_at)",
                 kDoing);
  Result result = connection.run("SELECT epoch FROM haulier_pipelines WHERE " + this_pipeline(host), kDoing);
  if (!result.next()) throw Error(HAULIER_FATAL, "the epoch was not written");
  return static_cast<std::uint64_t>(result.integer(0));
}

// No row: another run took over. The lock keeps others from taking over until the transaction has ended.
bool Engine::keep_epoch(Connection& connection, const Host& host, std::uint64_t epoch) {
  return connection
      .run("SELECT 1 FROM haulier_pipelines WHERE " + this_pipeline(host) + " AND epoch = " + std::to_string(epoch) +
               " FOR UPDATE",
           "checking the epoch")
      .next();
}

bool Engine::write_states(Connection& connection, TableWriters& writers, const Host& host, std::uint64_t epoch,
                          StateRows states) {
  if (!keep_epoch(connection, host, epoch)) return false;
  host.crash_point("mysql.epoch_kept");
  for (std::uint64_t i = 0; i < states.size(); ++i) {
    Failure failure;
    TableWriter& writer = sql::writer_of_state(writers, states, i, value_limit(connection));
    static_cast<void>(writer.write(connection, states[i], failure));
    if (failure.number != 0) throw connection.error(failure, "writing the state");
    host.crash_point("mysql.state");
  }
  return true;
}

Result Engine::state_rows(Connection& connection, const Host& host, const TableLayout& table) {
  return connection.run(select_state_sql(table, host.pipeline()), "reading the state");
}

Result Engine::found_rows(Connection& connection, const Host& host, const sql::LookupPlan& plan) {
  const std::vector<sql::LookupParameter> parameters = plan.parameters();
  const sql::LookupDialect dialect{[&](const TableLayout&, std::size_t, std::size_t number) {
                                     const haulier_value* value = parameters[number - 1].value;
                                     return value ? literal_of(*value) : text_literal(host.pipeline());
                                   },
                                   ""};
  return connection.run(sql::lookup_sql(plan, dialect), "looking rows up");
}

}  // namespace haulier::mysql

template class haulier::sql::ServerSink<haulier::mysql::Engine>;
