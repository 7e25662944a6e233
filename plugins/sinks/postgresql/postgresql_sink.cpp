#include "postgresql_sink.hpp"

#include "binary_values.hpp"
#include "haulier/batch_builder.hpp"
#include "haulier/json.hpp"
#include "owner.hpp"
#include "row_reader.hpp"
#include "row_values.hpp"

namespace haulier::postgresql {

namespace {

const std::string kTakeOver =
    "INSERT INTO haulier_pipelines AS p (pipeline, epoch, owner, taken_at) VALUES ($1::text, 1, $2::text, "
    "$3::timestamptz) ON CONFLICT (pipeline) DO UPDATE SET epoch = p.epoch + 1, owner = excluded.owner, taken_at = "
    "excluded.taken_at RETURNING epoch";
// No row: another run took over. The lock keeps others from taking over until the transaction has ended.
const std::string kKeepEpoch =
    "SELECT 1 FROM haulier_pipelines WHERE pipeline = $1::text AND epoch = $2::bigint FOR UPDATE";

std::string number_bytes(std::int64_t value) {
  std::string out;
  binary::append_number(out, value);
  return out;
}

std::vector<haulier_type> field_types(const TableLayout& layout) {
  std::vector<haulier_type> out(layout.n_fields);
  for (const Column& column : layout.columns) {
    if (column.field < layout.n_fields) out[column.field] = column.type;
  }
  return out;
}

}  // namespace

PostgresqlSink::PostgresqlSink(const Config& config, Host host) : host_(host), options_(read_options(config)) {}

Connection& PostgresqlSink::connected() {
  // What an error left open.
  if (connection_ && connection_->alive() && connection_->in_transaction()) connection_->rollback_quietly();
  if (connection_ && connection_->alive()) return *connection_;
  connection_.reset();
  connection_ = std::make_unique<Connection>(options_, host_);
  if (inspect_) connection_->run("SET default_transaction_read_only = on", "setting up the session");
  return *connection_;
}

void PostgresqlSink::open(SchemaView streams, const SinkOptions& options) {
  inspect_ = options.inspect;
  layouts_.clear();
  writers_.clear();
  for (std::uint32_t i = 0; i < streams.size(); ++i) {
    const bool transient = (streams[i].flags & HAULIER_STREAM_TRANSIENT) != 0;
    layouts_.push_back(transient ? std::nullopt : std::optional<TableLayout>(sql::layout_of(streams[i])));
    writers_.push_back(transient ? nullptr : std::make_unique<TableWriter>(host_, *layouts_.back(), i));
  }
  reader_.emplace(options_, host_, layouts_);
  Connection& connection = connected();
  if (inspect_) {
    planned_ = plan_schema(connection, options_, layouts_);
    return;
  }
  host_.crash_point("postgresql.connected");
  set_up_schema(connection, options_, layouts_,
                [&](std::string_view) { host_.crash_point("postgresql.schema.statement"); });
  host_.crash_point("postgresql.schema.ready");
}

void PostgresqlSink::check() {
  Connection connection(options_, host_);
  static_cast<void>(checked_version(connection, options_));
}

void PostgresqlSink::plan(PlanLines& lines) {
  for (const std::string& statement : planned_) {
    std::string line = "{\"statement\":";
    append_json_string(line, statement);
    lines(line + "}");
  }
}

std::uint64_t PostgresqlSink::fence() {
  constexpr const char* kDoing = "taking over the pipeline";
  Connection& connection = connected();
  connection.run("BEGIN ISOLATION LEVEL READ COMMITTED", kDoing);
  host_.crash_point("postgresql.fence.begun");
  Parameters parameters;
  const std::string owner = sql::owner_words(host_);
  const std::string now = number_bytes(host_.now_us() - binary::kEpoch2000);
  parameters.binary(host_.pipeline());
  parameters.binary(owner);
  parameters.binary(now);
  const Result result = connection.run(kTakeOver, parameters, kDoing);
  if (result.rows() != 1) throw Error(HAULIER_FATAL, "the epoch was not written");
  const auto epoch = static_cast<std::uint64_t>(binary::integer_of(result.bytes(0, 0)));
  host_.crash_point("postgresql.fence.before_commit");
  // An unknown outcome here is only a passing fault: raising the epoch twice does no harm.
  connection.run("COMMIT", kDoing);
  host_.crash_point("postgresql.fence.after_commit");
  epoch_ = epoch;
  return epoch;
}

// The server may still be busy with a COMMIT whose connection is gone. It holds the lock of the pipeline's row, so
// whoever gets that lock sees the outcome.
void PostgresqlSink::wait_for_unknown_commit() {
  constexpr const char* kDoing = "waiting for the outcome of a commit";
  Parameters parameters;
  const std::string epoch = number_bytes(static_cast<std::int64_t>(epoch_.value_or(0)));
  parameters.binary(host_.pipeline());
  parameters.binary(epoch);
  connection_->run("BEGIN ISOLATION LEVEL READ COMMITTED", kDoing);
  connection_->run(kKeepEpoch, parameters, kDoing);
  connection_->run("ROLLBACK", kDoing);
  commit_unknown_ = false;
}

Batch PostgresqlSink::load_state() {
  Connection& connection = connected();
  if (commit_unknown_) wait_for_unknown_commit();
  BatchBuilder builder;
  for (std::uint32_t stream = 0; stream < layouts_.size(); ++stream) {
    const auto& layout = layouts_[stream];
    if (!layout || !layout->is_state) continue;
    if (!table_exists(connection, options_, layout->name)) continue;  // inspecting what no run has opened yet
    const std::vector<haulier_type> types = field_types(*layout);
    Parameters parameters;
    parameters.binary(host_.pipeline());
    const Result rows = connection.run(select_state_sql(*layout), parameters, "reading the state");
    for (int row = 0; row < rows.rows(); ++row) {
      RecordBuilder record = builder.record(stream, layout->n_fields, HAULIER_UPSERT, 0);
      for (std::uint32_t field = 0; field < layout->n_fields; ++field) {
        const int column = static_cast<int>(field);
        if (!rows.is_null(row, column)) put_value(record, field, types[field], rows.bytes(row, column), host_);
      }
    }
  }
  return builder.finish();
}

Batch PostgresqlSink::lookup(LookupView request) {
  if (!reader_) throw Error(HAULIER_FATAL, "the PostgreSQL sink is not open");
  return reader_->find(request);
}

void PostgresqlSink::begin() {
  // Each statement sees what others committed before it, whatever the database's default is: the upserts and the epoch
  // rely on it.
  connected().run("BEGIN ISOLATION LEVEL READ COMMITTED", "beginning a transaction");
  host_.crash_point("postgresql.begun");
}

void PostgresqlSink::require_transaction(const char* call) const {
  if (!connection_) throw Error(HAULIER_FATAL, "the PostgreSQL sink is not open");
  if (!connection_->alive()) throw Error::retry(place_of(options_) + ": the connection was lost in a transaction");
  if (!connection_->in_transaction()) throw Error(HAULIER_FATAL, std::string(call) + " outside a transaction");
}

void PostgresqlSink::write(BatchView batch, Outcomes outcomes) {
  require_transaction("write");
  BatchWriter(*connection_, writers_, host_, batch, outcomes).write();
}

Error PostgresqlSink::fenced() const {
  return {HAULIER_FENCED,
          "another run has taken over the pipeline " + std::string(host_.pipeline()) + " in " + place_of(options_) +
              "; this one wrote nothing more",
          "SELECT * FROM haulier_pipelines; tells who holds it"};
}

// The epoch and all state rows in one round trip.
void PostgresqlSink::send_commit_rows(StateRows states) {
  Parameters parameters;
  const std::string epoch = number_bytes(static_cast<std::int64_t>(*epoch_));
  parameters.binary(host_.pipeline());
  parameters.binary(epoch);
  connection_->start_pipeline();
  connection_->send("epoch", kKeepEpoch, parameters, "checking the epoch");
  for (std::uint64_t i = 0; i < states.size(); ++i) {
    TableWriter* writer = states[i].stream() < writers_.size() ? writers_[states[i].stream()].get() : nullptr;
    if (writer == nullptr || !writer->table().is_state) throw Error(HAULIER_FATAL, "a state row of no state stream");
    try {
      writer->check(states[i], i);
    } catch (const Error& error) {
      // Quarantining a record of the batch would not help.
      throw Error(HAULIER_FATAL, std::string("a state row cannot be written: ") + error.what());
    }
    static_cast<void>(writer->send_row(*connection_, states[i]));
    host_.crash_point("postgresql.state");
  }
  connection_->sync_pipeline("writing the state");
}

void PostgresqlSink::read_commit_rows(StateRows states) {
  const Result epoch = connection_->next_result("checking the epoch");
  Result failure;
  for (std::uint64_t i = 0; i < states.size(); ++i) {
    Result result = connection_->next_result("writing the state");
    if (result.failed() && !failure) failure = std::move(result);
  }
  connection_->finish_pipeline("writing the state");
  if (epoch.failed()) throw connection_->error(epoch, "checking the epoch");
  if (epoch.rows() == 0) throw fenced();
  if (failure) throw connection_->error(failure, "writing the state");
}

void PostgresqlSink::commit(StateRows states) {
  require_transaction("commit");
  if (!epoch_) throw Error(HAULIER_FATAL, "commit without fence");
  try {
    send_commit_rows(states);
    read_commit_rows(states);
    host_.crash_point("postgresql.before_commit");
    connection_->commit("committing");
    host_.crash_point("postgresql.after_commit");
  } catch (const Error& error) {
    commit_unknown_ = error.status() == HAULIER_COMMIT_UNKNOWN;
    connection_->rollback_quietly();
    throw;
  }
}

void PostgresqlSink::rollback() {
  if (connection_) connection_->rollback_quietly();
}

}  // namespace haulier::postgresql
