#include "mysql_sink.hpp"

#include "haulier/batch_builder.hpp"
#include "haulier/json.hpp"
#include "owner.hpp"
#include "row_values.hpp"

namespace haulier::mysql {

namespace {

std::vector<haulier_type> field_types(const TableLayout& layout) {
  std::vector<haulier_type> out(layout.n_fields);
  for (const Column& column : layout.columns) {
    if (column.field < layout.n_fields) out[column.field] = column.type;
  }
  return out;
}

std::string this_pipeline(const Host& host) { return "pipeline = " + text_literal(host.pipeline()); }

// No row: another run took over. The lock keeps others from taking over until the transaction has ended.
std::string keep_epoch_sql(const Host& host, std::uint64_t epoch) {
  return "SELECT 1 FROM haulier_pipelines WHERE " + this_pipeline(host) + " AND epoch = " + std::to_string(epoch) +
         " FOR UPDATE";
}

}  // namespace

MysqlSink::MysqlSink(const Config& config, Host host) : host_(host), options_(read_options(config)) {}

Connection& MysqlSink::connected() {
  // What an error left open.
  if (connection_ && connection_->alive() && connection_->in_transaction()) connection_->rollback_quietly();
  if (connection_ && connection_->alive()) return *connection_;
  connection_.reset();
  connection_ = std::make_unique<Connection>(options_, host_);
  if (inspect_) connection_->run("SET SESSION TRANSACTION READ ONLY", "setting up the session");
  return *connection_;
}

void MysqlSink::open(SchemaView streams, const SinkOptions& options) {
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
    planned_ = plan_schema(connection, layouts_);
    return;
  }
  host_.crash_point("mysql.connected");
  set_up_schema(connection, options_, layouts_, [&](std::string_view) { host_.crash_point("mysql.schema.statement"); });
  host_.crash_point("mysql.schema.ready");
}

void MysqlSink::check() {
  Connection connection(options_, host_);
  static_cast<void>(checked_version(connection));
}

void MysqlSink::plan(PlanLines& lines) {
  for (const std::string& statement : planned_) {
    std::string line = "{\"statement\":";
    append_json_string(line, statement);
    lines(line + "}");
  }
}

std::uint64_t MysqlSink::fence() {
  constexpr const char* kDoing = "taking over the pipeline";
  Connection& connection = connected();
  connection.begin();
  host_.crash_point("mysql.fence.begun");
  connection.run("INSERT INTO haulier_pipelines (pipeline, epoch, owner, taken_at) VALUES (" +
                     text_literal(host_.pipeline()) + ", 1, " + text_literal(sql::owner_words(host_)) +
                     ", now(6)) ON DUPLICATE KEY UPDATE epoch = epoch + 1, owner = VALUES(owner), taken_at = "
                     "VALUES(taken_at)",
                 kDoing);
  Result result = connection.run("SELECT epoch FROM haulier_pipelines WHERE " + this_pipeline(host_), kDoing);
  if (!result.next()) throw Error(HAULIER_FATAL, "the epoch was not written");
  const auto epoch = static_cast<std::uint64_t>(result.integer(0));
  host_.crash_point("mysql.fence.before_commit");
  try {
    connection.commit(kDoing);
  } catch (const Error& error) {
    // Raising the epoch twice does no harm.
    if (error.status() == HAULIER_COMMIT_UNKNOWN) throw Error::retry(error.what());
    throw;
  }
  host_.crash_point("mysql.fence.after_commit");
  epoch_ = epoch;
  return epoch;
}

// The server may still be busy with a COMMIT whose connection is gone. It holds the lock of the pipeline's row, so
// whoever gets that lock sees the outcome.
void MysqlSink::wait_for_unknown_commit() {
  connection_->begin();
  connection_->run(keep_epoch_sql(host_, epoch_.value_or(0)), "waiting for the outcome of a commit");
  connection_->rollback_quietly();
  commit_unknown_ = false;
}

Batch MysqlSink::load_state() {
  Connection& connection = connected();
  if (commit_unknown_) wait_for_unknown_commit();
  BatchBuilder builder;
  for (std::uint32_t stream = 0; stream < layouts_.size(); ++stream) {
    const auto& layout = layouts_[stream];
    if (!layout || !layout->is_state) continue;
    if (!table_exists(connection, layout->name)) continue;  // inspecting what no run has opened yet
    const std::vector<haulier_type> types = field_types(*layout);
    Result rows = connection.run(select_state_sql(*layout, host_.pipeline()), "reading the state");
    while (rows.next()) {
      RecordBuilder record = builder.record(stream, layout->n_fields, HAULIER_UPSERT, 0);
      for (std::uint32_t field = 0; field < layout->n_fields; ++field) {
        if (!rows.is_null(field)) put_value(record, field, types[field], rows.bytes(field), host_);
      }
    }
  }
  return builder.finish();
}

Batch MysqlSink::lookup(LookupView request) {
  if (!reader_) throw Error(HAULIER_FATAL, "the MySQL sink is not open");
  return reader_->find(request);
}

void MysqlSink::begin() {
  connected().begin();
  host_.crash_point("mysql.begun");
}

void MysqlSink::require_transaction(const char* call) const {
  if (!connection_) throw Error(HAULIER_FATAL, "the MySQL sink is not open");
  if (!connection_->alive()) throw Error::retry(place_of(options_) + ": the connection was lost in a transaction");
  if (!connection_->in_transaction()) throw Error(HAULIER_FATAL, std::string(call) + " outside a transaction");
}

void MysqlSink::write(BatchView batch, Outcomes outcomes) {
  require_transaction("write");
  BatchWriter(*connection_, writers_, host_, batch, outcomes).write();
}

Error MysqlSink::fenced() const {
  return {HAULIER_FENCED,
          "another run has taken over the pipeline " + std::string(host_.pipeline()) + " in " + place_of(options_) +
              "; this one wrote nothing more",
          "SELECT * FROM haulier_pipelines; tells who holds it"};
}

void MysqlSink::write_states(StateRows states) {
  for (std::uint64_t i = 0; i < states.size(); ++i) {
    TableWriter* writer = states[i].stream() < writers_.size() ? writers_[states[i].stream()].get() : nullptr;
    if (writer == nullptr || !writer->table().is_state) throw Error(HAULIER_FATAL, "a state row of no state stream");
    try {
      writer->rows().check(states[i], i, value_limit(*connection_));
    } catch (const Error& error) {
      // Quarantining a record of the batch would not help.
      throw Error(HAULIER_FATAL, std::string("a state row cannot be written: ") + error.what());
    }
    Failure failure;
    static_cast<void>(writer->write(*connection_, states[i], failure));
    if (failure.number != 0) throw connection_->error(failure, "writing the state");
    host_.crash_point("mysql.state");
  }
}

void MysqlSink::commit(StateRows states) {
  require_transaction("commit");
  if (!epoch_) throw Error(HAULIER_FATAL, "commit without fence");
  try {
    if (!connection_->run(keep_epoch_sql(host_, *epoch_), "checking the epoch").next()) throw fenced();
    host_.crash_point("mysql.epoch_kept");
    write_states(states);
    host_.crash_point("mysql.before_commit");
    connection_->commit("committing");
    host_.crash_point("mysql.after_commit");
  } catch (const Error& error) {
    commit_unknown_ = error.status() == HAULIER_COMMIT_UNKNOWN;
    connection_->rollback_quietly();
    throw;
  }
}

void MysqlSink::rollback() {
  if (connection_) connection_->rollback_quietly();
}

}  // namespace haulier::mysql
