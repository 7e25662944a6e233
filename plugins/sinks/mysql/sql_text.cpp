#include "sql_text.hpp"

#include <algorithm>

namespace haulier::mysql {

namespace {

using sql::is_any;
using sql::is_changed_by_upsert;
using sql::is_key;
using sql::joined;
using sql::kPipelineColumn;
using sql::names;

constexpr std::string_view kTableEnd = "\n) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin ENGINE InnoDB";
constexpr std::size_t kIndexRow = 3072;   // bytes of an index row (InnoDB, 16 KiB pages, DYNAMIC)
constexpr std::size_t kCharacter = 4;     // bytes of one in utf8mb4, at most
constexpr std::size_t kLongestKey = 512;  // characters of one text in a key

bool is_text(const Column& column) noexcept { return column.type == HAULIER_STRING || column.type == HAULIER_JSON; }

// What is left of the index row for each text of the key.
std::size_t key_characters(const TableLayout& table) noexcept {
  std::size_t texts = 0, left = kIndexRow;
  for (const Column& column : table.columns) {
    if (!column.key) continue;
    if (is_text(column)) {
      ++texts;
    } else {
      left -= 8;
    }
  }
  return texts == 0 ? kLongestKey : std::min(kLongestKey, left / kCharacter / texts);
}

std::string sql_type(const TableLayout& table, const Column& column) {
  switch (column.type) {
    case HAULIER_BOOL:
      return "boolean";
    case HAULIER_INT64:
      return "bigint";
    case HAULIER_DOUBLE:
      return "double";
    case HAULIER_TIMESTAMP:
      return "datetime(6)";
    case HAULIER_BLOB:
      return "longblob";
    default:
      if (column.key) return "varchar(" + std::to_string(key_characters(table)) + ")";
      // The state comes back as the text it was given as, and a JSON column checks what the source vouches for.
      return column.type == HAULIER_JSON && !table.is_state ? "json" : "longtext";
  }
}

std::string where_key(const TableLayout& table) {
  return " WHERE " +
         joined(table, " AND ", is_key, [&](std::size_t i) { return quoted_name(table.columns[i].name) + " = ?"; });
}

}  // namespace

std::string text_literal(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out = "_utf8mb4 X'";
  for (const char c : text) {
    out += kDigits[static_cast<unsigned char>(c) >> 4];
    out += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return out + "' COLLATE utf8mb4_nopad_bin";
}

std::string type_of(const Column& column) {
  switch (column.type) {
    case HAULIER_BOOL:
      return "tinyint";
    case HAULIER_INT64:
      return "bigint";
    case HAULIER_DOUBLE:
      return "double";
    case HAULIER_TIMESTAMP:
      return "datetime";
    case HAULIER_BLOB:
      return "longblob";
    default:
      return "text";
  }
}

std::string type_family(std::string_view data_type) {
  for (const std::string_view text : {"varchar", "char", "longtext", "mediumtext", "tinytext"}) {
    if (data_type == text) return "text";
  }
  return std::string(data_type);
}

std::string create_table_sql(const TableLayout& table) {
  std::string out = "CREATE TABLE " + quoted_name(table.name) + " (\n  ";
  out += joined(table, ",\n  ", is_any, [&](std::size_t i) {
    const Column& column = table.columns[i];
    return quoted_name(column.name) + " " + sql_type(table, column) + (column.not_null ? " NOT NULL" : "");
  });
  const std::string keys = names(table, is_key);
  if (!keys.empty()) out += ",\n  PRIMARY KEY (" + keys + ")";
  return out.append(kTableEnd);
}

std::string add_column_sql(const TableLayout& table, const Column& column) {
  return "ALTER TABLE " + quoted_name(table.name) + " ADD COLUMN " + quoted_name(column.name) + " " +
         sql_type(table, column);
}

std::string create_unique_index_sql(const TableLayout& table) {
  return "CREATE UNIQUE INDEX " + table.name + "_haulier_key ON " + table.name + " (" +
         joined(table, ", ", is_key, [&](std::size_t i) { return "`" + table.columns[i].name + "`"; }) + ")";
}

std::string insert_sql(const TableLayout& table) {
  return "INSERT INTO " + quoted_name(table.name) + " (" + names(table, is_any) + ") VALUES (" +
         joined(table, ", ", is_any, [](std::size_t) { return std::string("?"); }) + ")";
}

std::string upsert_sql(const TableLayout& table) {
  const std::string keys = names(table, is_key);
  if (keys.empty()) return insert_sql(table);
  std::string changes = joined(table, ", ", is_changed_by_upsert, [&](std::size_t i) {
    const std::string name = quoted_name(table.columns[i].name);
    return name + " = VALUES(" + name + ")";
  });
  if (table.immutable || changes.empty()) {
    const auto first = std::find_if(table.columns.begin(), table.columns.end(), is_key);
    changes = quoted_name(first->name) + " = " + quoted_name(table.name) + "." + quoted_name(first->name);
  }
  return insert_sql(table) + " ON DUPLICATE KEY UPDATE " + changes;
}

std::vector<std::size_t> columns_of_update(const TableLayout& table, const std::vector<bool>& given) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (given[i] && is_changed_by_upsert(table.columns[i])) out.push_back(i);
  }
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i].key) out.push_back(i);
  }
  return out;
}

std::string update_sql(const TableLayout& table, const std::vector<bool>& given) {
  std::string changes;
  for (const std::size_t i : columns_of_update(table, given)) {
    if (table.columns[i].key) continue;
    changes += (changes.empty() ? "" : ", ") + quoted_name(table.columns[i].name) + " = ?";
  }
  if (changes.empty()) return {};
  return "UPDATE " + quoted_name(table.name) + " SET " + changes + where_key(table);
}

std::string delete_sql(const TableLayout& table) { return "DELETE FROM " + quoted_name(table.name) + where_key(table); }

std::string find_keys_sql(const TableLayout& table, std::string_view rows) {
  std::string columns = "n", matches;
  int n = 0;
  for (const Column& column : table.columns) {
    if (!column.key) continue;
    const std::string ours = "c" + std::to_string(++n);
    columns += ", " + ours;
    matches += (n == 1 ? "t." : " AND t.") + quoted_name(column.name) + " = k." + ours;
  }
  std::string out = "WITH k (" + columns + ") AS (VALUES ";
  out += rows;
  return out + ") SELECT k.n FROM k STRAIGHT_JOIN " + quoted_name(table.name) + " AS t ON " + matches;
}

std::string select_state_sql(const TableLayout& table, std::string_view pipeline) {
  const auto own_key = [](const Column& column) { return column.key && column.field != kPipelineColumn; };
  const std::string order = names(table, own_key);
  return "SELECT " + sql::field_names(table) + " FROM " + quoted_name(table.name) +
         " WHERE \"pipeline\" = " + text_literal(pipeline) + (order.empty() ? "" : " ORDER BY " + order);
}

}  // namespace haulier::mysql
