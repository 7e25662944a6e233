#include "postgresql_engine.hpp"

using namespace haulier;
using namespace haulier::contract;
using namespace haulier::testing::server_cases;
using haulier::testing::postgresql_sink;
using haulier::testing::PostgresqlEngine;
using haulier::testing::PostgresqlReader;
using haulier::testing::PostgresqlServer;

BOOST_AUTO_TEST_SUITE(sinks_postgresql_schema)

HAULIER_SERVER_TABLES(PostgresqlEngine)

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
