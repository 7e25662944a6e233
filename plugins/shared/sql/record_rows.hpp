// RecordRows: the records of one stream as rows of its table, before any engine has seen them: which values they have,
// why one cannot be written, which records are the same row. Pure, but for the clock of the host.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "haulier/batch.hpp"
#include "haulier/host.hpp"
#include "table_layout.hpp"

namespace haulier::sql {

// The longest value that the engine takes, and the words for a longer one ("is larger than ...").
struct ValueLimit {
  std::uint64_t bytes = 0;
  std::string words;
};

class RecordRows {
 public:
  RecordRows(Host host, TableLayout table);

  [[nodiscard]] const TableLayout& table() const noexcept { return table_; }
  // The columns of the key.
  [[nodiscard]] const std::vector<std::size_t>& keys() const noexcept { return keys_; }
  [[nodiscard]] bool has_key() const noexcept { return !keys_.empty(); }

  // Throws Error(HAULIER_BAD_RECORD) for what no sink writes.
  void check(const RecordView& record, std::uint64_t index, const ValueLimit& limit) const;
  // The record's key as bytes: equal for equal keys only.
  [[nodiscard]] std::string key_of(const RecordView& record) const;
  // Bytes of its blobs.
  [[nodiscard]] std::uint64_t blob_bytes(const RecordView& record) const noexcept;
  // The value of a column: the record's, or the sink's own.
  [[nodiscard]] haulier_value value_of(const Column& column, const RecordView& record) const noexcept;
  // By column: whether the record has a value for it.
  [[nodiscard]] std::vector<bool> given(const RecordView& record) const;

 private:
  Host host_;
  TableLayout table_;
  std::vector<std::size_t> keys_;
};

// Bytes of a string, JSON or blob; 0 for others.
[[nodiscard]] std::uint64_t size_of(const haulier_value& value) noexcept;

}  // namespace haulier::sql
