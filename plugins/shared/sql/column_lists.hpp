// Lists of columns as the statements of every dialect need them. Pure. Names come from a checked layout and are quoted;
// double quotes are standard SQL.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "table_layout.hpp"

namespace haulier::sql {

// Not called quoted: std::quoted would win for a std::string.
[[nodiscard]] inline std::string quoted_name(std::string_view name) { return "\"" + std::string(name) + "\""; }

[[nodiscard]] inline bool is_any(const Column&) noexcept { return true; }
[[nodiscard]] inline bool is_key(const Column& column) noexcept { return column.key; }
[[nodiscard]] inline bool is_changed_by_upsert(const Column& column) noexcept {
  return !column.key && !column.insert_only;
}

// The columns that `pick` chooses, each written by `write(index)`, with `separator` between them.
template <class Pick, class Write>
[[nodiscard]] std::string joined(const TableLayout& table, std::string_view separator, Pick&& pick, Write&& write) {
  std::string out;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (!pick(table.columns[i])) continue;
    if (!out.empty()) out += separator;
    out += write(i);
  }
  return out;
}

template <class Pick>
[[nodiscard]] std::string names(const TableLayout& table, Pick&& pick) {
  return joined(table, ", ", pick, [&](std::size_t i) { return quoted_name(table.columns[i].name); });
}

// The fields of the stream in the order of the stream, for reading rows back.
[[nodiscard]] inline std::string field_names(const TableLayout& table) {
  std::string out;
  for (std::uint32_t field = 0; field < table.n_fields; ++field) {
    for (const Column& column : table.columns) {
      if (column.field == field) out += (out.empty() ? "" : ", ") + quoted_name(column.name);
    }
  }
  return out;
}

}  // namespace haulier::sql
