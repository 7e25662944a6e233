// PostgreSQL for the cases of server_sink_cases.hpp.
#pragma once

#include "postgresql_places.hpp"
#include "server_sink_cases.hpp"

namespace haulier::testing {

struct PostgresqlEngine {
  using Server = PostgresqlServer;
  using Client = OtherPostgresqlClient;
  using Reader = PostgresqlReader;
  static constexpr const char* kName = "postgresql";
  static constexpr std::string_view kCommitOnTheWire{"COMMIT\0", 7};
  static constexpr const char* kLockStays = "55P03";
  static constexpr const char* kLockWaits = "SELECT least(count(*), 1) FROM pg_locks WHERE NOT granted";
  static constexpr const char* kRefusedJson = "json";
  static constexpr const char* kWrongPasswordHint = "psql";
  static constexpr const char* kNoDatabase = "createdb";
  static constexpr const char* kUnlockSchema = "COMMIT";
  static constexpr const char* kPieceStep = "postgresql.blob";
  static constexpr int kPiecesOfContent = 1;
  // As sqlite_columns() spells them.
  static constexpr const char* kColumns =
      "SELECT string_agg(c.relname || ' ' || a.attname || ' ' || CASE format_type(a.atttypid, NULL) "
      "WHEN 'bigint' THEN 'INTEGER' WHEN 'boolean' THEN 'INTEGER' WHEN 'bytea' THEN 'BLOB' "
      "WHEN 'text' THEN 'TEXT' WHEN 'jsonb' THEN 'TEXT' WHEN 'json' THEN 'TEXT' "
      "WHEN 'timestamp with time zone' THEN 'TEXT' ELSE 'other' END || ' ' || a.attnotnull::int || ' ' || "
      "coalesce(array_position(i.indkey::int2[], a.attnum) + 1, 0), E'\\n' ORDER BY c.relname COLLATE \"C\", a.attnum) "
      "FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 "
      "LEFT JOIN pg_index AS i ON i.indrelid = c.oid AND i.indisprimary "
      "WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'";

  static contract::SinkUnderTest sink(Server& server = Server::shared(), const Settings& more = {}) {
    return postgresql_sink(server, more);
  }
  static Client client() { return Client(Server::shared().conninfo()); }
  // Every connection of the sink.
  static void end_connections(Client& other) {
    other.ask("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'haulier'");
  }
  static void make_account_without_rights(Client& admin) { admin.ask("CREATE ROLE locked_out LOGIN PASSWORD 'right'"); }
  static std::string lock_schema(const std::string& folder) {
    return "SELECT pg_advisory_xact_lock(hashtext('haulier'), hashtext('" + schema_of(folder) + "'))";
  }
};

}  // namespace haulier::testing
