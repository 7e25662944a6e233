#include "erased_records.hpp"

#include <map>
#include <tuple>
#include <utility>

namespace haulier::sql {

namespace {

using Used = std::set<std::tuple<std::uint64_t, std::size_t, std::string>>;  // origin, stream, key

const RelatedStream* stream_of(const Relations& relations, const RecordView& record) {
  if (record.stream() >= relations.streams().size() || record.op() == HAULIER_DELETE) return nullptr;
  const RelatedStream& stream = relations.streams()[record.stream()];
  return stream.name.empty() || stream.relations.empty() ? nullptr : &stream;
}

// What each origin's records use.
Used used_rows(const Relations& relations, BatchView batch) {
  Used out;
  for (std::uint64_t i = 0; i < batch.size(); ++i) {
    const RecordView record = batch[i];
    const RelatedStream* stream = stream_of(relations, record);
    if (!stream) continue;
    for (const StreamRelation& relation : stream->relations) {
      if (relation.kind != HAULIER_RELATION_USES || record.empty(relation.places[0])) continue;
      out.emplace(record.origin(), relation.target, std::string(record.text(relation.places[0])));
    }
  }
  return out;
}

bool is_used(const Used& used, const RelatedStream& stream, const RecordView& record) {
  return !stream.key.empty() &&
         used.count({record.origin(), record.stream(), std::string(record.text(stream.key_place))}) != 0;
}

bool decides(const RelatedStream& stream, const StreamRelation& relation, bool used) {
  if (relation.kind == HAULIER_RELATION_GROUP || relation.kind == HAULIER_RELATION_PART_OF) return true;
  // Where a row was says nothing of what is there now; what is inside another row is judged with that one.
  return relation.kind == HAULIER_RELATION_IDENTITY && !stream.has(HAULIER_RELATION_PART_OF) && !used;
}

// The origins that each fingerprint speaks of.
std::map<std::string, std::set<std::uint64_t>> prints_of(const Relations& relations, BatchView batch,
                                                         const Used& used) {
  std::map<std::string, std::set<std::uint64_t>> out;
  for (std::uint64_t i = 0; i < batch.size(); ++i) {
    const RecordView record = batch[i];
    const RelatedStream* stream = stream_of(relations, record);
    if (!stream) continue;
    const bool inside = is_used(used, *stream, record);
    for (const StreamRelation& relation : stream->relations) {
      if (!decides(*stream, relation, inside)) continue;
      const auto print = fingerprint_of(relations, record.stream(), relation, record.c_record().values);
      if (print) out[*print].insert(record.origin());
    }
  }
  return out;
}

}  // namespace

MaskedBatch::MaskedBatch(BatchView batch, const std::vector<bool>& left_out, std::vector<bool> erased,
                         std::uint32_t no_stream)
    : erased_(std::move(erased)), batch_(batch.c_batch()) {
  records_.reserve(batch.size());
  for (std::uint64_t i = 0; i < batch.size(); ++i) {
    records_.push_back(batch[i].c_record());
    if (left_out[i]) records_.back().stream = no_stream;
  }
  batch_.records = records_.data();
  batch_.record_size = sizeof(haulier_record);
}

void MaskedBatch::tell(Outcomes& outcomes) const {
  for (std::uint64_t i = 0; i < erased_.size(); ++i) {
    if (erased_[i]) outcomes.filtered(i);
  }
}

std::optional<MaskedBatch> without_erased(const Relations& relations, BatchView batch, const FindErased& find) {
  const Used used = used_rows(relations, batch);
  const auto prints = prints_of(relations, batch, used);
  std::vector<std::string> asked;
  for (const auto& [print, origins] : prints) asked.push_back(print);
  std::set<std::uint64_t> gone;
  if (!asked.empty()) {
    for (const std::string& print : find(asked)) gone.insert(prints.at(print).begin(), prints.at(print).end());
  }
  if (gone.empty()) return std::nullopt;
  std::set<std::pair<std::size_t, std::string>> needed;  // by those that stay
  for (const auto& [origin, stream, key] : used) {
    if (gone.count(origin) == 0) needed.emplace(stream, key);
  }
  std::vector<bool> left_out(batch.size()), erased(batch.size());
  for (std::uint64_t i = 0; i < batch.size(); ++i) {
    const RecordView record = batch[i];
    if (gone.count(record.origin()) == 0) continue;
    erased[i] = true;
    const RelatedStream* stream =
        record.stream() < relations.streams().size() ? &relations.streams()[record.stream()] : nullptr;
    const bool kept = stream && !stream->key.empty() &&
                      needed.count({record.stream(), std::string(record.text(stream->key_place))}) != 0;
    left_out[i] = !kept;
  }
  MaskedBatch out(batch, left_out, erased, static_cast<std::uint32_t>(relations.streams().size()));
  for (std::uint64_t i = 0; i < batch.size(); ++i) {
    const RelatedStream* stream = erased[i] ? stream_of(relations, batch[i]) : nullptr;
    if (!stream || is_used(used, *stream, batch[i])) continue;
    for (const StreamRelation& relation : stream->relations) {
      if (relation.kind != HAULIER_RELATION_IDENTITY) continue;
      auto print = fingerprint_of(relations, batch[i].stream(), relation, batch[i].c_record().values);
      if (print) out.add_print(std::move(*print));
    }
  }
  return out;
}

}  // namespace haulier::sql
