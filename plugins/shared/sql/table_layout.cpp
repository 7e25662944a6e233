#include "table_layout.hpp"

#include <algorithm>
#include <set>

#include "haulier/error.hpp"

namespace haulier::sql {

namespace {

constexpr std::size_t kLongestName = 63;
constexpr std::string_view kQuarantine = "quarantine";

bool valid_name(std::string_view name) noexcept {
  const auto letter = [](char c) { return c >= 'a' && c <= 'z'; };
  return !name.empty() && name.size() <= kLongestName && letter(name.front()) &&
         std::all_of(name.begin(), name.end(), [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '_'; });
}

bool reserved(std::string_view table) noexcept {
  // A pipeline that fits one database fits them all.
  return table.rfind("sqlite_", 0) == 0 || table.rfind("pg_", 0) == 0 || table == "haulier_pipelines" ||
         table == "schema_migrations";
}

Column column_of(const haulier_field& field, std::uint32_t index) {
  Column out;
  out.name = std::string(view(field.name));
  out.type = static_cast<haulier_type>(field.type);
  out.field = index;
  out.key = (field.flags & HAULIER_FIELD_KEY) != 0;
  out.not_null = out.key || (field.flags & HAULIER_FIELD_NOT_NULL) != 0;
  out.insert_only = (field.flags & HAULIER_FIELD_INSERT_ONLY) != 0;
  return out;
}

void check_names(const TableLayout& table) {
  if (!valid_name(table.name) || reserved(table.name)) {
    throw Error(HAULIER_BAD_STATE, "the stream '" + table.name + "' cannot be a table: its name is not allowed");
  }
  std::set<std::string_view> seen;
  for (const Column& column : table.columns) {
    if (!valid_name(column.name)) {
      throw Error(HAULIER_BAD_STATE,
                  "field '" + column.name + "' of stream " + table.name + ": the name is not allowed");
    }
    if (!seen.insert(column.name).second) {
      throw Error(HAULIER_BAD_STATE, "field '" + column.name + "' of stream " + table.name +
                                         " is there twice, or is a column that the sink fills itself");
    }
    if (column.type < HAULIER_BOOL || column.type > HAULIER_BLOB || (column.key && column.type == HAULIER_BLOB)) {
      throw Error(HAULIER_BAD_STATE, "field '" + column.name + "' of stream " + table.name + " has no usable type");
    }
  }
}

}  // namespace

std::vector<haulier_type> TableLayout::field_types() const {
  std::vector<haulier_type> out(n_fields);
  for (const Column& column : columns) {
    if (column.field < n_fields) out[column.field] = column.type;
  }
  return out;
}

TableLayout layout_of(const haulier_stream& stream) {
  TableLayout out;
  out.name = std::string(view(stream.name));
  out.n_fields = stream.n_fields;
  out.immutable = (stream.flags & HAULIER_STREAM_IMMUTABLE) != 0;
  out.is_state = (stream.flags & HAULIER_STREAM_STATE) != 0;
  if (out.is_state || out.name == kQuarantine) {
    out.columns.push_back({"pipeline", HAULIER_STRING, kPipelineColumn, true, true, false});
  }
  for (std::uint32_t i = 0; i < stream.n_fields; ++i) out.columns.push_back(column_of(stream.fields[i], i));
  if (out.is_state) out.columns.push_back({"updated_at", HAULIER_TIMESTAMP, kUpdatedAtColumn, false, true, false});
  std::stable_partition(out.columns.begin(), out.columns.end(),
                        [](const Column& column) { return column.type != HAULIER_BLOB; });
  check_names(out);
  return out;
}

Layouts layouts_of(SchemaView streams) {
  Layouts out;
  for (std::uint32_t i = 0; i < streams.size(); ++i) {
    const bool transient = (streams[i].flags & HAULIER_STREAM_TRANSIENT) != 0;
    out.push_back(transient ? std::nullopt : std::optional<TableLayout>(layout_of(streams[i])));
  }
  return out;
}

}  // namespace haulier::sql
