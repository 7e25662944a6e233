// MariaDB for the cases of server_sink_cases.hpp.
#pragma once

#include "mysql_places.hpp"
#include "server_sink_cases.hpp"

namespace haulier::testing {

struct MysqlEngine {
  using Server = MysqlServer;
  using Client = OtherMysqlClient;
  using Reader = MysqlReader;
  static constexpr const char* kName = "mysql";
  static constexpr std::string_view kCommitOnTheWire{
      "\x03"
      "COMMIT"};
  static constexpr const char* kLockStays = "1205";
  // innodb_trx would not do: its rows stay as they are while somebody asks more often than every 0.1 s.
  static constexpr const char* kLockWaits =
      "SELECT variable_value FROM information_schema.global_status WHERE variable_name = "
      "'INNODB_ROW_LOCK_CURRENT_WAITS'";
  static constexpr const char* kRefusedJson = "contract_things.doc";
  static constexpr const char* kWrongPasswordHint = "GRANT";
  static constexpr const char* kNoDatabase = "CREATE DATABASE";
  static constexpr const char* kUnlockSchema = "DO release_lock(concat('haulier.', sha1(database())))";
  static constexpr const char* kPieceStep = "mysql.piece";
  static constexpr int kPiecesOfContent = 2;
  // As sqlite_columns() spells them.
  static constexpr const char* kColumns =
      "SELECT group_concat(c.table_name, ' ', c.column_name, ' ', CASE c.data_type WHEN 'bigint' THEN 'INTEGER' "
      "WHEN 'tinyint' THEN 'INTEGER' WHEN 'longblob' THEN 'BLOB' WHEN 'longtext' THEN 'TEXT' WHEN 'varchar' THEN "
      "'TEXT' WHEN 'datetime' THEN 'TEXT' ELSE c.data_type END, ' ', c.is_nullable = 'NO', ' ', "
      "coalesce(s.seq_in_index, 0) ORDER BY hex(c.table_name), c.ordinal_position SEPARATOR '\n') "
      "FROM information_schema.columns AS c JOIN information_schema.tables AS t ON t.table_schema = c.table_schema AND "
      "t.table_name = c.table_name AND t.table_type = 'BASE TABLE' LEFT JOIN information_schema.statistics AS s ON "
      "s.table_schema = c.table_schema AND s.table_name = c.table_name AND s.column_name = c.column_name AND "
      "s.non_unique = 0 WHERE c.table_schema = database()";

  static contract::SinkUnderTest sink(Server& server = Server::shared(), const Settings& more = {}) {
    return mysql_sink(server, more);
  }
  static Client client() { return Client(Server::shared().socket()); }
  // Every connection of the sink, which is one.
  static void end_connections(Client& other) {
    const std::string sink = "FROM information_schema.processlist WHERE host LIKE '127.0.0.1%'";
    const std::string id = other.ask("SELECT id " + sink);
    other.ask("KILL CONNECTION " + id);
    server_cases::wait_until(other, "SELECT count(*) " + sink, "0");
  }
  static void make_account_without_rights(Client& admin) {
    admin.ask("CREATE USER locked_out@'127.0.0.1' IDENTIFIED BY 'right'");
    admin.ask("GRANT SELECT ON *.* TO locked_out@'127.0.0.1'");
  }
  static std::string lock_schema(const std::string&) {
    return "SELECT get_lock(concat('haulier.', sha1(database())), 5)";
  }
};

}  // namespace haulier::testing
