// Catalog: the tables of one schema of a PostgreSQL database.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "connection.hpp"
#include "options.hpp"
#include "schema_steps.hpp"
#include "sql_text.hpp"

namespace haulier::postgresql {

// Borrows both, for a call or two.
class Catalog final : public sql::Catalog {
 public:
  Catalog(Connection& connection, const Options& options) : connection_(connection), options_(options) {}

  // Everything that is missing, in one transaction under an advisory lock, so that two first runs do not meet; a crash
  // leaves the old schema or the new one. `on_statement` is told each statement before it runs, and "COMMIT". Throws
  // as sql::complete_schema().
  void set_up(const sql::Layouts& layouts, const sql::OnStatement& on_statement);

  [[nodiscard]] const std::vector<sql::Migration>& migrations() const override;
  [[nodiscard]] std::string_view create_migrations_sql() const override;
  [[nodiscard]] std::vector<std::string> first_statements() override;
  [[nodiscard]] bool has_table(const std::string& name) override;
  [[nodiscard]] std::vector<sql::AppliedMigration> applied() override;
  [[nodiscard]] sql::ExistingTable read_table(const std::string& table) override;
  [[nodiscard]] std::string type_of(const TableLayout& table, const Column& column) const override {
    return sql_type(table, column);
  }
  [[nodiscard]] std::string create_table(const TableLayout& table) const override { return create_table_sql(table); }
  [[nodiscard]] std::string add_column(const TableLayout& table, const Column& column) const override {
    return add_column_sql(table, column);
  }
  [[nodiscard]] std::string create_unique_index(const TableLayout& table) const override {
    return create_unique_index_sql(table, options_.schema);
  }

 private:
  [[nodiscard]] std::string full_name(const std::string& table) const;

  Connection& connection_;
  const Options& options_;
};

}  // namespace haulier::postgresql
