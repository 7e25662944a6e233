#include "sql_text.hpp"

#include <algorithm>

namespace haulier::postgresql {

namespace {

using sql::is_any;
using sql::is_changed_by_upsert;
using sql::is_key;
using sql::joined;
using sql::kPipelineColumn;
using sql::names;

// JSON is sent as text: binary jsonb would need a byte in front of it, and thereby a copy.
std::string parameter(const TableLayout& table, std::size_t column, std::size_t number) {
  const std::string type = sql_type(table, table.columns[column]);
  const bool json = table.columns[column].type == HAULIER_JSON;
  return "$" + std::to_string(number) + (json ? "::text::" : "::") + type;
}

// The type json has no equality.
std::string comparable(const TableLayout& table, const Column& column, const std::string& value) {
  return sql_type(table, column) == "json" ? value + "::text" : value;
}

std::string where_key(const TableLayout& table, const std::vector<std::size_t>& used) {
  return " WHERE " + joined(table, " AND ", is_key, [&](std::size_t i) {
           const auto place = std::find(used.begin(), used.end(), i) - used.begin();
           return quoted_name(table.columns[i].name) + " = " + parameter(table, i, static_cast<std::size_t>(place) + 1);
         });
}

}  // namespace

std::string sql_type(const TableLayout& table, const Column& column) {
  switch (column.type) {
    case HAULIER_BOOL:
      return "boolean";
    case HAULIER_INT64:
      return "bigint";
    case HAULIER_DOUBLE:
      return "double precision";
    case HAULIER_TIMESTAMP:
      return "timestamp with time zone";
    case HAULIER_JSON:
      return table.is_state ? "json" : "jsonb";
    case HAULIER_BLOB:
      return "bytea";
    default:
      return "text";
  }
}

std::string create_table_sql(const TableLayout& table) {
  std::string out = "CREATE TABLE " + quoted_name(table.name) + " (\n  ";
  out += joined(table, ",\n  ", is_any, [&](std::size_t i) {
    const Column& column = table.columns[i];
    return quoted_name(column.name) + " " + sql_type(table, column) + (column.not_null ? " NOT NULL" : "");
  });
  const std::string keys = names(table, is_key);
  if (!keys.empty()) out += ",\n  PRIMARY KEY (" + keys + ")";
  return out + "\n)";
}

std::string add_column_sql(const TableLayout& table, const Column& column) {
  return "ALTER TABLE " + quoted_name(table.name) + " ADD COLUMN " + quoted_name(column.name) + " " +
         sql_type(table, column);
}

std::string create_unique_index_sql(const TableLayout& table, std::string_view schema) {
  return "CREATE UNIQUE INDEX " + quoted_name(table.name + "_haulier_key") + " ON " + quoted_name(schema) + "." +
         quoted_name(table.name) + " (" + names(table, is_key) + ")";
}

std::string copy_sql(const TableLayout& table) {
  return "COPY " + quoted_name(table.name) + " (" + names(table, is_any) + ") FROM STDIN (FORMAT binary)";
}

std::string upsert_sql(const TableLayout& table) {
  std::string out = "INSERT INTO " + quoted_name(table.name) + " (" + names(table, is_any) + ") VALUES (" +
                    joined(table, ", ", is_any, [&](std::size_t i) { return parameter(table, i, i + 1); }) + ")";
  const std::string keys = names(table, is_key);
  if (keys.empty()) return out;
  const std::string changes = joined(table, ", ", is_changed_by_upsert, [&](std::size_t i) {
    return quoted_name(table.columns[i].name) + " = excluded." + quoted_name(table.columns[i].name);
  });
  out += " ON CONFLICT (" + keys + ") DO ";
  if (table.immutable || changes.empty()) return out + "NOTHING";
  const auto side = [&](const std::string& row) {
    return joined(table, ", ", is_changed_by_upsert, [&](std::size_t i) {
      return comparable(table, table.columns[i], row + "." + quoted_name(table.columns[i].name));
    });
  };
  return out + "UPDATE SET " + changes + " WHERE (" + side(quoted_name(table.name)) + ") IS DISTINCT FROM (" +
         side("excluded") + ")";
}

std::vector<std::size_t> columns_of_update(const TableLayout& table, const std::vector<bool>& given) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i].key || (given[i] && is_changed_by_upsert(table.columns[i]))) out.push_back(i);
  }
  return out;
}

std::string update_sql(const TableLayout& table, const std::vector<bool>& given) {
  const std::vector<std::size_t> used = columns_of_update(table, given);
  std::string changes, differs;
  for (std::size_t n = 0; n < used.size(); ++n) {
    const Column& column = table.columns[used[n]];
    if (column.key) continue;
    const std::string value = parameter(table, used[n], n + 1);
    changes += (changes.empty() ? "" : ", ") + quoted_name(column.name) + " = " + value;
    differs += (differs.empty() ? "" : " OR ") + comparable(table, column, quoted_name(column.name)) +
               " IS DISTINCT FROM " + comparable(table, column, value);
  }
  if (changes.empty()) return {};
  return "UPDATE " + quoted_name(table.name) + " SET " + changes + where_key(table, used) + " AND (" + differs + ")";
}

std::string delete_sql(const TableLayout& table) {
  const std::vector<bool> nothing(table.columns.size());
  return "DELETE FROM " + quoted_name(table.name) + where_key(table, columns_of_update(table, nothing));
}

std::string find_keys_sql(const TableLayout& table) {
  std::string arrays, aliases, matches;
  int n = 0;
  for (const Column& column : table.columns) {
    if (!column.key) continue;
    const std::string number = std::to_string(++n);
    arrays += (n == 1 ? "$" : ", $") + number + "::" + sql_type(table, column) + "[]";
    aliases += "c" + number + ", ";
    matches += (n == 1 ? "t." : " AND t.") + quoted_name(column.name) + " = k.c" + number;
  }
  return "SELECT k.n FROM unnest(" + arrays + ") WITH ORDINALITY AS k (" + aliases + "n) WHERE EXISTS (SELECT FROM " +
         quoted_name(table.name) + " AS t WHERE " + matches + ")";
}

std::string select_state_sql(const TableLayout& table) {
  const auto own_key = [](const Column& column) { return column.key && column.field != kPipelineColumn; };
  // Byte order, as in every other engine, whatever the database's collation is.
  const std::string order = joined(table, ", ", own_key, [&](std::size_t i) {
    const Column& column = table.columns[i];
    return quoted_name(column.name) + (column.type == HAULIER_STRING ? " COLLATE \"C\"" : "");
  });
  return "SELECT " + sql::field_names(table) + " FROM " + quoted_name(table.name) + " WHERE \"pipeline\" = $1" +
         (order.empty() ? "" : " ORDER BY " + order);
}

}  // namespace haulier::postgresql
