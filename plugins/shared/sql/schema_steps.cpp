#include "schema_steps.hpp"

#include <set>

namespace haulier::sql {

namespace {

// The table that a statement of a migration makes; empty: none.
std::string created_table(std::string_view statement) {
  for (const std::string_view head : {"CREATE TABLE IF NOT EXISTS ", "CREATE TABLE "}) {
    if (statement.substr(0, head.size()) != head) continue;
    const std::string_view rest = statement.substr(head.size());
    return std::string(rest.substr(0, rest.find_first_of(" (")));
  }
  return {};
}

void match(Catalog& catalog, const TableLayout& table, const std::set<std::string>& made, const OnStatement& run) {
  const ExistingTable existing = catalog.read_table(table.name);
  if (existing.columns.empty()) {
    // While planning, the tables of migrations that did not run are not there yet.
    if (made.count(table.name) == 0) run(catalog.create_table(table));
    return;
  }
  const auto type_of = [&](const Column& column) { return catalog.type_of(table, column); };
  const std::string repair = catalog.create_unique_index(table) + ";";
  for (const Column* column : missing_columns(table, existing, type_of, repair)) {
    run(catalog.add_column(table, *column));
  }
}

}  // namespace

int checked_version(Catalog& catalog) {
  return catalog.has_table("schema_migrations") ? checked_version(catalog.applied(), catalog.migrations()) : 0;
}

void complete_schema(Catalog& catalog, const Layouts& layouts, const OnStatement& run,
                     const std::function<void(const Migration&)>& record) {
  const auto& migrations = catalog.migrations();
  std::set<std::string> made;
  for (const std::string& statement : catalog.first_statements()) run(statement);
  const int version = checked_version(catalog);
  if (version == 0 && !catalog.has_table("schema_migrations")) run(catalog.create_migrations_sql());
  for (auto i = static_cast<std::size_t>(version); i < migrations.size(); ++i) {
    for (const std::string_view statement : statements_of(migrations[i].sql)) {
      made.insert(created_table(statement));
      run(statement);
    }
    record(migrations[i]);
  }
  for (const auto& layout : layouts) {
    if (layout) match(catalog, *layout, made, run);
  }
}

std::vector<std::string> plan_schema(Catalog& catalog, const Layouts& layouts) {
  std::vector<std::string> out;
  complete_schema(
      catalog, layouts, [&](std::string_view statement) { out.emplace_back(statement); }, [](const Migration&) {});
  return out;
}

}  // namespace haulier::sql
