#include "logical_model.hpp"
#include "mysql_places.hpp"
#include "sqlite_columns.hpp"

using namespace haulier;
using namespace haulier::contract;
using haulier::testing::database_of;
using haulier::testing::lines_of;
using haulier::testing::mysql_sink;
using haulier::testing::MysqlReader;
using haulier::testing::MysqlServer;
using haulier::testing::sqlite_columns;

BOOST_AUTO_TEST_SUITE(sinks_mysql_schema)

namespace {

void declare_model(Schema& schema) { testing::LogicalModel().declare(schema); }

// As sqlite_columns() spells them.
testing::Lines mysql_columns(MysqlReader& reader) {
  return lines_of(reader.ask(
      "SELECT group_concat(c.table_name, ' ', c.column_name, ' ', CASE c.data_type WHEN 'bigint' THEN 'INTEGER' "
      "WHEN 'tinyint' THEN 'INTEGER' WHEN 'longblob' THEN 'BLOB' WHEN 'longtext' THEN 'TEXT' WHEN 'varchar' THEN "
      "'TEXT' WHEN 'datetime' THEN 'TEXT' ELSE c.data_type END, ' ', c.is_nullable = 'NO', ' ', "
      "coalesce(s.seq_in_index, 0) ORDER BY hex(c.table_name), c.ordinal_position SEPARATOR '\n') "
      "FROM information_schema.columns AS c JOIN information_schema.tables AS t ON t.table_schema = c.table_schema AND "
      "t.table_name = c.table_name AND t.table_type = 'BASE TABLE' LEFT JOIN information_schema.statistics AS s ON "
      "s.table_schema = c.table_schema AND s.table_name = c.table_name AND s.column_name = c.column_name AND "
      "s.non_unique = 0 WHERE c.table_schema = database()"));
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_schema_files_hold_the_logical_model) {
  const TempFolder folder;
  Run looking(mysql_sink(), folder.path(), "contract", declare_model, true);
  const std::vector<std::string> plan = looking.plan();
  for (const std::string& line : plan) {
    // A table that the sink derives itself is written with quotes; a column it lacks is added by ALTER.
    BOOST_TEST(line.find("CREATE TABLE \\\"") == std::string::npos, line);
    BOOST_TEST(line.find("ADD COLUMN") == std::string::npos, line);
  }
  BOOST_TEST(plan.size() > 10u);
  BOOST_TEST(looking.load_state().view().size() == 0u);
  { Run run(mysql_sink(), folder.path(), "contract", declare_model); }
  Run again(mysql_sink(), folder.path(), "contract", declare_model, true);
  BOOST_TEST(again.plan().empty());
}

BOOST_AUTO_TEST_CASE(the_columns_are_those_of_sqlite) {
  const TempFolder folder;
  { Run run(mysql_sink(), folder.path(), "contract", declare_model); }
  MysqlReader reader(MysqlServer::shared(), folder.path());
  const testing::Lines ours = mysql_columns(reader);
  const testing::Lines theirs = sqlite_columns(folder.path(), declare_model);
  BOOST_TEST(ours.size() > 90u);
  BOOST_TEST(ours == theirs, boost::test_tools::per_element());
}

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

BOOST_AUTO_TEST_CASE(a_schema_made_by_another_program_at_the_same_time_is_waited_for) {
  const TempFolder folder;
  const SinkUnderTest impatient = mysql_sink(MysqlServer::shared(), ",\"lock_timeout\":50");
  static_cast<void>(impatient.config(folder.path()));
  MysqlReader other(MysqlServer::shared(), folder.path());
  BOOST_TEST(other.ask("SELECT get_lock(concat('haulier.', sha1(database())), 5)") == "1");
  BOOST_TEST(status_of([&] { Run run(impatient, folder.path()); }) == HAULIER_RETRY);
  other.ask("DO release_lock(concat('haulier.', sha1(database())))");
  BOOST_TEST(status_of([&] { Run run(impatient, folder.path()); }) == HAULIER_OK);
}

BOOST_AUTO_TEST_CASE(contents_are_stored_once_and_known_ones_are_unchanged) {
  const TempFolder folder;
  Run run(mysql_sink(), folder.path());
  const auto contents = [&](int from, int to) {
    BatchBuilder builder;
    for (int n = from; n < to; ++n) {
      const std::string bytes = pattern(300'000, static_cast<unsigned>(n / 2 + 1));
      builder.record(kContents, kContentFields, HAULIER_UPSERT, 0)
          .text(kHash, hash_text(bytes))
          .integer(kSize, 1)
          .blob(kContent, make_blob(run.host, bytes));
    }
    return builder.finish();
  };
  const std::vector<std::uint8_t> first = run.store(contents(0, 20));
  BOOST_TEST(std::count(first.begin(), first.end(), HAULIER_UNCHANGED) == 10);
  const std::size_t steps = run.host.steps.size();
  const std::vector<std::uint8_t> second = run.store(contents(0, 22));
  BOOST_TEST(std::count(second.begin(), second.end(), HAULIER_UNCHANGED) == 21);
  // Only the new one's bytes were sent: two windows.
  BOOST_TEST(std::count(run.host.steps.begin() + static_cast<std::ptrdiff_t>(steps), run.host.steps.end(),
                        "mysql.piece") == 2);
  BOOST_TEST(run.rows(kContents).size() == 11u);
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
