#include "sqlite_sink.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "erased_records.hpp"
#include "full_text.hpp"
#include "haulier/batch_builder.hpp"
#include "migrate.hpp"
#include "owner.hpp"
#include "rfc3339.hpp"
#include "row_values.hpp"
#include "rows_back.hpp"
#include "sql_text.hpp"
#include "sqlite_error.hpp"
#include "table_check.hpp"
#include "upkeep.hpp"

namespace haulier::sqlite {

namespace {

constexpr std::string_view kTakeOver =
    "INSERT INTO haulier_pipelines (pipeline, epoch, owner, taken_at) VALUES (?1, 1, ?2, ?3) "
    "ON CONFLICT (pipeline) DO UPDATE SET epoch = epoch + 1, owner = excluded.owner, taken_at = excluded.taken_at "
    "RETURNING epoch";
// Changes nothing; the number of rows it touches tells whether the epoch is still ours.
constexpr std::string_view kKeepEpoch = "UPDATE haulier_pipelines SET epoch = epoch WHERE pipeline = ?1 AND epoch = ?2";

}  // namespace

SqliteSink::SqliteSink(const Config& config, Host host) : host_(host), options_(read_options(config)) {}

Connection& SqliteSink::connection() {
  if (!connection_) throw Error(HAULIER_FATAL, "the SQLite sink is not open");
  return *connection_;
}

std::string SqliteSink::now_text() const {
  std::string out(rfc3339::kSize, ' ');
  if (!rfc3339::format(host_.now_us(), out.data()))
    throw Error(HAULIER_FATAL, "the clock is outside the years 0 to 9999");
  return out;
}

void SqliteSink::open(SchemaView streams, const SinkOptions& options) {
  layouts_ = sql::layouts_of(streams);
  relations_ = sql::Relations(streams, layouts_);
  if (options.inspect) {
    open_for_inspection();
    if (connection_) reader_.emplace(options_, host_, layouts_);
    return;
  }
  connection_ = std::make_unique<Connection>(options_, Access::write, host_);
  reader_.emplace(options_, host_, layouts_);
  host_.crash_point("sqlite.created");
  set_up_schema();
  for (const auto& layout : layouts_) {
    writers_.push_back(layout ? std::make_unique<RowWriter>(*connection_, host_, *layout) : nullptr);
  }
  writers_.push_back(nullptr);  // for records that were erased before
  keep_epoch_ = connection_->prepare(kKeepEpoch, true);
}

// Everything that is missing, in one transaction: a crash leaves the old schema or the new one.
void SqliteSink::set_up_schema() {
  Transaction transaction(*connection_, "setting up the tables of " + options_.path);
  bool changed = false;
  const auto on_statement = [&](std::string_view) {
    changed = true;
    host_.crash_point("sqlite.schema.statement");
  };
  migrate(*connection_, all_migrations(), now_text(), on_statement);
  for (const auto& layout : layouts_) {
    if (layout) match_table(*connection_, *layout, on_statement);
  }
  if (options_.full_text) add_full_text(*connection_, on_statement);
  if (!changed) return;
  host_.crash_point("sqlite.schema.before_commit");
  transaction.commit("setting up the tables of " + options_.path);
  host_.crash_point("sqlite.schema.after_commit");
}

// Works out on a copy in memory what a run would do to the tables.
void SqliteSink::open_for_inspection() {
  if (file_exists(options_.path)) connection_ = std::make_unique<Connection>(options_, Access::inspect, host_);
  const Connection copy = schema_copy(connection_.get());
  const auto on_statement = [&](std::string_view sql) { planned_.emplace_back(sql); };
  migrate(copy, all_migrations(), now_text(), on_statement);
  for (const auto& layout : layouts_) {
    if (layout) match_table(copy, *layout, on_statement);
  }
  if (options_.full_text) add_full_text(copy, on_statement);
}

void SqliteSink::check() {
  const std::string folder = folder_of(options_.path);
  if (!file_exists(options_.path)) {
    if (::access(folder.c_str(), W_OK | X_OK) == 0) return;
    throw Error(HAULIER_LOCAL_IO, "cannot create " + options_.path + ": " + folder + ": " + std::strerror(errno),
                errno == ENOENT ? "mkdir -p " + folder : "this user must be able to write the folder " + folder);
  }
  if (::access(options_.path.c_str(), R_OK | W_OK) != 0 || ::access(folder.c_str(), W_OK | X_OK) != 0) {
    throw Error(HAULIER_LOCAL_IO,
                options_.path + " or its folder cannot be written by this user: " + std::strerror(errno),
                "ls -ld " + options_.path + " " + folder);
  }
  const Connection database(options_, Access::inspect, host_);
  static_cast<void>(checked_version(database, all_migrations()));
}

std::vector<Advice> SqliteSink::upkeep() {
  if (!connection_) return {};  // inspecting a file that no run has made yet
  return upkeep_advice(*connection_, options_.path, layouts_);
}

std::uint64_t SqliteSink::fence() {
  Transaction transaction(connection(), "taking over the pipeline");
  host_.crash_point("sqlite.fence.begun");
  const std::string owner = sql::owner_words(host_);
  const std::string now = now_text();
  Statement take_over = connection_->prepare(kTakeOver);
  take_over.bind(1, host_.pipeline());
  take_over.bind(2, owner);
  take_over.bind(3, now);
  if (!take_over.step("taking over the pipeline")) throw Error(HAULIER_FATAL, "the epoch was not written");
  const auto epoch = static_cast<std::uint64_t>(take_over.integer(0));
  take_over.run("taking over the pipeline");
  host_.crash_point("sqlite.fence.before_commit");
  transaction.commit("taking over the pipeline");
  host_.crash_point("sqlite.fence.after_commit");
  epoch_ = epoch;
  return epoch;
}

Batch SqliteSink::lookup(LookupView request) {
  if (reader_) return reader_->find(request);
  static_cast<void>(sql::plan_lookup(layouts_, request));
  return BatchBuilder().finish();  // inspecting a file that no run has made yet
}

Batch SqliteSink::load_state() {
  BatchBuilder builder;
  for (std::uint32_t stream = 0; connection_ && stream < layouts_.size(); ++stream) {
    const auto& layout = layouts_[stream];
    if (!layout || !layout->is_state) continue;
    Statement exists = connection_->prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?1");
    exists.bind(1, layout->name);
    if (!exists.step("looking for the state")) continue;  // inspecting a file that no run has opened yet
    Statement rows = connection_->prepare(select_state_sql(*layout));
    rows.bind(1, host_.pipeline());
    sql::put_rows(builder, stream, layout->field_types(), rows, host_);
  }
  return builder.finish();
}

void SqliteSink::begin() {
  connection().begin("beginning a transaction");
  ConnectionStore store(*connection_);
  filter_erased_ = sql::has_erased(store);
  erasing_ = false;
  host_.crash_point("sqlite.begun");
}

void SqliteSink::write(BatchView batch, Outcomes outcomes) {
  if (!connection().in_transaction()) throw Error(HAULIER_FATAL, "write outside a transaction");
  std::optional<sql::MaskedBatch> masked;
  if (filter_erased_) {
    ConnectionStore store(*connection_);
    masked = sql::without_erased(relations_, batch, [&](const sql::Texts& prints) {
      return sql::find_erased(store, erasure_dialect(), prints);
    });
  }
  write_rows(masked ? masked->view() : batch, outcomes);
  if (!masked) return;
  masked->tell(outcomes);
  ConnectionStore store(*connection_);
  sql::remember_erased(store, erasure_dialect(), masked->prints(), host_.now_us());
}

void SqliteSink::erase(const haulier_erase_request& request, const EraseTally& tell) {
  if (!connection().in_transaction()) throw Error(HAULIER_FATAL, "erase outside a transaction");
  overwrite_deleted(*connection_);
  erasing_ = true;
  ConnectionStore store(*connection_, [this] { host_.crash_point("sqlite.erase.change"); });
  sql::Erasure(relations_, erasure_dialect(), store, host_.pipeline(), host_.now_us()).run(request, tell);
  // Of a retention's many transactions each would write the index anew: the deleted words stay until parts of it merge.
  if (request.age == nullptr) drop_deleted_words(*connection_);
  host_.crash_point("sqlite.erased");
}

std::vector<std::uint8_t> SqliteSink::erased(const haulier_erased_query& query) {
  if (reader_) return reader_->erased(relations_, query);
  return sql::answer_erased(relations_, query, [](const sql::Texts&) { return std::set<std::string>(); });
}

Batch SqliteSink::outside() {
  if (!connection().in_transaction()) throw Error(HAULIER_FATAL, "outside without a transaction");
  require_epoch();
  ConnectionStore store(*connection_, [this] { host_.crash_point("sqlite.outside.change"); });
  return sql::outside_batch(
      relations_, layouts_,
      sql::Erasure(relations_, erasure_dialect(), store, host_.pipeline(), host_.now_us()).take_outside());
}

void SqliteSink::write_rows(BatchView batch, Outcomes& outcomes) {
  for (std::uint64_t i = 0; i < batch.size(); ++i) {
    const RecordView record = batch[i];
    if (record.stream() >= writers_.size()) throw Error::bad_record(i, "a record of a stream that was not declared");
    RowWriter* writer = writers_[record.stream()].get();
    if (writer == nullptr || writer->write(record, i) == RowWriter::Outcome::unchanged) outcomes.unchanged(i);
    host_.crash_point("sqlite.row");
  }
}

void SqliteSink::write_states(StateRows states) {
  for (std::uint64_t i = 0; i < states.size(); ++i) {
    RowWriter* writer = states[i].stream() < writers_.size() ? writers_[states[i].stream()].get() : nullptr;
    if (writer == nullptr || !writer->table().is_state) throw Error(HAULIER_FATAL, "a state row of no state stream");
    try {
      writer->write(states[i], i);
    } catch (const Error& error) {
      // Quarantining a record of the batch would not help.
      if (error.status() != HAULIER_BAD_RECORD) throw;
      throw Error(HAULIER_FATAL, std::string("a state row cannot be written: ") + error.what());
    }
    host_.crash_point("sqlite.state");
  }
}

void SqliteSink::require_epoch() {
  if (!epoch_) throw Error(HAULIER_FATAL, "commit without fence");
  keep_epoch_.bind(1, host_.pipeline());
  keep_epoch_.bind(2, static_cast<std::int64_t>(*epoch_));
  keep_epoch_.run("checking the epoch");
  if (sqlite3_changes64(connection_->get()) == 0) throw sql::fenced(host_, options_.path);
}

void SqliteSink::commit(StateRows states) {
  if (!connection().in_transaction()) throw Error(HAULIER_FATAL, "commit outside a transaction");
  try {
    require_epoch();
    host_.crash_point("sqlite.fence.checked");
    write_states(states);
    host_.crash_point("sqlite.before_commit");
    connection_->commit("committing");
    host_.crash_point("sqlite.after_commit");
    if (std::exchange(erasing_, false) && !empty_journal(*connection_)) {
      host_.warning(
          "the journal of " + options_.path +
          " still holds what was erased: another program reads it; PRAGMA wal_checkpoint(TRUNCATE) empties it");
    }
  } catch (...) {
    connection_->rollback_quietly();
    throw;
  }
}

void SqliteSink::rollback() {
  if (connection_) connection_->rollback();
}

}  // namespace haulier::sqlite
