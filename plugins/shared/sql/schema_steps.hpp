// What a server's tables lack, in order: the migrations that were not applied, then the tables and columns of streams.
// Pure; a sink tells what its catalog holds and how its dialect spells things.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "migrations.hpp"
#include "table_layout.hpp"
#include "table_match.hpp"

namespace haulier::sql {

// The tables of one database, and its dialect. Every call may throw Error.
class Catalog {
 public:
  Catalog() = default;
  Catalog(const Catalog&) = delete;
  Catalog& operator=(const Catalog&) = delete;
  virtual ~Catalog() = default;

  // All files of schemas/<dialect>, by version from 1 without a gap.
  [[nodiscard]] virtual const std::vector<Migration>& migrations() const = 0;
  // CREATE TABLE schema_migrations ...
  [[nodiscard]] virtual std::string_view create_migrations_sql() const = 0;

  // What comes before all tables, e.g. CREATE SCHEMA, when it is missing.
  [[nodiscard]] virtual std::vector<std::string> first_statements() { return {}; }

  [[nodiscard]] virtual bool has_table(const std::string& name) = 0;
  // The rows of schema_migrations, which is there, by version.
  [[nodiscard]] virtual std::vector<AppliedMigration> applied() = 0;
  // Without columns: there is no such table.
  [[nodiscard]] virtual ExistingTable read_table(const std::string& name) = 0;

  [[nodiscard]] virtual std::string type_of(const TableLayout& table, const Column& column) const = 0;
  [[nodiscard]] virtual std::string create_table(const TableLayout& table) const = 0;
  [[nodiscard]] virtual std::string add_column(const TableLayout& table, const Column& column) const = 0;
  [[nodiscard]] virtual std::string create_unique_index(const TableLayout& table) const = 0;
};

// The highest version the database has; 0 for an empty one. Throws Error(HAULIER_BAD_STATE), see checked_version() of
// migrations.hpp.
[[nodiscard]] int checked_version(Catalog& catalog);

// `run` is given every statement that is missing, in order, and does it or only notes it; `record` is called behind
// each migration.
// Throws Error(HAULIER_BAD_STATE) when the database is newer or contradicts a stream, see missing_columns().
void complete_schema(Catalog& catalog, const Layouts& layouts, const OnStatement& run,
                     const std::function<void(const Migration&)>& record);

// The statements that complete_schema() would run. Changes nothing. Throws as it does.
[[nodiscard]] std::vector<std::string> plan_schema(Catalog& catalog, const Layouts& layouts);

}  // namespace haulier::sql
