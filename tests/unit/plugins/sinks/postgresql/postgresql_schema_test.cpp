#include "logical_model.hpp"
#include "postgresql_places.hpp"
#include "sqlite_columns.hpp"

using namespace haulier;
using namespace haulier::contract;
using haulier::testing::lines_of;
using haulier::testing::postgresql_sink;
using haulier::testing::PostgresqlReader;
using haulier::testing::PostgresqlServer;
using haulier::testing::schema_of;
using haulier::testing::sqlite_columns;
using Lines = haulier::testing::Lines;

BOOST_AUTO_TEST_SUITE(sinks_postgresql_schema)

namespace {

void declare_model(Schema& schema) { testing::LogicalModel().declare(schema); }

Lines postgresql_columns(PostgresqlReader& reader, const std::string& schema) {
  return lines_of(reader.ask(
      "SELECT string_agg(c.relname || ' ' || a.attname || ' ' || CASE format_type(a.atttypid, NULL) "
      "WHEN 'bigint' THEN 'INTEGER' WHEN 'boolean' THEN 'INTEGER' WHEN 'bytea' THEN 'BLOB' "
      "WHEN 'text' THEN 'TEXT' WHEN 'jsonb' THEN 'TEXT' WHEN 'json' THEN 'TEXT' "
      "WHEN 'timestamp with time zone' THEN 'TEXT' ELSE 'other' END || ' ' || a.attnotnull::int || ' ' || "
      "coalesce(array_position(i.indkey::int2[], a.attnum) + 1, 0), E'\\n' ORDER BY c.relname COLLATE \"C\", a.attnum) "
      "FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 "
      "LEFT JOIN pg_index AS i ON i.indrelid = c.oid AND i.indisprimary "
      "WHERE c.relnamespace = '" +
      schema + "'::regnamespace AND c.relkind = 'r'"));
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_schema_files_hold_the_logical_model) {
  const TempFolder folder;
  Run looking(postgresql_sink(), folder.path(), "contract", declare_model, true);
  const std::vector<std::string> plan = looking.plan();
  for (const std::string& line : plan) {
    // A table that the sink derives itself is written with quotes; a column it lacks is added by ALTER.
    BOOST_TEST(line.find("CREATE TABLE \\\"") == std::string::npos, line);
    BOOST_TEST(line.find("ADD COLUMN") == std::string::npos, line);
  }
  BOOST_TEST(plan.size() > 10u);
  BOOST_TEST(looking.load_state().view().size() == 0u);
  { Run run(postgresql_sink(), folder.path(), "contract", declare_model); }
  Run again(postgresql_sink(), folder.path(), "contract", declare_model, true);
  BOOST_TEST(again.plan().empty());
  PostgresqlReader reader(PostgresqlServer::shared(), folder.path());
  BOOST_TEST(reader.ask("SELECT version || name FROM schema_migrations WHERE version = 1") == "1initial");
  const testing::LogicalModel model;
  for (const char* table : {"emails", "email_locations", "attachments", "attachment_contents", "attachment_files"}) {
    const std::string count = reader.ask("SELECT count(*) FROM pg_attribute WHERE attnum > 0 AND attrelid = '" +
                                         std::string(table) + "'::regclass");
    BOOST_TEST(count == std::to_string(model.fields(table).size()), table << " has other columns");
  }
}

BOOST_AUTO_TEST_CASE(the_columns_are_those_of_sqlite) {
  const TempFolder folder;
  { Run run(postgresql_sink(), folder.path(), "contract", declare_model); }
  const Lines theirs = sqlite_columns(folder.path(), declare_model);
  PostgresqlReader reader(PostgresqlServer::shared(), folder.path());
  const Lines ours = postgresql_columns(reader, schema_of(folder.path()));
  BOOST_TEST(ours.size() > 90u);
  BOOST_TEST(ours == theirs, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_views_answer) {
  const TempFolder folder;
  { Run run(postgresql_sink(), folder.path(), "contract", declare_model); }
  PostgresqlReader other(PostgresqlServer::shared(), folder.path());
  other.ask(R"(
    INSERT INTO email_locations VALUES ('me', 'INBOX', 1, 7, 'e1', '["\\Seen"]', null, null, now(), null),
                                       ('me', 'Archive', 1, 3, 'e1', '[]', null, null, now(), null),
                                       ('me', 'Old', 1, 3, 'e1', '[]', null, null, now(), now());
    INSERT INTO attachments SELECT 'e1', '2', 1, 'attachment', null, null, 'a.pdf', 'name', 'text/plain', null, null,
                                   null, false, 'base64', 10, 8, 's1', null, false, '[]', false, '[]';
    INSERT INTO email_sync_status (pipeline, account, mailbox, messages_total, messages_done, updated_at, state)
      VALUES ('contract', 'me', 'INBOX', 8, 2, now(), '{}');
    DO $$ DECLARE names text; parts text; BEGIN
      SELECT string_agg(quote_ident(attname), ','), string_agg(CASE WHEN attname = 'id' THEN '''e1'''
             WHEN attname = 'account' THEN '''me''' WHEN atttypid = 'text'::regtype THEN quote_literal(attname)
             WHEN atttypid = 'bigint'::regtype THEN '1' WHEN atttypid = 'boolean'::regtype THEN 'true'
             WHEN atttypid = 'jsonb'::regtype THEN '''[]''' ELSE 'null' END, ',')
        INTO names, parts FROM pg_attribute WHERE attrelid = 'emails'::regclass AND attnum > 0;
      EXECUTE 'INSERT INTO emails (' || names || ') VALUES (' || parts || ')';
    END $$)");
  BOOST_TEST(other.ask("SELECT mailbox, is_seen, subject FROM v_messages ORDER BY mailbox") ==
             "Archive f subject INBOX t subject");
  BOOST_TEST(other.ask("SELECT mailboxes FROM v_newest_mail WHERE account = 'me' LIMIT 20") ==
             R"(["Archive", "INBOX"])");
  BOOST_TEST(other.ask("SELECT filename, subject, size FROM v_attachments") == "a.pdf subject 8");
  BOOST_TEST(other.ask("SELECT percent, runs FROM v_sync_status") == "25.0 1");
  // Newest mail comes from the index, without sorting all mail.
  other.ask("SET enable_seqscan = off");
  other.ask("SET enable_bitmapscan = off");
  const std::string plan = other.ask("EXPLAIN SELECT * FROM v_newest_mail WHERE account = 'me' LIMIT 20");
  BOOST_TEST(plan.find("emails_by_date") != std::string::npos, plan);
}

BOOST_AUTO_TEST_CASE(a_schema_made_by_another_program_at_the_same_time_is_waited_for) {
  const TempFolder folder;
  PostgresqlReader other(PostgresqlServer::shared(), folder.path());
  other.ask("BEGIN");
  other.ask("SELECT pg_advisory_xact_lock(hashtext('haulier'), hashtext('" + schema_of(folder.path()) + "'))");
  const SinkUnderTest impatient = postgresql_sink(PostgresqlServer::shared(), ",\"lock_timeout\":50");
  BOOST_TEST(status_of([&] { Run run(impatient, folder.path()); }) == HAULIER_RETRY);
  other.ask("COMMIT");
  BOOST_TEST(status_of([&] { Run run(impatient, folder.path()); }) == HAULIER_OK);
}

BOOST_AUTO_TEST_CASE(contents_are_stored_once_and_known_ones_are_unchanged) {
  const TempFolder folder;
  Run run(postgresql_sink(), folder.path());
  const auto contents = [&](int from, int to) {
    BatchBuilder builder;
    for (int n = from; n < to; ++n) {
      const std::string bytes = pattern(100'000, static_cast<unsigned>(n / 2 + 1));
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
  // Only the new one's bytes were sent.
  BOOST_TEST(std::count(run.host.steps.begin() + static_cast<std::ptrdiff_t>(steps), run.host.steps.end(),
                        "postgresql.blob") == 1);
  BOOST_TEST(run.rows(kContents).size() == 11u);
}

BOOST_AUTO_TEST_CASE(a_nul_in_json_becomes_a_replacement_character) {
  const TempFolder folder;
  Run run(postgresql_sink(), folder.path());
  for (const int n : {1, 20}) {
    BatchBuilder builder;
    for (int i = 0; i < n; ++i) thing(builder, "a", i).text(kTitle, "t").json(kDoc, R"(["\u0000","\\u0000"])");
    run.store(builder.finish());
    BOOST_TEST(run.things().at("'a'|" + std::to_string(n - 1)).at("doc") == "'[\"\xEF\xBF\xBD\", \"\\\\u0000\"]'");
  }
}

BOOST_AUTO_TEST_SUITE_END()
