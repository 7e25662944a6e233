// ServerSink: one pipeline's writer into a database that a server keeps, whatever the engine: when it connects, what
// belongs to one transaction, what an unknown COMMIT means. Rows and state are committed together, on condition that
// the pipeline's epoch is still ours. The engine has the statements and the connection.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "haulier/sink.hpp"
#include "record_rows.hpp"
#include "rows_back.hpp"
#include "schema_steps.hpp"
#include "server_reader.hpp"
#include "sink_words.hpp"

namespace haulier::sql {

// Made by the SDK, one per pipeline. Calls never overlap; the thread may change between calls. Owns the connection
// that writes, which is made again at the next begin() or load_state() when it was lost, and the one of lookup().
//
// Engine: types Options, Connection, Catalog (with set_up()), TableWriter, BatchWriter; the constants kName (in the
// names of steps) and kTitle (for people); and static functions:
//   read_only(connection)                                    makes its session read-only
//   raise_epoch(connection, host)                            in a transaction; returns the new epoch
//   keep_epoch(connection, host, epoch)                      locks the pipeline's row; false: another run took over
//   write_states(connection, writers, host, epoch, states)   the same, and the rows of a commit
//   state_rows(connection, host, layout), found_rows(connection, host, plan)   a cursor, see put_rows()
// The connection: alive, in_transaction, begin, commit, rollback_quietly.
template <class Engine>
class ServerSink {
 public:
  using Options = typename Engine::Options;
  using Connection = typename Engine::Connection;

  ServerSink(const Config& config, Host host) : host_(host), options_(Engine::read_options(config)) {}

  void open(SchemaView streams, const SinkOptions& options);
  void check() {
    Connection connection(options_, host_);
    typename Engine::Catalog catalog(connection, options_);
    static_cast<void>(checked_version(catalog));
  }
  // The statements that open() would run.
  void plan(PlanLines& lines) { put_plan(lines, planned_); }

  std::uint64_t fence();
  [[nodiscard]] Batch load_state();
  // Any thread, beside the other calls: it has a connection of its own.
  [[nodiscard]] Batch lookup(LookupView request) {
    if (!reader_) throw not_open();
    return reader_->find(request);
  }

  void begin() {
    connected().begin();
    step("begun");
  }
  void write(BatchView batch, Outcomes outcomes) {
    require_transaction("write");
    typename Engine::BatchWriter(*connection_, writers_, host_, batch, outcomes).write();
  }
  void commit(StateRows states);
  void rollback() {
    if (connection_) connection_->rollback_quietly();
  }

 private:
  // The connection outside a transaction, made again when it was lost.
  Connection& connected();
  void require_transaction(const char* call) const;
  void wait_for_unknown_commit();
  void step(const char* name) const { host_.crash_point(std::string(Engine::kName) + "." + name); }
  [[nodiscard]] static Error not_open() {
    return {HAULIER_FATAL, std::string("the ") + Engine::kTitle + " sink is not open"};
  }

  Host host_;
  Options options_;
  bool inspect_ = false;
  Layouts layouts_;
  std::vector<std::string> planned_;            // inspect mode: what a run would do
  std::optional<std::uint64_t> epoch_;          // set by fence()
  bool commit_unknown_ = false;                 // the last COMMIT was not answered, and nobody asked yet
  std::optional<ServerReader<Engine>> reader_;  // for lookup(), once open
  std::unique_ptr<Connection> connection_;
  std::vector<std::unique_ptr<typename Engine::TableWriter>> writers_;  // by stream; null for transient ones
};

// The writer of a state row of a commit, which fits it.
template <class Writer>
[[nodiscard]] Writer& writer_of_state(const std::vector<std::unique_ptr<Writer>>& writers, StateRows states,
                                      std::uint64_t index, const ValueLimit& limit) {
  const RecordView state = states[index];
  Writer* writer = state.stream() < writers.size() ? writers[state.stream()].get() : nullptr;
  if (writer == nullptr || !writer->table().is_state) throw Error(HAULIER_FATAL, "a state row of no state stream");
  try {
    writer->rows().check(state, index, limit);
  } catch (const Error& error) {
    // Quarantining a record of the batch would not help.
    throw Error(HAULIER_FATAL, std::string("a state row cannot be written: ") + error.what());
  }
  return *writer;
}

template <class Engine>
typename Engine::Connection& ServerSink<Engine>::connected() {
  // What an error left open.
  if (connection_ && connection_->alive() && connection_->in_transaction()) connection_->rollback_quietly();
  if (connection_ && connection_->alive()) return *connection_;
  connection_.reset();
  connection_ = std::make_unique<Connection>(options_, host_);
  if (inspect_) Engine::read_only(*connection_);
  return *connection_;
}

template <class Engine>
void ServerSink<Engine>::open(SchemaView streams, const SinkOptions& options) {
  inspect_ = options.inspect;
  layouts_ = layouts_of(streams);
  writers_.clear();
  for (std::uint32_t i = 0; i < layouts_.size(); ++i) {
    const auto& layout = layouts_[i];
    writers_.push_back(layout ? std::make_unique<typename Engine::TableWriter>(host_, *layout, i) : nullptr);
  }
  reader_.emplace(options_, host_, layouts_);
  typename Engine::Catalog catalog(connected(), options_);
  if (inspect_) {
    planned_ = plan_schema(catalog, layouts_);
    return;
  }
  step("connected");
  catalog.set_up(layouts_, [&](std::string_view) { step("schema.statement"); });
  step("schema.ready");
}

template <class Engine>
std::uint64_t ServerSink<Engine>::fence() {
  Connection& connection = connected();
  connection.begin();
  step("fence.begun");
  const std::uint64_t epoch = Engine::raise_epoch(connection, host_);
  step("fence.before_commit");
  try {
    connection.commit("taking over the pipeline");
  } catch (const Error& error) {
    // Raising the epoch twice does no harm.
    if (error.status() == HAULIER_COMMIT_UNKNOWN) throw Error::retry(error.what());
    throw;
  }
  step("fence.after_commit");
  epoch_ = epoch;
  return epoch;
}

// The server may still be busy with a COMMIT whose connection is gone. It holds the lock of the pipeline's row, so
// whoever gets that lock sees the outcome.
template <class Engine>
void ServerSink<Engine>::wait_for_unknown_commit() {
  connection_->begin();
  static_cast<void>(Engine::keep_epoch(*connection_, host_, epoch_.value_or(0)));
  connection_->rollback_quietly();
  commit_unknown_ = false;
}

template <class Engine>
Batch ServerSink<Engine>::load_state() {
  Connection& connection = connected();
  if (commit_unknown_) wait_for_unknown_commit();
  typename Engine::Catalog catalog(connection, options_);
  BatchBuilder builder;
  for (std::uint32_t stream = 0; stream < layouts_.size(); ++stream) {
    const auto& layout = layouts_[stream];
    if (!layout || !layout->is_state) continue;
    if (!catalog.has_table(layout->name)) continue;  // inspecting what no run has opened yet
    put_rows(builder, stream, layout->field_types(), Engine::state_rows(connection, host_, *layout), host_);
  }
  return builder.finish();
}

template <class Engine>
void ServerSink<Engine>::require_transaction(const char* call) const {
  if (!connection_) throw not_open();
  if (!connection_->alive()) throw Error::retry(place_of(options_) + ": the connection was lost in a transaction");
  if (!connection_->in_transaction()) throw Error(HAULIER_FATAL, std::string(call) + " outside a transaction");
}

template <class Engine>
void ServerSink<Engine>::commit(StateRows states) {
  require_transaction("commit");
  if (!epoch_) throw Error(HAULIER_FATAL, "commit without fence");
  try {
    if (!Engine::write_states(*connection_, writers_, host_, *epoch_, states)) throw fenced(host_, place_of(options_));
    step("before_commit");
    connection_->commit("committing");
    step("after_commit");
  } catch (const Error& error) {
    commit_unknown_ = error.status() == HAULIER_COMMIT_UNKNOWN;
    connection_->rollback_quietly();
    throw;
  }
}

}  // namespace haulier::sql
