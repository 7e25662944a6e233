#include "catalog.hpp"

#include <iterator>

#include "schema_files.hpp"  // generated from schemas/mysql

namespace haulier::mysql {

namespace {

const std::string kLockName = "concat('haulier.', sha1(database()))";

std::string here(const std::string& table) {
  return " WHERE table_schema = database() AND table_name = " + text_literal(table);
}

// The lock belongs to the connection, not to a transaction.
class SchemaLock {
 public:
  SchemaLock(Connection& connection, const Options& options) : connection_(connection) {
    const std::string seconds = std::to_string((options.lock_timeout_ms + 999) / 1000);
    Result got = connection.run("SELECT get_lock(" + kLockName + ", " + seconds + ")", "waiting for the schema's lock");
    if (!got.next() || got.integer(0) != 1) {
      throw Error::retry(place_of(options) + ": another program is changing the tables");
    }
  }
  SchemaLock(const SchemaLock&) = delete;
  SchemaLock& operator=(const SchemaLock&) = delete;
  ~SchemaLock() {
    try {
      if (connection_.alive()) connection_.run("DO release_lock(" + kLockName + ")", "releasing the schema's lock");
    } catch (const Error&) {
      // The connection is gone, and the lock with it.
    }
  }

 private:
  Connection& connection_;
};

}  // namespace

const std::vector<sql::Migration>& Catalog::migrations() const {
  static const std::vector<sql::Migration> kAll(std::begin(schema_files), std::end(schema_files));
  return kAll;
}

std::string_view Catalog::create_migrations_sql() const {
  return "CREATE TABLE schema_migrations (\n  version bigint NOT NULL PRIMARY KEY,\n  name longtext NOT NULL,\n"
         "  applied_at datetime(6) NOT NULL,\n  checksum longtext NOT NULL\n"
         ") CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin ENGINE InnoDB";
}

bool Catalog::has_table(const std::string& name) {
  return connection_.run("SELECT 1 FROM information_schema.tables" + here(name), "looking for table " + name).next();
}

std::vector<sql::AppliedMigration> Catalog::applied() {
  Result rows =
      connection_.run("SELECT version, checksum FROM schema_migrations ORDER BY version", "reading schema_migrations");
  std::vector<sql::AppliedMigration> out;
  while (rows.next()) out.push_back({rows.integer(0), std::string(rows.bytes(1))});
  return out;
}

sql::ExistingTable Catalog::read_table(const std::string& table) {
  const std::string doing = "reading the columns of " + table;
  sql::ExistingTable out;
  Result columns = connection_.run(
      "SELECT column_name, data_type, is_nullable = 'NO' AND column_default IS NULL AND is_generated = 'NEVER' AND "
      "extra NOT LIKE '%auto_increment%' FROM information_schema.columns" +
          here(table) + " ORDER BY ordinal_position",
      doing);
  while (columns.next()) {
    out.columns.push_back({std::string(columns.bytes(0)), type_family(columns.bytes(1)), columns.integer(2) != 0});
  }
  // An index over the beginnings of texts keeps more than the key apart.
  Result keys = connection_.run(
      "SELECT index_name, column_name FROM information_schema.statistics AS s" + here(table) +
          " AND non_unique = 0 AND NOT EXISTS (SELECT 1 FROM information_schema.statistics AS p WHERE p.table_schema = "
          "s.table_schema AND p.table_name = s.table_name AND p.index_name = s.index_name AND p.sub_part IS NOT NULL) "
          "ORDER BY index_name, seq_in_index",
      doing);
  std::string index;
  while (keys.next()) {
    if (out.unique_sets.empty() || keys.bytes(0) != index) out.unique_sets.emplace_back();
    index = std::string(keys.bytes(0));
    out.unique_sets.back().insert(std::string(keys.bytes(1)));
  }
  return out;
}

void Catalog::set_up(const sql::Layouts& layouts, const sql::OnStatement& on_statement) {
  const SchemaLock lock(connection_, options_);
  const auto run = [&](std::string_view statement) {
    on_statement(statement);
    connection_.run(std::string(statement), "setting up the tables");
  };
  complete_schema(*this, layouts, run, [&](const sql::Migration& migration) {
    on_statement("INSERT INTO schema_migrations");
    connection_.run("INSERT INTO schema_migrations (version, name, applied_at, checksum) VALUES (" +
                        std::to_string(migration.version) + ", " + text_literal(migration.name) + ", now(6), " +
                        text_literal(migration.sha256) + ")",
                    "recording a migration");
  });
}

}  // namespace haulier::mysql
