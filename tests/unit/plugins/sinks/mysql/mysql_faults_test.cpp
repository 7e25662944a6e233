#include <sys/mount.h>

#include "mysql_engine.hpp"

using namespace haulier;
using namespace haulier::contract;
using namespace haulier::testing::server_cases;
using haulier::testing::CuttingProxy;
using haulier::testing::database_of;
using haulier::testing::Fault;
using haulier::testing::fault_of;
using haulier::testing::holds;
using haulier::testing::many_things;
using haulier::testing::mysql_sink;
using haulier::testing::MysqlEngine;
using haulier::testing::MysqlReader;
using haulier::testing::MysqlServer;
using haulier::testing::OtherMysqlClient;

BOOST_AUTO_TEST_SUITE(sinks_mysql_faults)

HAULIER_SERVER_FAULTS(MysqlEngine)

// The server still works on the COMMIT: asking for the state waits until it is done.
BOOST_AUTO_TEST_CASE(an_unknown_commit_is_waited_for_before_the_state_is_read) {
  const TempFolder folder;
  CuttingProxy proxy(MysqlServer::shared().port(), MysqlEngine::kCommitOnTheWire);
  Run run(sink_through<MysqlEngine>(proxy), folder.path());
  run.store(things_with_state(0, 1, "[1]"));
  OtherMysqlClient locker(MysqlServer::shared().socket());
  std::thread other_program;
  run.host.on_step = [&](std::uint64_t) {
    if (run.host.steps.back() != "mysql.before_commit") return;
    locker.ask("FLUSH TABLES WITH READ LOCK");  // holds every COMMIT up
    other_program = std::thread([&] {
      OtherMysqlClient watcher(MysqlServer::shared().socket());
      const std::string sinks = "SELECT count(*) FROM information_schema.processlist WHERE host LIKE '127.0.0.1%' AND ";
      wait_until(watcher, sinks + "info = 'COMMIT'", "1");
      // The connection is taken away from the client, not from the server.
      proxy.cut_now();
      wait_until(watcher, sinks + "info LIKE '%FOR UPDATE'", "1");
      locker.ask("UNLOCK TABLES");
    });
  };
  run.begin();
  run.write(things_with_state(1, 3, "[3]"));
  const Fault fault = fault_of([&] { run.commit(things_with_state(1, 3, "[3]")); });
  BOOST_TEST(fault.status == HAULIER_COMMIT_UNKNOWN);
  BOOST_TEST(state_of(run) == "[3]");
  other_program.join();
  BOOST_TEST(run.things().size() == 3u);
}

BOOST_AUTO_TEST_CASE(a_deadlock_is_given_back) {
  const TempFolder folder;
  Run run(mysql_sink(), folder.path());
  run.store(many_things(60));
  MysqlReader other(MysqlServer::shared(), folder.path());
  const auto change = [](int n) {
    BatchBuilder builder;
    thing(builder, "thing-" + std::to_string(n), n).text(kTitle, "ours");
    return builder.finish();
  };
  run.begin();
  run.write(change(0));
  // The server ends the transaction that has changed less: the sink's.
  other.ask("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");  // locks only what it changes
  other.ask("BEGIN");
  other.ask("UPDATE contract_things SET title = 'theirs' WHERE part > 0");
  std::thread waiting([&] { other.ask("UPDATE contract_things SET title = 'theirs' WHERE id = 'thing-0'"); });
  OtherMysqlClient watcher(MysqlServer::shared().socket());
  wait_until(watcher, MysqlEngine::kLockWaits, "1");
  const Fault fault = fault_of([&] { run.write(change(1)); });
  BOOST_TEST(fault.status == HAULIER_RETRY);
  BOOST_TEST(holds(fault.words, "1213"));
  run.rollback();
  waiting.join();
  other.ask("COMMIT");
  run.store(change(1));
  BOOST_TEST(run.things().at("'thing-1'|1").at("title") == "'ours'");
}

BOOST_AUTO_TEST_CASE(a_value_that_the_server_refuses_is_named) {
  const TempFolder folder;
  Run run(mysql_sink(), folder.path());
  // A key that no index takes, and a number that no column holds.
  for (const bool long_key : {true, false}) {
    BatchBuilder builder;
    for (int i = 0; i < 10; ++i) {
      RecordBuilder record = thing(builder, long_key && i == 7 ? std::string(9000, 'x') : "k", i);
      record.text(kTitle, "t");
      if (!long_key && i == 7) record.real(kRatio, std::numeric_limits<double>::infinity());
    }
    run.begin();
    const Fault fault = fault_of([&] { run.write(builder.finish()); });
    BOOST_TEST(fault.status == HAULIER_BAD_RECORD);
    BOOST_TEST(fault.index == 7u);
    run.rollback();
  }
}

BOOST_AUTO_TEST_CASE(a_value_beyond_a_packet_is_named_and_smaller_ones_go_in_pieces) {
  OtherMysqlClient admin(MysqlServer::shared().socket());
  admin.ask("SET GLOBAL max_allowed_packet = 1048576");
  const TempFolder folder;
  Run run(mysql_sink(), folder.path());
  admin.ask("SET GLOBAL max_allowed_packet = 67108864");
  const auto batch = [&](std::size_t size) {
    BatchBuilder builder;
    for (int i = 0; i < 30; ++i) {
      RecordBuilder record = thing(builder, "a", i);
      record.text(kTitle, std::string(100'000, 't'));
      if (i == 5) record.blob(kBytes, make_blob(run.host, pattern(size, 1)));
    }
    return builder.finish();
  };
  run.begin();
  const Fault fault = fault_of([&] { run.write(batch(1'048'577)); });
  BOOST_TEST(fault.status == HAULIER_BAD_RECORD);
  BOOST_TEST(fault.index == 5u);
  BOOST_TEST(holds(fault.words, "max_allowed_packet"));
  run.rollback();
  run.store(batch(1'000'000));
  BOOST_TEST(run.things().size() == 30u);
  BOOST_TEST(run.things().at("'a'|5").at("bytes") == hash_text(pattern(1'000'000, 1)));
}

BOOST_AUTO_TEST_CASE(a_server_that_forgets_commits_is_refused) {
  OtherMysqlClient admin(MysqlServer::shared().socket());
  admin.ask("SET GLOBAL innodb_flush_log_at_trx_commit = 0");
  const Fault fault = fault_of_opening<MysqlEngine>({});
  admin.ask("SET GLOBAL innodb_flush_log_at_trx_commit = 2");
  BOOST_TEST(fault.status == HAULIER_BAD_STATE);
  BOOST_TEST(holds(fault.hint, "innodb_flush_log_at_trx_commit = 1"));
}

BOOST_AUTO_TEST_CASE(a_read_only_server_stops_the_run) {
  const TempFolder folder;
  { Run run(mysql_sink(), folder.path()); }
  OtherMysqlClient admin(MysqlServer::shared().socket());
  admin.ask("CREATE USER reader@'127.0.0.1'");
  admin.ask("GRANT ALL ON *.* TO reader@'127.0.0.1'");
  admin.ask("REVOKE SUPER, READ_ONLY ADMIN ON *.* FROM reader@'127.0.0.1'");
  admin.ask("SET GLOBAL read_only = 1");
  const Fault fault = fault_of([&] {
    Run run(mysql_sink(MysqlServer::shared(), {{"user", "\"reader\""}}), folder.path());
  });
  admin.ask("SET GLOBAL read_only = 0");
  BOOST_TEST(fault.status == HAULIER_LOCAL_IO);
  BOOST_TEST(holds(fault.words, "read-only"));
}

BOOST_AUTO_TEST_CASE(a_full_disk_stops_the_run_and_keeps_what_was_committed) {
  MysqlServer server({"--innodb-file-per-table=1"});
  const TempFolder folder;
  // Every table of the database lies on the small disk.
  const std::string small = server.data() + "/" + database_of(folder.path());
  static_cast<void>(testing::mysql_config(server, folder.path()));
  if (::mount("none", small.c_str(), "tmpfs", 0, "size=16m,mode=777") != 0) {
    BOOST_TEST_MESSAGE("left out: this user may not mount a small file system");
    return;
  }
  {
    Run run(mysql_sink(server), folder.path());
    run.store(things_with_state(0, 20, "[20]"));
    run.begin();
    const Fault fault = fault_of([&] {
      // Small rows: a server whose disk is full in the middle of a long value ends itself (MariaDB 10.11.19).
      for (int n = 0; n < 20'000; n += 500) {
        BatchBuilder builder;
        for (int i = n; i < n + 500; ++i) thing(builder, "small", i).text(kTitle, std::string(2000, 't'));
        run.write(builder.finish());
      }
    });
    BOOST_TEST(fault.status == HAULIER_LOCAL_IO);
    BOOST_TEST(holds(fault.words, "is full"));
    run.rollback();
    BOOST_TEST(run.things().size() == 20u);
    BOOST_TEST(state_of(run) == "[20]");
  }
  server.stop();
  ::umount(small.c_str());
}

BOOST_AUTO_TEST_CASE(the_certificate_must_be_the_hosts) {
  const TempFolder keys;
  const std::string certificate = keys.path() + "/server.crt", key = keys.path() + "/server.key";
  testing::make_certificate_files("localhost", certificate, key);
  MysqlServer server({"--ssl-cert=" + certificate, "--ssl-key=" + key});
  // "localhost" is here a name as any other, not a word for the socket.
  OtherMysqlClient(server.socket()).ask("CREATE USER secure@'127.0.0.1' REQUIRE SSL");
  OtherMysqlClient(server.socket()).ask("GRANT ALL ON *.* TO secure@'127.0.0.1'");
  const auto opening = [&](const std::string& host, const testing::Settings& more) {
    testing::Settings settings = more;
    settings.insert({{"host", "\"" + host + "\""}, {"user", "\"secure\""}, {"tls", "\"verify-full\""}});
    const TempFolder folder;
    return fault_of([&] { Run run(mysql_sink(server, settings), folder.path()); }).status;
  };
  const testing::Settings ours{{"ca", "\"" + certificate + "\""}};
  BOOST_TEST(opening("localhost", ours) == HAULIER_OK);
  BOOST_TEST(opening("127.0.0.1", ours) == HAULIER_PROTOCOL);
  BOOST_TEST(opening("localhost", {}) == HAULIER_PROTOCOL);  // the system's authorities did not sign it
  BOOST_TEST(opening("127.0.0.1", {{"tls", "\"require\""}}) == HAULIER_OK);
  BOOST_TEST(opening("127.0.0.1", {{"tls", "\"disable\""}}) == HAULIER_NEEDS_AUTH);
  const TempFolder other;
  std::ofstream(other.path() + "/none.crt");
  BOOST_TEST(opening("localhost", {{"ca", "\"" + other.path() + "/none.crt\""}}) == HAULIER_PROTOCOL);
}

BOOST_AUTO_TEST_SUITE_END()
