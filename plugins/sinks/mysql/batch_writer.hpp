// BatchWriter: one batch into its tables. Rows that are new go in bulk, many in one message; rows that are there,
// updates and deletes go one by one. Which is which is asked first, by key; not while a table keeps having none of
// them.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "batch_shares.hpp"
#include "haulier/sink.hpp"
#include "table_writer.hpp"

namespace haulier::mysql {

// By stream; null for transient ones.
using TableWriters = std::vector<std::unique_ptr<TableWriter>>;

// The longest value that the server takes.
[[nodiscard]] sql::ValueLimit value_limit(const Connection& connection);

// Lives for one call of write. Everything it is given outlives it.
class BatchWriter {
 public:
  BatchWriter(Connection& connection, TableWriters& writers, Host host, BatchView batch, Outcomes& outcomes);

  // Idempotent. Throws Error; a record that the server refuses is BAD_RECORD with its index. The caller then rolls
  // back.
  void write();

 private:
  using Share = sql::Share<TableWriter>;

  // Asks about the tables that need it; all: about every one that was not asked about yet. False: about none.
  bool find_existing(bool all);
  // It is sent in bulk without having been asked about.
  [[nodiscard]] bool is_guessed(std::size_t stream) const noexcept;
  void ask(Share& share);
  // Asking and sending in bulk pays from some rows on, and always for big values.
  [[nodiscard]] bool pays(const Share& share) const noexcept;
  // False: the server refused a row, or another program was faster; nothing was written then.
  bool insert_fresh();
  bool insert_share(Share& share);
  void write_rows();

  Connection& connection_;
  TableWriters& writers_;
  Host host_;
  BatchView batch_;
  Outcomes& outcomes_;
  std::vector<Share> shares_;  // by stream
  std::vector<bool> asked_;    // by stream
};

}  // namespace haulier::mysql
