#include "schema_setup.hpp"

#include <iterator>
#include <set>

#include "schema_files.hpp"  // generated from schemas/mysql
#include "table_match.hpp"

namespace haulier::mysql {

namespace {

constexpr std::string_view kCreateMigrations =
    "CREATE TABLE schema_migrations (\n  version bigint NOT NULL PRIMARY KEY,\n  name longtext NOT NULL,\n"
    "  applied_at datetime(6) NOT NULL,\n  checksum longtext NOT NULL\n"
    ") CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin ENGINE InnoDB";
const std::string kLockName = "concat('haulier.', sha1(database()))";

std::string here(const std::string& table) {
  return " WHERE table_schema = database() AND table_name = " + text_literal(table);
}

sql::ExistingTable read_table(Connection& connection, const std::string& table) {
  const std::string doing = "reading the columns of " + table;
  sql::ExistingTable out;
  Result columns = connection.run(
      "SELECT column_name, data_type, is_nullable = 'NO' AND column_default IS NULL AND is_generated = 'NEVER' AND "
      "extra NOT LIKE '%auto_increment%' FROM information_schema.columns" +
          here(table) + " ORDER BY ordinal_position",
      doing);
  while (columns.next()) {
    out.columns.push_back({std::string(columns.bytes(0)), type_family(columns.bytes(1)), columns.integer(2) != 0});
  }
  // An index over the beginnings of texts keeps more than the key apart.
  Result keys = connection.run(
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

// The table that a statement of a migration makes; empty: none.
std::string created_table(std::string_view statement) {
  constexpr std::string_view kHead = "CREATE TABLE IF NOT EXISTS ";
  if (statement.substr(0, kHead.size()) != kHead) return {};
  const std::string_view rest = statement.substr(kHead.size());
  return std::string(rest.substr(0, rest.find_first_of(" (")));
}

// What is to be done, in order; `run` does it, or only notes it.
class SchemaSteps {
 public:
  SchemaSteps(Connection& connection, sql::OnStatement run) : connection_(connection), run_(std::move(run)) {}

  // `record` is called behind each migration.
  void migrate(const std::function<void(const sql::Migration&)>& record) {
    const auto& migrations = all_migrations();
    const int version = checked_version(connection_);
    if (version == 0 && !table_exists(connection_, "schema_migrations")) run_(kCreateMigrations);
    for (auto i = static_cast<std::size_t>(version); i < migrations.size(); ++i) {
      for (const std::string_view statement : sql::statements_of(migrations[i].sql)) {
        made_.insert(created_table(statement));
        run_(statement);
      }
      record(migrations[i]);
    }
  }

  void match(const TableLayout& table) {
    const sql::ExistingTable existing = read_table(connection_, table.name);
    if (existing.columns.empty()) {
      // While planning, the tables of migrations that did not run are not there yet.
      if (made_.count(table.name) == 0) run_(create_table_sql(table));
      return;
    }
    const std::string repair = create_unique_index_sql(table) + ";";
    for (const Column* column : sql::missing_columns(table, existing, type_of, repair)) {
      run_(add_column_sql(table, *column));
    }
  }

 private:
  Connection& connection_;
  sql::OnStatement run_;
  std::set<std::string> made_;  // tables of the migrations of this call
};

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

const std::vector<sql::Migration>& all_migrations() {
  static const std::vector<sql::Migration> kAll(std::begin(schema_files), std::end(schema_files));
  return kAll;
}

bool table_exists(Connection& connection, const std::string& table) {
  return connection.run("SELECT 1 FROM information_schema.tables" + here(table), "looking for table " + table).next();
}

int checked_version(Connection& connection) {
  if (!table_exists(connection, "schema_migrations")) return 0;
  Result rows =
      connection.run("SELECT version, checksum FROM schema_migrations ORDER BY version", "reading schema_migrations");
  std::vector<sql::AppliedMigration> applied;
  while (rows.next()) applied.push_back({rows.integer(0), std::string(rows.bytes(1))});
  return sql::checked_version(applied, all_migrations());
}

void set_up_schema(Connection& connection, const Options& options, const Layouts& layouts,
                   const sql::OnStatement& on_statement) {
  const SchemaLock lock(connection, options);
  SchemaSteps steps(connection, [&](std::string_view statement) {
    on_statement(statement);
    connection.run(std::string(statement), "setting up the tables");
  });
  steps.migrate([&](const sql::Migration& migration) {
    on_statement("INSERT INTO schema_migrations");
    connection.run("INSERT INTO schema_migrations (version, name, applied_at, checksum) VALUES (" +
                       std::to_string(migration.version) + ", " + text_literal(migration.name) + ", now(6), " +
                       text_literal(migration.sha256) + ")",
                   "recording a migration");
  });
  for (const auto& layout : layouts) {
    if (layout) steps.match(*layout);
  }
}

std::vector<std::string> plan_schema(Connection& connection, const Layouts& layouts) {
  std::vector<std::string> out;
  SchemaSteps steps(connection, [&](std::string_view statement) { out.emplace_back(statement); });
  steps.migrate([](const sql::Migration&) {});
  for (const auto& layout : layouts) {
    if (layout) steps.match(*layout);
  }
  return out;
}

}  // namespace haulier::mysql
