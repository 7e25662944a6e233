#include "table_check.hpp"

#include "sql_text.hpp"
#include "table_match.hpp"

namespace haulier::sqlite {

namespace {

sql::ExistingTable read_table(const Connection& connection, const std::string& table) {
  sql::ExistingTable out;
  sql::ColumnNames primary_key;
  // An INTEGER PRIMARY KEY outside the stream fills itself.
  Statement rows = connection.prepare(
      "SELECT name, type, \"notnull\" AND dflt_value IS NULL AND NOT (pk > 0 AND type = 'INTEGER'), pk > 0 "
      "FROM pragma_table_info(?1)");
  rows.bind(1, table);
  while (rows.step("reading the columns of " + table)) {
    out.columns.push_back({std::string(rows.text(0)), std::string(rows.text(1)), rows.integer(2) != 0});
    if (rows.integer(3) != 0) primary_key.insert(out.columns.back().name);
  }
  out.unique_sets.push_back(std::move(primary_key));
  Statement indexes = connection.prepare("SELECT name FROM pragma_index_list(?1) WHERE \"unique\" AND NOT partial");
  indexes.bind(1, table);
  while (indexes.step("reading the indexes of " + table)) {
    Statement parts = connection.prepare("SELECT name FROM pragma_index_info(?1)");
    parts.bind(1, indexes.text(0));
    sql::ColumnNames set;
    while (parts.step("reading an index of " + table)) set.insert(std::string(parts.text(0)));
    out.unique_sets.push_back(std::move(set));
  }
  return out;
}

}  // namespace

void match_table(const Connection& connection, const TableLayout& table, const OnStatement& on_statement) {
  const sql::ExistingTable existing = read_table(connection, table.name);
  if (existing.columns.empty()) {
    connection.run_script(create_table_sql(table), on_statement);
    return;
  }
  const auto type_of = [](const Column& column) { return std::string(sql_type(column.type)); };
  for (const Column* column : sql::missing_columns(table, existing, type_of, create_unique_index_sql(table) + ";")) {
    connection.run_script(add_column_sql(table, *column), on_statement);
  }
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
