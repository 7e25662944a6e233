#include "catalog.hpp"

#include <cstdlib>
#include <iterator>

#include "schema_files.hpp"  // generated from schemas/postgresql

namespace haulier::postgresql {

namespace {

Parameters with(std::initializer_list<std::string_view> values) {
  Parameters out;
  for (const std::string_view value : values) out.binary(value);
  return out;
}

}  // namespace

const std::vector<sql::Migration>& Catalog::migrations() const {
  static const std::vector<sql::Migration> kAll(std::begin(schema_files), std::end(schema_files));
  return kAll;
}

std::string_view Catalog::create_migrations_sql() const {
  return "CREATE TABLE schema_migrations (\n  version bigint NOT NULL PRIMARY KEY,\n  name text NOT NULL,\n"
         "  applied_at timestamptz NOT NULL,\n  checksum text NOT NULL\n)";
}

std::string Catalog::full_name(const std::string& table) const {
  return quoted_name(options_.schema) + "." + quoted_name(table);
}

std::vector<std::string> Catalog::first_statements() {
  const Result found = connection_.run("SELECT 1 FROM pg_namespace WHERE nspname = $1::text", with({options_.schema}),
                                       "looking for the schema");
  if (found.rows() != 0) return {};
  return {"CREATE SCHEMA " + quoted_name(options_.schema)};
}

bool Catalog::has_table(const std::string& name) {
  const Result found = connection_.run("SELECT 1 WHERE to_regclass($1::text) IS NOT NULL", with({full_name(name)}),
                                       "looking for table " + name);
  return found.rows() != 0;
}

std::vector<sql::AppliedMigration> Catalog::applied() {
  Result rows = connection_.run("SELECT version::text, checksum FROM schema_migrations ORDER BY version", Parameters(),
                                "reading schema_migrations");
  std::vector<sql::AppliedMigration> out;
  while (rows.next()) {
    out.push_back({std::strtoll(std::string(rows.bytes(0)).c_str(), nullptr, 10), std::string(rows.bytes(1))});
  }
  return out;
}

sql::ExistingTable Catalog::read_table(const std::string& table) {
  const std::string name = full_name(table);
  const std::string doing = "reading the columns of " + table;
  sql::ExistingTable out;
  Result columns = connection_.run(
      "SELECT attname::text, format_type(atttypid, atttypmod), (attnotnull AND NOT atthasdef AND attidentity = '' AND "
      "attgenerated = '')::text FROM pg_attribute WHERE attrelid = to_regclass($1::text) AND attnum > 0 AND NOT "
      "attisdropped ORDER BY attnum",
      with({name}), doing);
  while (columns.next()) {
    out.columns.push_back({std::string(columns.bytes(0)), std::string(columns.bytes(1)), columns.bytes(2) == "true"});
  }
  // An index that is partial, over expressions, not valid or deferrable does not serve ON CONFLICT.
  Result keys = connection_.run(
      "SELECT i.indexrelid::text, a.attname::text FROM pg_index AS i JOIN pg_attribute AS a ON a.attrelid = i.indrelid "
      "AND a.attnum = ANY ((i.indkey::int2[])[0 : i.indnkeyatts - 1]) WHERE i.indrelid = to_regclass($1::text) AND "
      "i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL ORDER BY 1",
      with({name}), doing);
  std::string index;
  while (keys.next()) {
    if (out.unique_sets.empty() || keys.bytes(0) != index) out.unique_sets.emplace_back();
    index = std::string(keys.bytes(0));
    out.unique_sets.back().insert(std::string(keys.bytes(1)));
  }
  return out;
}

void Catalog::set_up(const sql::Layouts& layouts, const sql::OnStatement& on_statement) {
  constexpr const char* kDoing = "setting up the tables";
  bool changed = false;
  connection_.run("BEGIN", kDoing);
  connection_.run("SELECT pg_advisory_xact_lock(hashtext('haulier'), hashtext($1::text))", with({options_.schema}),
                  kDoing);
  const auto run = [&](std::string_view statement) {
    changed = true;
    on_statement(statement);
    connection_.run(std::string(statement), kDoing);
  };
  complete_schema(*this, layouts, run, [&](const sql::Migration& migration) {
    connection_.run(
        "INSERT INTO schema_migrations (version, name, applied_at, checksum) VALUES ($1::text::bigint, $2, now(), $3)",
        with({std::to_string(migration.version), migration.name, migration.sha256}), "recording a migration");
  });
  if (!changed) {
    connection_.rollback_quietly();
    return;
  }
  on_statement("COMMIT");
  connection_.run("COMMIT", kDoing);
}

}  // namespace haulier::postgresql
