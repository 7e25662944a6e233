// StateRows: the state of a source as last committed, by key.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/batch.hpp"
#include "engine/owned_record.hpp"

namespace haulier::host {

// key_json of the row -> the row. Values.
using StateRows = std::map<std::string, OwnedRecord>;
// key_json of a row -> the number of the batch that brought it, from 1.
using StatePositions = std::map<std::string, std::uint64_t>;

// Copies the rows out of a batch.
[[nodiscard]] StateRows state_rows(const haulier_batch& batch, const haulier_stream& stream);

[[nodiscard]] bool same_row(const OwnedRecord& a, const OwnedRecord& b) noexcept;

// Rows as a batch of the source's own stream index, for source.open(). Points into `rows`.
class StateBatch {
 public:
  StateBatch(const StateRows& rows, std::uint32_t stream);
  [[nodiscard]] const haulier_batch& c() const noexcept { return c_; }

 private:
  std::vector<haulier_record> records_;
  haulier_batch c_{};
};

}  // namespace haulier::host
