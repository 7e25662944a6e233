// What a batch means for each table: which of its records may be new rows, which are to be written one by one, and
// which need nothing. For servers, where asking once which rows are there and sending the new ones in bulk is the
// cheapest. Keys are independent of each other, so only records of the same key keep their order. Pure.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "haulier/sink.hpp"
#include "record_rows.hpp"

namespace haulier::sql {

// The records of one stream. Writer: has rows(), a RecordRows.
template <class Writer>
struct Share {
  Writer* writer = nullptr;
  std::vector<std::uint64_t> fresh;  // upserts of keys that occur once, in the order of the batch
  std::vector<std::uint64_t> rows;   // to be written one by one

  // Nothing goes in bulk.
  void leave_bulk() {
    rows.insert(rows.end(), fresh.begin(), fresh.end());
    fresh.clear();
  }

  // `exists`: by place in `fresh`, whether a row with that key is there.
  void take_found(const std::vector<bool>& exists, Outcomes& outcomes) {
    std::vector<std::uint64_t> absent;
    for (std::size_t i = 0; i < exists.size(); ++i) {
      if (!exists[i]) {
        absent.push_back(fresh[i]);
      } else if (writer->rows().table().immutable) {
        outcomes.unchanged(fresh[i]);
      } else {
        rows.push_back(fresh[i]);
      }
    }
    fresh = std::move(absent);
  }
};

namespace detail {

enum class Fate : std::uint8_t { alone, shares_key, left_out };

}  // namespace detail

// By stream. `writers`: by stream, null for transient ones. Throws Error(HAULIER_BAD_RECORD) for what no sink writes.
template <class Writer>
[[nodiscard]] std::vector<Share<Writer>> shares_of(const std::vector<std::unique_ptr<Writer>>& writers, BatchView batch,
                                                   const ValueLimit& limit, Outcomes& outcomes) {
  using detail::Fate;
  std::vector<Share<Writer>> shares(writers.size());
  std::vector<std::unordered_map<std::string, std::uint64_t>> first(writers.size());
  std::vector<Fate> fates(batch.size(), Fate::alone);
  for (std::uint64_t i = 0; i < batch.size(); ++i) {
    const RecordView record = batch[i];
    if (record.stream() >= writers.size()) throw Error::bad_record(i, "a record of a stream that was not declared");
    Writer* writer = writers[record.stream()].get();
    if (writer == nullptr) {
      fates[i] = Fate::left_out;
      continue;
    }
    const RecordRows& rows = writer->rows();
    rows.check(record, i, limit);
    shares[record.stream()].writer = writer;
    if (!rows.has_key()) continue;
    const auto [place, is_new] = first[record.stream()].try_emplace(rows.key_of(record), i);
    if (is_new) continue;
    Fate& earlier = fates[place->second];
    const bool same_content = rows.table().immutable && record.op() == HAULIER_UPSERT && earlier == Fate::alone &&
                              batch[place->second].op() == HAULIER_UPSERT;
    fates[i] = same_content ? Fate::left_out : Fate::shares_key;
    if (!same_content) earlier = Fate::shares_key;
  }
  for (std::uint64_t i = 0; i < batch.size(); ++i) {
    Share<Writer>& share = shares[batch[i].stream()];
    if (fates[i] == Fate::left_out) {
      outcomes.unchanged(i);
    } else if (fates[i] == Fate::alone && batch[i].op() == HAULIER_UPSERT) {
      share.fresh.push_back(i);
    } else {
      share.rows.push_back(i);
    }
  }
  return shares;
}

}  // namespace haulier::sql
