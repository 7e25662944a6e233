#include "table_check.hpp"

#include <algorithm>
#include <set>

#include "sql_text.hpp"

namespace haulier::sqlite {

namespace {

struct TableColumn {
  std::string name;
  std::string type;
  bool must_be_given = false;  // NOT NULL without a default
  bool in_primary_key = false;
};

std::vector<TableColumn> columns_of(const Connection& connection, const std::string& table) {
  Statement rows =
      connection.prepare("SELECT name, type, \"notnull\" AND dflt_value IS NULL, pk > 0 FROM pragma_table_info(?1)");
  rows.bind(1, table);
  std::vector<TableColumn> out;
  while (rows.step("reading the columns of " + table)) {
    out.push_back({std::string(rows.text(0)), std::string(rows.text(1)), rows.integer(2) != 0, rows.integer(3) != 0});
  }
  return out;
}

using Names = std::set<std::string>;

Names key_of(const TableLayout& table) {
  Names out;
  for (const Column& column : table.columns) {
    if (column.key) out.insert(column.name);
  }
  return out;
}

// The column sets that the database keeps unique: the primary key and every unique index without a WHERE.
std::vector<Names> unique_sets(const Connection& connection, const std::string& table,
                               const std::vector<TableColumn>& columns) {
  std::vector<Names> out(1);
  for (const TableColumn& column : columns) {
    if (column.in_primary_key) out.front().insert(column.name);
  }
  Statement indexes = connection.prepare("SELECT name FROM pragma_index_list(?1) WHERE \"unique\" AND NOT partial");
  indexes.bind(1, table);
  while (indexes.step("reading the indexes of " + table)) {
    Statement parts = connection.prepare("SELECT name FROM pragma_index_info(?1)");
    parts.bind(1, indexes.text(0));
    Names set;
    while (parts.step("reading an index of " + table)) set.insert(std::string(parts.text(0)));
    out.push_back(std::move(set));
  }
  return out;
}

void require_unique_key(const Connection& connection, const TableLayout& table,
                        const std::vector<TableColumn>& columns) {
  const Names key = key_of(table);
  if (key.empty()) return;
  const std::vector<Names> sets = unique_sets(connection, table.name, columns);
  if (std::find(sets.begin(), sets.end(), key) != sets.end()) return;
  std::string list;
  for (const Column& column : table.columns) {
    if (column.key) list += (list.empty() ? "" : ", ") + column.name;
  }
  throw Error(HAULIER_BAD_STATE,
              "table " + table.name + " has no unique index over (" + list +
                  "): without it a row could be stored twice, so nothing is written",
              create_unique_index_sql(table) + ";");
}

void require_no_foreign_duty(const TableLayout& table, const std::vector<TableColumn>& columns) {
  for (const TableColumn& existing : columns) {
    const bool given = std::any_of(table.columns.begin(), table.columns.end(),
                                   [&](const Column& column) { return column.name == existing.name; });
    // An INTEGER PRIMARY KEY outside the stream fills itself.
    if (given || !existing.must_be_given || (existing.in_primary_key && existing.type == "INTEGER")) continue;
    throw Error(HAULIER_BAD_STATE,
                "table " + table.name + " requires the column " + existing.name + ", which the stream " + table.name +
                    " of this pipeline does not have",
                "write this pipeline into another database");
  }
}

}  // namespace

void match_table(const Connection& connection, const TableLayout& table, const OnStatement& on_statement) {
  std::vector<TableColumn> columns = columns_of(connection, table.name);
  if (columns.empty()) {
    connection.run_script(create_table_sql(table), on_statement);
    return;
  }
  for (const Column& column : table.columns) {
    const auto existing =
        std::find_if(columns.begin(), columns.end(), [&](const TableColumn& c) { return c.name == column.name; });
    if (existing == columns.end()) {
      // A new part of the key would have no value in the rows that are there; the check below then refuses.
      if (!column.key) connection.run_script(add_column_sql(table, column), on_statement);
      continue;
    }
    if (existing->type != sql_type(column.type)) {
      throw Error(HAULIER_BAD_STATE,
                  "column " + column.name + " of table " + table.name + " is " + existing->type +
                      ", the stream of this pipeline needs " + std::string(sql_type(column.type)),
                  "write this pipeline into another database");
    }
  }
  require_no_foreign_duty(table, columns);
  require_unique_key(connection, table, columns);
}

Connection schema_copy(const Connection* original) {
  Connection copy = Connection::in_memory();
  if (original == nullptr) return copy;
  Statement objects = original->prepare(
      "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' "
      "ORDER BY type = 'view', type = 'trigger', type = 'index', rowid");
  while (objects.step("reading the schema")) {
    // What needs a function or module that is not here is somebody else's and does not matter for the plan.
    sqlite3_exec(copy.get(), std::string(objects.text(0)).c_str(), nullptr, nullptr, nullptr);
  }
  if (copy.integer("SELECT count(*) FROM sqlite_master WHERE name = 'schema_migrations'") == 0) return copy;
  Statement rows = original->prepare("SELECT version, name, applied_at, checksum FROM schema_migrations");
  while (rows.step("reading schema_migrations")) {
    Statement insert = copy.prepare("INSERT INTO schema_migrations VALUES (?1, ?2, ?3, ?4)");
    insert.bind(1, rows.integer(0));
    for (int i = 1; i < 4; ++i) insert.bind(i + 1, rows.text(i));
    insert.run("copying schema_migrations");
  }
  return copy;
}

}  // namespace haulier::sqlite
