// PostgresqlSink: one pipeline's writer into one schema of a PostgreSQL database. Transactional: rows and state are
// committed together, on condition that the pipeline's epoch is still ours.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "batch_writer.hpp"
#include "connection.hpp"
#include "haulier/sink.hpp"
#include "options.hpp"
#include "row_reader.hpp"
#include "schema_setup.hpp"

namespace haulier::postgresql {

// Made by the SDK, one per pipeline. Calls never overlap; the thread may change between calls. Owns the connection
// that writes, which is made again at the next begin() or load_state() when it was lost, and the one of lookup().
class PostgresqlSink {
 public:
  PostgresqlSink(const Config& config, Host host);

  void open(SchemaView streams, const SinkOptions& options);
  void check();
  // The statements that open() would run: {"statement": "CREATE ..."} per line.
  void plan(PlanLines& lines);

  std::uint64_t fence();
  [[nodiscard]] Batch load_state();
  // Any thread, beside the other calls: it has a connection of its own.
  [[nodiscard]] Batch lookup(LookupView request);
  void begin();
  void write(BatchView batch, Outcomes outcomes);
  void commit(StateRows states);
  void rollback();

 private:
  // The connection outside a transaction, made again when it was lost.
  Connection& connected();
  void require_transaction(const char* call) const;
  void wait_for_unknown_commit();
  void send_commit_rows(StateRows states);
  void read_commit_rows(StateRows states);
  [[nodiscard]] Error fenced() const;

  Host host_;
  Options options_;
  bool inspect_ = false;
  Layouts layouts_;
  std::vector<std::string> planned_;    // inspect mode: what a run would do
  std::optional<std::uint64_t> epoch_;  // set by fence()
  bool commit_unknown_ = false;         // the last COMMIT was not answered, and nobody asked yet
  std::optional<RowReader> reader_;     // for lookup(), once open
  std::unique_ptr<Connection> connection_;
  TableWriters writers_;
};

}  // namespace haulier::postgresql
