#include "sql_text.hpp"

namespace haulier::sqlite {

namespace {

using sql::is_any;
using sql::is_changed_by_upsert;
using sql::is_key;
using sql::joined;
using sql::names;

std::string parameter(std::size_t i) { return "?" + std::to_string(i + 1); }

std::string where_key(const TableLayout& table) {
  return " WHERE " + joined(table, " AND ", is_key,
                            [&](std::size_t i) { return quoted_name(table.columns[i].name) + " = " + parameter(i); });
}

}  // namespace

std::string_view sql_type(haulier_type type) noexcept {
  switch (type) {
    case HAULIER_BOOL:
    case HAULIER_INT64:
      return "INTEGER";
    case HAULIER_DOUBLE:
      return "REAL";
    case HAULIER_BLOB:
      return "BLOB";
    default:
      return "TEXT";
  }
}

std::string create_table_sql(const TableLayout& table) {
  std::string out = "CREATE TABLE " + quoted_name(table.name) + " (\n  ";
  out += joined(table, ",\n  ", is_any, [&](std::size_t i) {
    const Column& column = table.columns[i];
    return quoted_name(column.name) + " " + std::string(sql_type(column.type)) + (column.not_null ? " NOT NULL" : "");
  });
  const std::string keys = names(table, is_key);
  if (!keys.empty()) out += ",\n  PRIMARY KEY (" + keys + ")";
  return out + "\n) STRICT";
}

std::string add_column_sql(const TableLayout& table, const Column& column) {
  return "ALTER TABLE " + quoted_name(table.name) + " ADD COLUMN " + quoted_name(column.name) + " " +
         std::string(sql_type(column.type));
}

std::string create_unique_index_sql(const TableLayout& table) {
  return "CREATE UNIQUE INDEX " + quoted_name(table.name + "_key") + " ON " + quoted_name(table.name) + " (" +
         names(table, is_key) + ")";
}

std::string upsert_sql(const TableLayout& table) {
  std::string out = "INSERT INTO " + quoted_name(table.name) + " (" + names(table, is_any) + ") VALUES (" +
                    joined(table, ", ", is_any, parameter) + ")";
  const std::string keys = names(table, is_key);
  if (keys.empty()) return out;
  const std::string changes = joined(table, ", ", is_changed_by_upsert, [&](std::size_t i) {
    return quoted_name(table.columns[i].name) + " = excluded." + quoted_name(table.columns[i].name);
  });
  out += " ON CONFLICT (" + keys + ") DO ";
  if (table.immutable || changes.empty()) return out + "NOTHING";
  const std::string differs = joined(table, " OR ", is_changed_by_upsert, [&](std::size_t i) {
    const std::string name = quoted_name(table.columns[i].name);
    return quoted_name(table.name) + "." + name + " IS NOT excluded." + name;
  });
  return out + "UPDATE SET " + changes + " WHERE " + differs;
}

std::string update_sql(const TableLayout& table, const std::vector<bool>& given) {
  const auto set = [&](const Column& column) {
    return is_changed_by_upsert(column) && given[static_cast<std::size_t>(&column - table.columns.data())];
  };
  const std::string changes = joined(
      table, ", ", set, [&](std::size_t i) { return quoted_name(table.columns[i].name) + " = " + parameter(i); });
  if (changes.empty()) return {};
  const std::string differs = joined(table, " OR ", set, [&](std::size_t i) {
    return quoted_name(table.columns[i].name) + " IS NOT " + parameter(i);
  });
  return "UPDATE " + quoted_name(table.name) + " SET " + changes + where_key(table) + " AND (" + differs + ")";
}

std::string delete_sql(const TableLayout& table) { return "DELETE FROM " + quoted_name(table.name) + where_key(table); }

std::string find_sql(const TableLayout& table) {
  return "SELECT rowid FROM " + quoted_name(table.name) + where_key(table);
}

std::string select_state_sql(const TableLayout& table) {
  const auto own_key = [](const Column& column) { return column.key && column.field != kPipelineColumn; };
  const std::string order = names(table, own_key);
  return "SELECT " + sql::field_names(table) + " FROM " + quoted_name(table.name) + " WHERE \"pipeline\" = ?1" +
         (order.empty() ? "" : " ORDER BY " + order);
}

}  // namespace haulier::sqlite
