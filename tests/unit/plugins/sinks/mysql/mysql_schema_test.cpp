#include "mysql_engine.hpp"

using namespace haulier;
using namespace haulier::contract;
using namespace haulier::testing::server_cases;
using haulier::testing::mysql_sink;
using haulier::testing::MysqlEngine;
using haulier::testing::MysqlReader;
using haulier::testing::MysqlServer;

BOOST_AUTO_TEST_SUITE(sinks_mysql_schema)

HAULIER_SERVER_TABLES(MysqlEngine)

BOOST_AUTO_TEST_CASE(an_interrupted_migration_is_taken_up) {
  const TempFolder folder;
  { Run run(mysql_sink(), folder.path(), "contract", declare_model); }
  MysqlReader reader(MysqlServer::shared(), folder.path());
  // As if it had ended behind some statements.
  reader.ask("DELETE FROM schema_migrations");
  reader.ask("DROP TABLE quarantine");
  reader.ask("DROP VIEW v_messages");
  { Run run(mysql_sink(), folder.path(), "contract", declare_model); }
  BOOST_TEST(reader.ask("SELECT count(*) FROM v_messages") == "0");
  BOOST_TEST(reader.ask("SELECT count(*) FROM quarantine") == "0");
  BOOST_TEST(reader.ask("SELECT min(version) FROM schema_migrations") == "1");
}

BOOST_AUTO_TEST_CASE(the_views_answer) {
  const TempFolder folder;
  { Run run(mysql_sink(), folder.path(), "contract", declare_model); }
  MysqlReader other(MysqlServer::shared(), folder.path());
  other.ask(R"(INSERT INTO email_locations VALUES ('me', 'INBOX', 1, 7, 'e1', '["\\Seen"]', null, null, now(), null),
                                                  ('me', 'Archive', 1, 3, 'e1', '[]', null, null, now(), null),
                                                  ('me', 'Old', 1, 3, 'e1', '[]', null, null, now(), now()))");
  // The literal's backslash was an escape; the column holds it once.
  other.ask(R"(UPDATE email_locations SET flags = json_array(concat(char(92 USING utf8mb4), 'Seen')) WHERE uid = 7)");
  other.ask(
      "INSERT INTO attachments SELECT 'e1', '2', 1, 'attachment', null, null, 'a.pdf', 'name', 'text/plain', null, "
      "null, "
      "null, false, 'base64', 10, 8, 's1', null, false, '[]', false, '[]'");
  other.ask(
      "INSERT INTO email_sync_status (pipeline, account, mailbox, messages_total, messages_done, updated_at, state) "
      "VALUES ('contract', 'me', 'INBOX', 8, 2, now(), '{}')");
  const std::string columns = other.ask(
      "SELECT group_concat(column_name) FROM information_schema.columns WHERE table_schema = database() AND table_name "
      "= "
      "'emails'");
  const std::string values = other.ask(
      "SELECT group_concat(CASE WHEN column_name = 'id' THEN '''e1''' WHEN column_name = 'account' THEN '''me''' WHEN "
      "data_type IN ('bigint', 'tinyint') THEN '1' WHEN data_type = 'datetime' THEN 'now()' WHEN data_type = "
      "'longblob' "
      "THEN 'null' WHEN is_nullable = 'NO' AND (column_name LIKE '%addresses' OR column_name IN ('in_reply_to', "
      "'reference_ids', 'defects', 'structure', 'headers')) THEN '''[]''' ELSE quote(column_name) END) FROM "
      "information_schema.columns WHERE table_schema = database() AND table_name = 'emails'");
  other.ask("INSERT INTO emails (" + columns + ") VALUES (" + values + ")");
  BOOST_TEST(other.ask("SELECT mailbox, is_seen, subject FROM v_messages ORDER BY mailbox") ==
             "Archive 0 subject INBOX 1 subject");
  BOOST_TEST(other.ask("SELECT mailboxes FROM v_newest_mail WHERE account = 'me' LIMIT 20") ==
             R"(["Archive","INBOX"])");
  BOOST_TEST(other.ask("SELECT filename, subject, size FROM v_attachments") == "a.pdf subject 8");
  BOOST_TEST(other.ask("SELECT percent, runs FROM v_sync_status") == "25.0 1");
}

BOOST_AUTO_TEST_CASE(a_blank_at_the_end_of_a_key_counts_and_so_does_its_case) {
  const TempFolder folder;
  Run run(mysql_sink(), folder.path());
  for (int round = 0; round < 2; ++round) {
    BatchBuilder builder;
    for (const char* id : {"INBOX", "INBOX ", "inbox", "\xC3\xA9", "e\xCC\x81"})
      thing(builder, id, 1).text(kTitle, "t");
    run.store(builder.finish());
  }
  BOOST_TEST(run.things().size() == 5u);
}

BOOST_AUTO_TEST_SUITE_END()
