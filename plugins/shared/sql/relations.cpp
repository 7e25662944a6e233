#include "relations.hpp"

#include <algorithm>

#include "haulier/error.hpp"
#include "mime/sha256.hpp"

namespace haulier::sql {

namespace {

constexpr std::size_t kFingerprintDigits = 32;

bool names_a_stream(std::uint32_t kind) { return kind == HAULIER_RELATION_PART_OF || kind == HAULIER_RELATION_USES; }

RelatedStream related_stream(const haulier_stream& declared, const TableLayout& layout) {
  RelatedStream out;
  out.name = layout.name;
  out.columns = layout.columns;
  out.outside = (declared.flags & HAULIER_STREAM_OUTSIDE) != 0;
  std::size_t keys = 0;
  for (const Column& column : layout.columns) {
    if (!column.key) continue;
    ++keys;
    if (column.type != HAULIER_STRING || column.field >= layout.n_fields) continue;
    out.key = column.name;
    out.key_place = column.field;
  }
  if (keys != 1) out.key.clear();
  return out;
}

}  // namespace

bool RelatedStream::has(std::uint32_t kind) const noexcept {
  return std::any_of(relations.begin(), relations.end(), [&](const StreamRelation& r) { return r.kind == kind; });
}

Relations::Relations(SchemaView schema, const std::vector<std::optional<TableLayout>>& layouts) {
  for (std::uint32_t i = 0; i < schema.size(); ++i) {
    streams_.push_back(layouts[i] ? related_stream(schema[i], *layouts[i]) : RelatedStream());
  }
  for (std::uint32_t i = 0; i < schema.size(); ++i) {
    if (streams_[i].name.empty()) continue;
    for (const haulier_relation& relation : relations_of(schema[i])) add_relation(streams_[i], schema[i], relation);
  }
}

void Relations::add_relation(RelatedStream& stream, const haulier_stream& declared, const haulier_relation& relation) {
  StreamRelation out;
  out.kind = relation.kind;
  const auto refuse = [&](const char* words) {
    throw Error(HAULIER_BAD_STATE, "the stream " + stream.name + " has a relation " + words);
  };
  for (std::uint32_t i = 0; i < relation.n_fields; ++i) {
    const std::string_view name = view(relation.fields[i]);
    const auto place = find_field(declared, name);
    if (!place) refuse("over a field that it has not");
    const std::uint32_t type = declared.fields[*place].type;
    const bool comparable = type == HAULIER_STRING || (type == HAULIER_INT64 && out.kind == HAULIER_RELATION_IDENTITY);
    if (!comparable) refuse("over a field of another type than text");
    out.fields.emplace_back(name);
    out.places.push_back(*place);
  }
  if (out.fields.empty() || (out.kind != HAULIER_RELATION_IDENTITY && out.fields.size() != 1)) {
    refuse("over another number of fields than it can have");
  }
  if (names_a_stream(out.kind)) {
    const auto target = find(view(relation.stream));
    if (!target) return;
    if (streams_[*target].key.empty()) refuse("to a stream whose key is not one text");
    out.target = *target;
  }
  stream.relations.push_back(std::move(out));
}

std::optional<std::size_t> Relations::find(std::string_view stream) const noexcept {
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    if (!stream.empty() && streams_[i].name == stream) return i;
  }
  return std::nullopt;
}

std::string fingerprint(std::string_view stream, const std::vector<std::string>& fields,
                        const std::vector<std::string>& values) {
  std::string text(stream);
  for (const std::string& field : fields) text.append(1, '\0').append(field);
  for (const std::string& value : values) text.append(1, '\0').append(value);
  mime::Sha256 sha256;
  sha256.begin();
  sha256.update(text);
  return std::string(mime::view_of(mime::hex_of(sha256.finish())).substr(0, kFingerprintDigits));
}

std::optional<std::string> identity_text(const haulier_value& value) {
  if (value.type == HAULIER_STRING) return std::string(view(value.v.s));
  if (value.type == HAULIER_INT64) return std::to_string(value.v.i);
  return std::nullopt;
}

std::optional<std::string> fingerprint_of(const Relations& relations, std::size_t stream,
                                          const StreamRelation& relation, const haulier_value* values) {
  std::vector<std::string> texts;
  for (const std::uint32_t place : relation.places) {
    std::optional<std::string> text = identity_text(values[place]);
    if (!text) return std::nullopt;
    texts.push_back(std::move(*text));
  }
  if (relation.kind == HAULIER_RELATION_PART_OF) {
    const RelatedStream& target = relations.streams()[relation.target];
    return fingerprint(target.name, {target.key}, texts);
  }
  const bool group = relation.kind == HAULIER_RELATION_GROUP;
  return fingerprint(group ? std::string_view() : std::string_view(relations.streams()[stream].name), relation.fields,
                     texts);
}

}  // namespace haulier::sql
