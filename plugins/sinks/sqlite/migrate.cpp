#include "migrate.hpp"

#include <string>

#include "schema_files.hpp"  // generated from schemas/sqlite

namespace haulier::sqlite {

namespace {

constexpr std::string_view kCreateTable =
    "CREATE TABLE IF NOT EXISTS schema_migrations (\n  version INTEGER NOT NULL PRIMARY KEY,\n  name TEXT NOT NULL,\n"
    "  applied_at TEXT NOT NULL,\n  checksum TEXT NOT NULL\n) STRICT";

bool has_table(const Connection& connection) {
  return connection.integer("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'schema_migrations'") !=
         0;
}

}  // namespace

const std::vector<Migration>& all_migrations() {
  static const std::vector<Migration> kAll(std::begin(schema_files), std::end(schema_files));
  return kAll;
}

int checked_version(const Connection& connection, const std::vector<Migration>& migrations) {
  if (!has_table(connection)) return 0;
  Statement rows = connection.prepare("SELECT version, checksum FROM schema_migrations ORDER BY version");
  std::vector<sql::AppliedMigration> applied;
  while (rows.step("reading schema_migrations")) applied.push_back({rows.integer(0), std::string(rows.text(1))});
  return sql::checked_version(applied, migrations);
}

void migrate(const Connection& connection, const std::vector<Migration>& migrations, std::string_view now,
             const OnStatement& on_statement) {
  const int version = checked_version(connection, migrations);
  if (version == static_cast<int>(migrations.size())) return;
  connection.run_script(kCreateTable, on_statement);
  for (auto i = static_cast<std::size_t>(version); i < migrations.size(); ++i) {
    const Migration& migration = migrations[i];
    connection.run_script(migration.sql, on_statement);
    Statement record = connection.prepare(
        "INSERT INTO schema_migrations (version, name, applied_at, checksum) VALUES (?1, ?2, ?3, ?4)");
    record.bind(1, migration.version);
    record.bind(2, migration.name);
    record.bind(3, now);
    record.bind(4, migration.sha256);
    record.run("recording a migration");
  }
}

}  // namespace haulier::sqlite
