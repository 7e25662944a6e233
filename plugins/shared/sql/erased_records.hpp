// What of a batch was erased before and must not be written again: the last defence of an erasure, whatever the source
// knows. Pure.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "haulier/sink.hpp"
#include "relations.hpp"

namespace haulier::sql {

// A batch whose erased records are of no stream (their number is that of the streams), so that the places of the others
// stay what they were. Borrows the batch.
class MaskedBatch {
 public:
  MaskedBatch(BatchView batch, const std::vector<bool>& left_out, std::vector<bool> erased, std::uint32_t no_stream);
  MaskedBatch(MaskedBatch&&) = default;
  MaskedBatch& operator=(MaskedBatch&&) = default;
  [[nodiscard]] BatchView view() const noexcept { return BatchView(batch_); }
  void tell(Outcomes& outcomes) const;
  // What the erased records are known by as well: a message that is left out at a new place is erased there, too.
  [[nodiscard]] const std::set<std::string>& prints() const noexcept { return prints_; }
  void add_print(std::string print) { prints_.insert(std::move(print)); }

 private:
  std::vector<haulier_record> records_;
  std::vector<bool> erased_;
  std::set<std::string> prints_;
  haulier_batch batch_{};
};

// Those of the fingerprints that are in haulier_erased.
using FindErased = std::function<std::set<std::string>(const std::vector<std::string>& fingerprints)>;

// None: nothing of the batch was erased. Every record of an origin goes when one of them was erased: by an identity of
// its own, by its group, or by the row that it is a part of. A message inside another one is judged with that one; a
// content that another origin of the batch uses stays.
[[nodiscard]] std::optional<MaskedBatch> without_erased(const Relations& relations, BatchView batch,
                                                        const FindErased& find);

}  // namespace haulier::sql
