#include "engine/kept_records.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "engine/abi_text.hpp"
#include "haulier/abi/version.h"

namespace haulier::host {

namespace {

using RowName = std::pair<std::string_view, std::string_view>;  // stream, its key

std::optional<std::string_view> text_at(const haulier_record& record, std::uint32_t field) {
  if (field >= record.n_values || record.values[field].type != HAULIER_STRING) return std::nullopt;
  return view(record.values[field].v.s);
}

std::optional<std::uint32_t> find_field(const haulier_stream& stream, std::string_view name) {
  for (std::uint32_t i = 0; i < stream.n_fields; ++i) {
    if (view(stream.fields[i].name) == name) return i;
  }
  return std::nullopt;
}

std::vector<RowName> used_by(const haulier_record& record, const haulier_stream& stream) {
  std::vector<RowName> out;
  if (!HAULIER_HAS(&stream, relations)) return out;
  for (std::uint32_t i = 0; i < stream.n_relations; ++i) {
    const haulier_relation& relation = stream.relations[i];
    if (relation.kind != HAULIER_RELATION_USES || relation.n_fields != 1) continue;
    const auto field = find_field(stream, view(relation.fields[0]));
    const auto key = field ? text_at(record, *field) : std::nullopt;
    if (key) out.emplace_back(view(relation.stream), *key);
  }
  return out;
}

// None when its key is more than one text: nothing can use it.
std::optional<RowName> name_of(const haulier_record& record, const haulier_stream& stream) {
  std::optional<std::uint32_t> key;
  for (std::uint32_t i = 0; i < stream.n_fields; ++i) {
    if ((stream.fields[i].flags & HAULIER_FIELD_KEY) == 0) continue;
    if (key) return std::nullopt;
    key = i;
  }
  const auto text = key ? text_at(record, *key) : std::nullopt;
  if (!text) return std::nullopt;
  return RowName{view(stream.name), *text};
}

}  // namespace

std::vector<haulier_record> kept_records(const std::vector<haulier_record>& records,
                                         const std::vector<std::uint64_t>& left_out, const SinkSchema& schema) {
  const auto goes = [&](const haulier_record& record) {
    return std::binary_search(left_out.begin(), left_out.end(), record.origin);
  };
  std::set<RowName> used;
  for (const haulier_record& record : records) {
    if (goes(record)) continue;
    for (const RowName& row : used_by(record, schema.stream(record.stream))) used.insert(row);
  }
  std::vector<haulier_record> out;
  for (const haulier_record& record : records) {
    if (goes(record)) {
      const auto name = name_of(record, schema.stream(record.stream));
      if (!name || !used.contains(*name)) continue;
    }
    out.push_back(record);
  }
  return out;
}

std::vector<std::uint64_t> origins_of(const haulier_record& refused, const std::vector<haulier_record>& records,
                                      const SinkSchema& schema) {
  std::set<std::uint64_t> out{refused.origin};
  const auto name = name_of(refused, schema.stream(refused.stream));
  for (const haulier_record& record : records) {
    if (!name) break;
    for (const RowName& row : used_by(record, schema.stream(record.stream))) {
      if (row == *name) out.insert(record.origin);
    }
  }
  return {out.begin(), out.end()};
}

}  // namespace haulier::host
