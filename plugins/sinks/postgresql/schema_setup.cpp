#include "schema_setup.hpp"

#include <cstdlib>
#include <iterator>
#include <set>

#include "schema_files.hpp"  // generated from schemas/postgresql
#include "table_match.hpp"

namespace haulier::postgresql {

namespace {

constexpr std::string_view kCreateMigrations =
    "CREATE TABLE schema_migrations (\n  version bigint NOT NULL PRIMARY KEY,\n  name text NOT NULL,\n"
    "  applied_at timestamptz NOT NULL,\n  checksum text NOT NULL\n)";

Parameters with(std::initializer_list<std::string_view> values) {
  Parameters out;
  for (const std::string_view value : values) out.binary(value);
  return out;
}

std::string full_name(const Options& options, const std::string& table) {
  return quoted_name(options.schema) + "." + quoted_name(table);
}

sql::ExistingTable read_table(Connection& connection, const Options& options, const std::string& table) {
  const std::string name = full_name(options, table);
  const std::string doing = "reading the columns of " + table;
  sql::ExistingTable out;
  const Result columns = connection.run(
      "SELECT attname::text, format_type(atttypid, atttypmod), (attnotnull AND NOT atthasdef AND attidentity = '' AND "
      "attgenerated = '')::text FROM pg_attribute WHERE attrelid = to_regclass($1::text) AND attnum > 0 AND NOT "
      "attisdropped ORDER BY attnum",
      with({name}), doing);
  for (int row = 0; row < columns.rows(); ++row) {
    out.columns.push_back(
        {std::string(columns.bytes(row, 0)), std::string(columns.bytes(row, 1)), columns.bytes(row, 2) == "true"});
  }
  // An index that is partial, over expressions, not valid or deferrable does not serve ON CONFLICT.
  const Result keys = connection.run(
      "SELECT i.indexrelid::text, a.attname::text FROM pg_index AS i JOIN pg_attribute AS a ON a.attrelid = i.indrelid "
      "AND a.attnum = ANY ((i.indkey::int2[])[0 : i.indnkeyatts - 1]) WHERE i.indrelid = to_regclass($1::text) AND "
      "i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL ORDER BY 1",
      with({name}), doing);
  std::string index;
  for (int row = 0; row < keys.rows(); ++row) {
    if (row == 0 || keys.bytes(row, 0) != index) out.unique_sets.emplace_back();
    index = std::string(keys.bytes(row, 0));
    out.unique_sets.back().insert(std::string(keys.bytes(row, 1)));
  }
  return out;
}

// The table that a statement of a migration makes; empty: none.
std::string created_table(std::string_view statement) {
  constexpr std::string_view kHead = "CREATE TABLE ";
  if (statement.substr(0, kHead.size()) != kHead) return {};
  const std::string_view rest = statement.substr(kHead.size());
  return std::string(rest.substr(0, rest.find_first_of(" (")));
}

// What is to be done, in order; `run` does it, or only notes it.
class SchemaSteps {
 public:
  SchemaSteps(Connection& connection, const Options& options, sql::OnStatement run)
      : connection_(connection), options_(options), run_(std::move(run)) {}

  void make_schema() {
    const Result found = connection_.run("SELECT 1 FROM pg_namespace WHERE nspname = $1::text", with({options_.schema}),
                                         "looking for the schema");
    if (found.rows() == 0) run_("CREATE SCHEMA " + quoted_name(options_.schema));
  }

  // `record` is called behind each migration.
  void migrate(const std::function<void(const sql::Migration&)>& record) {
    const auto& migrations = all_migrations();
    const int version = checked_version(connection_, options_);
    if (version == 0 && !table_exists(connection_, options_, "schema_migrations")) run_(kCreateMigrations);
    for (auto i = static_cast<std::size_t>(version); i < migrations.size(); ++i) {
      for (const std::string_view statement : sql::statements_of(migrations[i].sql)) {
        made_.insert(created_table(statement));
        run_(statement);
      }
      record(migrations[i]);
    }
  }

  void match(const TableLayout& table) {
    const sql::ExistingTable existing = read_table(connection_, options_, table.name);
    if (existing.columns.empty()) {
      // While planning, the tables of migrations that did not run are not there yet.
      if (made_.count(table.name) == 0) run_(create_table_sql(table));
      return;
    }
    const auto type_of = [&](const Column& column) { return sql_type(table, column); };
    const std::string repair = create_unique_index_sql(table, options_.schema) + ";";
    for (const Column* column : sql::missing_columns(table, existing, type_of, repair)) {
      run_(add_column_sql(table, *column));
    }
  }

 private:
  Connection& connection_;
  const Options& options_;
  sql::OnStatement run_;
  std::set<std::string> made_;  // tables of the migrations of this call
};

}  // namespace

const std::vector<sql::Migration>& all_migrations() {
  static const std::vector<sql::Migration> kAll(std::begin(schema_files), std::end(schema_files));
  return kAll;
}

bool table_exists(Connection& connection, const Options& options, const std::string& table) {
  const Result found = connection.run("SELECT 1 WHERE to_regclass($1::text) IS NOT NULL",
                                      with({full_name(options, table)}), "looking for table " + table);
  return found.rows() != 0;
}

int checked_version(Connection& connection, const Options& options) {
  if (!table_exists(connection, options, "schema_migrations")) return 0;
  const Result rows = connection.run("SELECT version::text, checksum FROM schema_migrations ORDER BY version",
                                     Parameters(), "reading schema_migrations");
  std::vector<sql::AppliedMigration> applied;
  for (int row = 0; row < rows.rows(); ++row) {
    applied.push_back(
        {std::strtoll(std::string(rows.bytes(row, 0)).c_str(), nullptr, 10), std::string(rows.bytes(row, 1))});
  }
  return sql::checked_version(applied, all_migrations());
}

void set_up_schema(Connection& connection, const Options& options, const Layouts& layouts,
                   const sql::OnStatement& on_statement) {
  constexpr const char* kDoing = "setting up the tables";
  bool changed = false;
  connection.run("BEGIN", kDoing);
  connection.run("SELECT pg_advisory_xact_lock(hashtext('haulier'), hashtext($1::text))", with({options.schema}),
                 kDoing);
  SchemaSteps steps(connection, options, [&](std::string_view statement) {
    changed = true;
    on_statement(statement);
    connection.run(std::string(statement), kDoing);
  });
  steps.make_schema();
  steps.migrate([&](const sql::Migration& migration) {
    connection.run(
        "INSERT INTO schema_migrations (version, name, applied_at, checksum) VALUES ($1::text::bigint, $2, now(), $3)",
        with({std::to_string(migration.version), migration.name, migration.sha256}), "recording a migration");
  });
  for (const auto& layout : layouts) {
    if (layout) steps.match(*layout);
  }
  if (!changed) {
    connection.rollback_quietly();
    return;
  }
  on_statement("COMMIT");
  connection.run("COMMIT", kDoing);
}

std::vector<std::string> plan_schema(Connection& connection, const Options& options, const Layouts& layouts) {
  std::vector<std::string> out;
  SchemaSteps steps(connection, options, [&](std::string_view statement) { out.emplace_back(statement); });
  steps.make_schema();
  steps.migrate([](const sql::Migration&) {});
  for (const auto& layout : layouts) {
    if (layout) steps.match(*layout);
  }
  return out;
}

}  // namespace haulier::postgresql
