// SqliteSink: one pipeline's writer into one SQLite file. Transactional: rows and state are committed together, on
// condition that the pipeline's epoch is still ours.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connection.hpp"
#include "erasing.hpp"
#include "haulier/sink.hpp"
#include "options.hpp"
#include "row_reader.hpp"
#include "row_writer.hpp"
#include "sink_words.hpp"

namespace haulier::sqlite {

// Made by the SDK, one per pipeline and file. Calls never overlap; the thread may change between calls. Owns the
// connection that writes, and the one of lookup().
class SqliteSink {
 public:
  SqliteSink(const Config& config, Host host);

  void open(SchemaView streams, const SinkOptions& options);
  void check();
  // The statements that open() would run: {"statement": "CREATE ..."} per line.
  void plan(PlanLines& lines) { sql::put_plan(lines, planned_); }

  // haulier/upkeep.hpp
  [[nodiscard]] std::vector<Advice> upkeep();

  std::uint64_t fence();
  [[nodiscard]] Batch load_state();
  // Any thread, beside the other calls: it has a connection of its own.
  [[nodiscard]] Batch lookup(LookupView request);
  void begin();
  void write(BatchView batch, Outcomes outcomes);
  // haulier/erase.hpp
  void erase(const haulier_erase_request& request, const EraseTally& tell);
  [[nodiscard]] std::vector<std::uint8_t> erased(const haulier_erased_query& query);
  [[nodiscard]] Batch outside();
  void commit(StateRows states);
  void rollback();

 private:
  void set_up_schema();
  void open_for_inspection();
  void write_rows(BatchView batch, Outcomes& outcomes);
  void write_states(StateRows states);
  void require_epoch();
  [[nodiscard]] std::string now_text() const;
  [[nodiscard]] Connection& connection();

  Host host_;
  Options options_;
  sql::Layouts layouts_;
  sql::Relations relations_;
  bool filter_erased_ = false;          // in this transaction: something was erased once
  bool erasing_ = false;                // this transaction deleted for good
  std::vector<std::string> planned_;    // inspect mode: what a run would do
  std::optional<std::uint64_t> epoch_;  // set by fence()
  // The writers' statements are finalized before the connection is closed.
  std::optional<RowReader> reader_;                  // for lookup(), once open
  std::unique_ptr<Connection> connection_;           // none: not open, or nothing there to inspect
  std::vector<std::unique_ptr<RowWriter>> writers_;  // by stream
  Statement keep_epoch_;
};

}  // namespace haulier::sqlite
