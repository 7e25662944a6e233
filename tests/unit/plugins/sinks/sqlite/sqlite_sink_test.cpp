#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <csignal>
#include <fstream>

#include "logical_model.hpp"
#include "other_program.hpp"
#include "sink_contract_transactions.hpp"

using namespace haulier;
using namespace haulier::contract;

BOOST_AUTO_TEST_SUITE(sinks_sqlite_sink)

namespace {

SinkUnderTest sink_with(const std::string& more_config = {}) {
  SinkUnderTest out;
  out.plugin = "sqlite";
  out.transactional = true;
  out.config = [more_config](const std::string& folder) {
    return "{\"path\":\"" + folder + "/mail.db\"" + more_config + "}";
  };
  return out;
}

const SinkUnderTest kSink = sink_with();

void declare_model(Schema& schema) { testing::LogicalModel().declare(schema); }

// What the sink in this folder writes, seen from outside.
struct OtherProgram : testing::OtherProgram {
  explicit OtherProgram(const std::string& folder) : testing::OtherProgram(folder + "/mail.db") {}
};

haulier_status status_of_opening(const std::string& folder, const SinkUnderTest& sink = kSink, bool inspect = false) {
  return status_of([&] { Run run(sink, folder, "contract", add_contract_streams, inspect); });
}

}  // namespace

// schemas/README.md and schemas/sqlite say the same: every column is there, with its type, and none has to be added.
BOOST_AUTO_TEST_CASE(the_schema_files_hold_the_logical_model) {
  const TempFolder folder;
  Run looking(kSink, folder.path(), "contract", declare_model, true);
  for (const std::string& line : looking.plan()) {
    BOOST_TEST((line.rfind("{\"statement\":\"CREATE ", 0) == 0u || line.rfind("{\"statement\":\"DROP VIEW ", 0) == 0u),
               line);
    // A table that the sink derives itself is written with quotes.
    BOOST_TEST(line.find("CREATE TABLE \\\"") == std::string::npos, line);
  }
  BOOST_TEST(looking.plan().size() > 10u);

  Run run(kSink, folder.path(), "contract", declare_model);
  OtherProgram other(folder.path());
  const testing::LogicalModel model;
  for (const char* table : {"emails", "email_details", "nested_emails", "email_locations", "attachments",
                            "attachment_contents", "attachment_files"}) {
    const std::string count = other.ask(std::string("SELECT count(*) FROM pragma_table_info('") + table + "')");
    BOOST_TEST(count == std::to_string(model.fields(table).size()), table << " has other columns");
    for (const auto& field : model.fields(table)) {
      const std::string not_null = other.ask(std::string("SELECT \"notnull\" FROM pragma_table_info('") + table +
                                             "') WHERE name = '" + field.name + "'");
      const bool required = field.flags.find('N') != std::string::npos;
      BOOST_TEST(not_null == (required ? "1" : "0"), table << "." << field.name);
    }
  }
  BOOST_TEST(other.ask("SELECT version || name FROM schema_migrations WHERE version = 1") == "1initial");
}

BOOST_AUTO_TEST_CASE(the_views_answer) {
  const TempFolder folder;
  { Run run(kSink, folder.path(), "contract", declare_model); }
  OtherProgram other(folder.path());
  other.ask(R"(
    INSERT INTO email_locations VALUES ('me', 'INBOX', 1, 7, 'e1', '["\\Seen"]', null, null, 'x', null),
                                       ('me', 'Archive', 1, 3, 'e1', '[]', null, null, 'x', null),
                                       ('me', 'Old', 1, 3, 'e1', '[]', null, null, 'x', 'gone');
    INSERT INTO attachments SELECT 'e1', '2', 1, 'attachment', null, null, 'a.pdf', 'name', 'text/plain', null, null,
                                   null, 0, 'base64', 10, 8, 's1', null, 0, '[]', 0, '[]';
    INSERT INTO attachment_contents VALUES ('s1', 8, x'00');
    INSERT INTO email_sync_status (pipeline, account, mailbox, messages_total, messages_done, updated_at, state)
      VALUES ('contract', 'me', 'INBOX', 8, 2, 'now', '{}');)");
  std::string columns = other.ask("SELECT group_concat(name) FROM pragma_table_info('emails')");
  std::string values = other.ask(
      "SELECT group_concat(CASE WHEN name = 'id' THEN '''e1''' WHEN name = 'account' THEN '''me''' "
      "WHEN type = 'TEXT' THEN '''' || name || '''' WHEN type = 'INTEGER' THEN '1' ELSE 'null' END) "
      "FROM pragma_table_info('emails')");
  other.ask("INSERT INTO emails (" + columns + ") VALUES (" + values + ")");
  BOOST_TEST(other.ask("SELECT mailbox || is_seen || subject FROM v_messages ORDER BY mailbox") ==
             "Archive0subject INBOX1subject");
  BOOST_TEST(other.ask("SELECT mailboxes FROM v_newest_mail WHERE account = 'me' LIMIT 20") ==
             R"(["Archive","INBOX"])");
  BOOST_TEST(other.ask("SELECT filename || subject || size FROM v_attachments") == "a.pdfsubject8");
  BOOST_TEST(other.ask("SELECT percent || ' ' || runs FROM v_sync_status") == "25.0 1");
  // Newest mail comes from the index, without sorting all mail.
  const std::string plan = other.ask("EXPLAIN QUERY PLAN SELECT * FROM v_newest_mail WHERE account = 'me' LIMIT 20");
  BOOST_TEST(plan.find("emails_by_date") != std::string::npos, plan);
  BOOST_TEST(plan.find("TEMP B-TREE") == std::string::npos, plan);
}

BOOST_AUTO_TEST_CASE(a_lock_that_stays_is_waited_for_and_then_given_back) {
  const TempFolder folder;
  Run run(sink_with(",\"busy_timeout\":3000"), folder.path());
  OtherProgram other(folder.path());
  other.ask("BEGIN IMMEDIATE");
  const std::int64_t before = run.host.clock_us;
  BOOST_TEST(status_of([&] { run.begin(); }) == HAULIER_RETRY);
  BOOST_TEST(run.host.clock_us - before == 3'000'000);
  other.ask("COMMIT");
  run.store(things_with_state(0, 1, "[1]"));
}

BOOST_AUTO_TEST_CASE(a_reader_that_stays_makes_the_commit_come_again) {
  const TempFolder folder;
  Run run(sink_with(",\"busy_timeout\":3000"), folder.path());
  OtherProgram other(folder.path());
  other.ask("BEGIN; SELECT count(*) FROM sqlite_master");
  run.begin();
  const Batch batch = things_with_state(0, 1, "[1]");
  run.write(batch);
  BOOST_TEST(status_of([&] { run.commit(batch); }) == HAULIER_RETRY);
  other.ask("COMMIT");
  BOOST_TEST(state_of(run).empty());
  run.store(batch);
  BOOST_TEST(state_of(run) == "[1]");
}

// The page cache overflows again and again while a reader holds its lock: the limit counts once for the transaction.
BOOST_AUTO_TEST_CASE(a_reader_costs_one_time_out_per_transaction) {
  const TempFolder folder;
  Run run(sink_with(",\"busy_timeout\":3000,\"cache_size\":262144"), folder.path());
  OtherProgram other(folder.path());
  other.ask("BEGIN; SELECT count(*) FROM sqlite_master");
  const std::int64_t before = run.host.clock_us;
  run.begin();
  BatchBuilder builder;
  for (int n = 0; n < 20; ++n)
    thing(builder, "a", n).text(kTitle, "t").blob(kBytes, make_blob(run.host, pattern(200'000, 1)));
  const Batch batch = builder.finish();
  run.write(batch);
  BOOST_TEST(status_of([&] { run.commit(batch); }) == HAULIER_RETRY);
  BOOST_TEST(run.host.clock_us - before == 3'000'000);
}

BOOST_AUTO_TEST_CASE(cancellation_ends_the_wait) {
  const TempFolder folder;
  Run run(sink_with(",\"busy_timeout\":3600000"), folder.path());
  OtherProgram other(folder.path());
  other.ask("BEGIN IMMEDIATE");
  run.host.cancel();
  BOOST_TEST(status_of([&] { run.begin(); }) == HAULIER_RETRY);
}

BOOST_AUTO_TEST_CASE(what_is_no_database_is_refused_and_left_alone) {
  const TempFolder folder;
  const std::string text =
      "this is somebody's diary, not a database at all; it is long enough to be read as a header, "
      "and more than a hundred bytes in any case";
  std::ofstream(folder.path() + "/mail.db") << text;
  for (const bool inspect : {false, true})
    BOOST_TEST(status_of_opening(folder.path(), kSink, inspect) == HAULIER_BAD_STATE);
  std::ifstream file(folder.path() + "/mail.db");
  BOOST_TEST(std::string(std::istreambuf_iterator<char>(file), {}) == text);
}

BOOST_AUTO_TEST_CASE(a_damaged_database_is_refused) {
  const TempFolder folder;
  {
    Run run(kSink, folder.path());
    run.store(things_with_state(0, 200, "[1]"));
  }
  std::fstream file(folder.path() + "/mail.db", std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(16384);
  file << std::string(64 * 16384, '\x7F');
  file.close();
  const haulier_status status = status_of([&] {
    Run run(kSink, folder.path());
    run.store(things_with_state(0, 200, "[2]"));
  });
  BOOST_TEST(status == HAULIER_BAD_STATE);
}

BOOST_AUTO_TEST_CASE(another_migration_of_the_same_number_is_refused) {
  const TempFolder folder;
  { Run run(kSink, folder.path()); }
  OtherProgram(folder.path()).ask("UPDATE schema_migrations SET checksum = 'other'");
  BOOST_TEST(status_of_opening(folder.path()) == HAULIER_BAD_STATE);
}

BOOST_AUTO_TEST_CASE(a_key_of_email_locations_that_is_not_unique_is_refused) {
  const TempFolder folder;
  { Run run(kSink, folder.path(), "contract", declare_model); }
  OtherProgram(folder.path())
      .ask(
          "CREATE TABLE copy (account TEXT NOT NULL, mailbox TEXT NOT NULL, uidvalidity INTEGER NOT NULL, uid INTEGER "
          "NOT NULL, "
          "email_id TEXT NOT NULL, flags TEXT NOT NULL, modseq INTEGER, internal_date TEXT, first_seen TEXT NOT NULL, "
          "vanished_at TEXT) STRICT; CREATE UNIQUE INDEX partly ON copy (account, mailbox, uidvalidity, uid) WHERE uid "
          "> 5; "
          "DROP VIEW v_messages; DROP VIEW v_newest_mail; DROP TABLE email_locations; ALTER TABLE copy RENAME TO "
          "email_locations");
  try {
    Run run(kSink, folder.path(), "contract", declare_model);
    BOOST_ERROR("it opened");
  } catch (const Error& error) {
    BOOST_TEST(error.status() == HAULIER_BAD_STATE);
    OtherProgram(folder.path()).ask(error.hint());  // the repair it names works
  }
  Run run(kSink, folder.path(), "contract", declare_model);
}

BOOST_AUTO_TEST_CASE(a_full_disk_stops_with_what_was_committed_intact) {
  const TempFolder folder;
  {
    Run run(kSink, folder.path());
    run.store(things_with_state(0, 1, "[1]"));
  }
  const pid_t child = ::fork();
  BOOST_REQUIRE(child >= 0);
  if (child == 0) {
    // A limit on the size of files stands for the full disk: it needs no mount.
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{2 * 1024 * 1024, 2 * 1024 * 1024};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    int code = 1;
    try {
      Run run(kSink, folder.path());
      const haulier_status status = status_of([&] {
        BatchBuilder builder;
        for (int n = 0; n < 9; ++n) {
          thing(builder, "big", n).text(kTitle, "t").blob(kBytes, make_blob(run.host, pattern(1 << 20, 1)));
        }
        builder.state(kProgress, kProgressFields).text(kAccount, "me").text(kPlace, "INBOX").json(kState, "[2]");
        run.store(builder.finish());
      });
      run.rollback();
      code = status == HAULIER_LOCAL_IO ? 0 : 2;
    } catch (...) {
      code = 3;
    }
    ::_exit(code);
  }
  int status = 0;
  BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
  BOOST_TEST(WEXITSTATUS(status) == 0);
  Run run(kSink, folder.path());
  BOOST_TEST(state_of(run) == "[1]");
  BOOST_TEST(OtherProgram(folder.path()).ask("SELECT count(*) FROM contract_things") == "1");
}

BOOST_AUTO_TEST_CASE(checking_looks_and_changes_nothing) {
  const auto check = [](const std::string& path) {
    testing::FakeHost host;
    const std::string file = std::string(HAULIER_PLUGIN_DIR) + "/sqlite.so";
    testing::PluginHandle plugin(testing::load_descriptor(file, "sqlite"), host.get(), "{\"path\":\"" + path + "\"}");
    const auto& ability = plugin.ability<haulier_check>(HAULIER_ABILITY_CHECK);
    return status_of(
        [&] { testing::PluginHandle::call([&](haulier_error* e) { return ability.check(plugin.self(), e); }); });
  };
  const TempFolder folder;
  BOOST_TEST(check(folder.path() + "/mail.db") == HAULIER_OK);
  BOOST_TEST(check(folder.path() + "/missing/mail.db") == HAULIER_LOCAL_IO);
  BOOST_TEST(std::filesystem::is_empty(folder.path()));
  { Run run(kSink, folder.path()); }
  BOOST_TEST(check(folder.path() + "/mail.db") == HAULIER_OK);
  OtherProgram(folder.path()).ask("INSERT INTO schema_migrations VALUES (99, 'later', '', '')");
  BOOST_TEST(check(folder.path() + "/mail.db") == HAULIER_BAD_STATE);
}

BOOST_AUTO_TEST_CASE(databases_in_memory_are_refused) {
  testing::FakeHost host;
  const auto& descriptor = testing::load_descriptor(std::string(HAULIER_PLUGIN_DIR) + "/sqlite.so", "sqlite");
  const haulier_status status =
      status_of([&] { testing::PluginHandle plugin(descriptor, host.get(), R"({"path":":memory:"})"); });
  BOOST_TEST(status == HAULIER_BAD_CONFIG);
}

BOOST_AUTO_TEST_CASE(page_size_holds_for_a_new_file_and_journal_for_every_run) {
  const TempFolder folder;
  { Run run(sink_with(",\"page_size\":8192,\"journal\":\"wal\""), folder.path()); }
  BOOST_TEST(OtherProgram(folder.path()).ask("PRAGMA journal_mode") == "wal");
  { Run run(kSink, folder.path()); }
  OtherProgram other(folder.path());
  BOOST_TEST(other.ask("PRAGMA journal_mode") == "delete");  // a rollback journal; its kind is each connection's own
  BOOST_TEST(other.ask("PRAGMA page_size") == "8192");
}

BOOST_AUTO_TEST_CASE(wal_is_warned_of_where_it_is_faulty) {
  const TempFolder folder;
  Run run(sink_with(",\"journal\":\"wal\""), folder.path());
  const bool warned = std::any_of(run.host.logs.begin(), run.host.logs.end(),
                                  [](const std::string& line) { return line.find("wal") != std::string::npos; });
  const int version = sqlite3_libversion_number();
  BOOST_TEST(warned == (version < 3'051'003 && !(version >= 3'044'006 && version < 3'045'000) &&
                        !(version >= 3'050'007 && version < 3'051'000)));
}

BOOST_AUTO_TEST_SUITE_END()
