#include <sys/mount.h>

#include <thread>

#include "cutting_proxy.hpp"
#include "mysql_places.hpp"
#include "sink_faults.hpp"

using namespace haulier;
using namespace haulier::contract;
using haulier::testing::Cut;
using haulier::testing::CuttingProxy;
using haulier::testing::database_of;
using haulier::testing::Fault;
using haulier::testing::fault_of;
using haulier::testing::holds;
using haulier::testing::many_things;
using haulier::testing::mysql_sink;
using haulier::testing::MysqlReader;
using haulier::testing::MysqlServer;
using haulier::testing::OtherMysqlClient;
using haulier::testing::SilentServer;

BOOST_AUTO_TEST_SUITE(sinks_mysql_faults)

namespace {

constexpr std::string_view kCommitOnTheWire =
    "\x03"
    "COMMIT";

// innodb_trx would not do: its rows stay as they are while somebody asks more often than every 0.1 s.
const char* const kLockWaits =
    "SELECT variable_value FROM information_schema.global_status WHERE variable_name = 'INNODB_ROW_LOCK_CURRENT_WAITS'";

// The sink with a config of its own: $PORT and $DATABASE are filled in.
SinkUnderTest sink_with(const std::string& config, MysqlServer& server = MysqlServer::shared()) {
  SinkUnderTest out = mysql_sink(server);
  out.config = [config, &server](const std::string& folder) {
    static_cast<void>(testing::mysql_config(server, folder));  // makes the database
    std::string text = config;
    const auto fill = [&](const std::string& name, const std::string& value) {
      for (std::size_t at; (at = text.find(name)) != std::string::npos;) text.replace(at, name.size(), value);
    };
    fill("$PORT", std::to_string(server.port()));
    fill("$DATABASE", database_of(folder));
    return "{" + text + "}";
  };
  return out;
}

Fault fault_of_opening(const std::string& config, MysqlServer& server = MysqlServer::shared()) {
  const TempFolder folder;
  return fault_of([&] { Run run(sink_with(config, server), folder.path()); });
}

SinkUnderTest sink_through(const CuttingProxy& proxy) {
  return sink_with(R"("host":"127.0.0.1","tls":"disable","user":"root","database":"$DATABASE","port":)" +
                   std::to_string(proxy.port()));
}

// Until the other side of a wait shows at the server.
void wait_until(OtherMysqlClient& watcher, const std::string& question, const std::string& answer) {
  constexpr int kPatience = 100'000;
  for (int tries = 0; watcher.ask(question) != answer; ++tries) BOOST_REQUIRE_MESSAGE(tries < kPatience, question);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_server_killed_in_the_middle_of_a_load_is_waited_for) {
  MysqlServer server;
  const TempFolder folder;
  Run run(mysql_sink(server), folder.path());
  run.store(things_with_state(0, 5, "[5]"));
  for (const bool in_transaction : {true, false}) {
    if (in_transaction) run.begin();
    if (in_transaction) run.write(things_with_state(5, 20, "[20]"));
    server.stop();
    const Fault down = fault_of([&] {
      if (in_transaction) run.commit(things_with_state(5, 20, "[20]"));
      if (!in_transaction) run.begin();
    });
    BOOST_TEST(down.status == HAULIER_RETRY);
    run.rollback();
    BOOST_TEST(fault_of([&] { run.begin(); }).status == HAULIER_RETRY);
    server.start();
    BOOST_TEST(state_of(run) == (in_transaction ? "[5]" : "[20]"));
    run.store(things_with_state(5, 20, "[20]"));
    BOOST_TEST(run.things().size() == 20u);
  }
}

BOOST_AUTO_TEST_CASE(a_killed_connection_is_replaced) {
  const TempFolder folder;
  Run run(mysql_sink(), folder.path());
  OtherMysqlClient other(MysqlServer::shared().socket());
  const auto terminate = [&] {
    const std::string sink = "FROM information_schema.processlist WHERE host LIKE '127.0.0.1%'";
    const std::string id = other.ask("SELECT id " + sink);
    other.ask("KILL CONNECTION " + id);
    wait_until(other, "SELECT count(*) " + sink, "0");
  };
  run.begin();
  terminate();
  BOOST_TEST(fault_of([&] { run.write(many_things(20)); }).status == HAULIER_RETRY);
  run.rollback();
  run.begin();
  run.write(many_things(20));
  terminate();
  BOOST_TEST(fault_of([&] { run.commit(many_things(0)); }).status == HAULIER_RETRY);
  run.rollback();
  BOOST_TEST(run.things().empty());
  run.store(many_things(20));
  BOOST_TEST(run.things().size() == 20u);
}

BOOST_AUTO_TEST_CASE(a_commit_without_an_answer_is_unknown_and_the_state_tells) {
  CuttingProxy proxy(MysqlServer::shared().port(), kCommitOnTheWire);
  const SinkUnderTest sink = sink_through(proxy);
  for (const Cut cut : {Cut::before_commit, Cut::after_commit}) {
    const TempFolder folder;
    Run run(sink, folder.path());
    run.store(things_with_state(0, 1, "[1]"));
    run.begin();
    run.write(things_with_state(1, 30, "[30]"));
    proxy.cut = cut;
    const Fault fault = fault_of([&] { run.commit(things_with_state(1, 30, "[30]")); });
    BOOST_TEST(fault.status == HAULIER_COMMIT_UNKNOWN);
    const bool committed = cut == Cut::after_commit;
    BOOST_TEST(state_of(run) == (committed ? "[30]" : "[1]"));
    BOOST_TEST(run.things().size() == (committed ? 30u : 1u));
    run.store(things_with_state(1, 30, "[30]"));
    BOOST_TEST(run.things().size() == 30u);
  }
}

// The server still works on the COMMIT: asking for the state waits until it is done.
BOOST_AUTO_TEST_CASE(an_unknown_commit_is_waited_for_before_the_state_is_read) {
  const TempFolder folder;
  CuttingProxy proxy(MysqlServer::shared().port(), kCommitOnTheWire);
  Run run(sink_through(proxy), folder.path());
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

BOOST_AUTO_TEST_CASE(a_lock_that_stays_is_given_back) {
  const TempFolder folder;
  Run run(mysql_sink(MysqlServer::shared(), ",\"lock_timeout\":50"), folder.path());
  run.store(many_things(2));
  MysqlReader other(MysqlServer::shared(), folder.path());
  other.ask("BEGIN");
  other.ask("UPDATE contract_things SET title = 'theirs'");
  run.begin();
  const Fault fault = fault_of([&] { run.write(many_things(2)); });
  BOOST_TEST(fault.status == HAULIER_RETRY);
  BOOST_TEST(holds(fault.words, "1205"));
  run.rollback();
  other.ask("COMMIT");
  run.store(many_things(2));
  BOOST_TEST(run.things().at("'thing-0'|0").at("title") == "'t'");
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
  wait_until(watcher, kLockWaits, "1");
  const Fault fault = fault_of([&] { run.write(change(1)); });
  BOOST_TEST(fault.status == HAULIER_RETRY);
  BOOST_TEST(holds(fault.words, "1213"));
  run.rollback();
  waiting.join();
  other.ask("COMMIT");
  run.store(change(1));
  BOOST_TEST(run.things().at("'thing-1'|1").at("title") == "'ours'");
}

BOOST_AUTO_TEST_CASE(a_row_that_the_server_refuses_is_named) {
  const TempFolder folder;
  Run run(mysql_sink(), folder.path());
  for (const int n : {20, 3}) {  // in bulk, and as single statements
    run.begin();
    const Fault fault = fault_of([&] { run.write(many_things(n, 2)); });
    BOOST_TEST(fault.status == HAULIER_BAD_RECORD);
    BOOST_TEST(fault.index == 2u);
    BOOST_TEST(holds(fault.words, "contract_things.doc"));
    run.rollback();
  }
  BOOST_TEST(run.things().empty());
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

// Between the question which rows are there and the bulk another program inserts two of them.
BOOST_AUTO_TEST_CASE(a_row_that_appears_meanwhile_is_changed_and_not_doubled) {
  const TempFolder folder;
  MysqlServer& server = MysqlServer::shared();
  Run run(mysql_sink(), folder.path());
  bool done = false;
  run.host.on_step = [&](std::uint64_t) {
    if (done || run.host.steps.back() != "mysql.looked_up") return;
    done = true;
    MysqlReader(server, folder.path())
        .ask(
            "INSERT INTO contract_things (id, part, title, doc) VALUES ('thing-3', 3, 'theirs', '{}'), "
            "('thing-4', 4, 't', '{}')");
  };
  const std::vector<std::uint8_t> outcomes = run.store(many_things(20));
  BOOST_TEST(done);
  BOOST_TEST(run.things().size() == 20u);
  BOOST_TEST(run.things().at("'thing-3'|3").at("title") == "'t'");
  BOOST_TEST(outcomes[3] == HAULIER_WRITTEN);
  BOOST_TEST(outcomes[4] == HAULIER_UNCHANGED);
}

BOOST_AUTO_TEST_CASE(refused_connections_say_what_to_do) {
  OtherMysqlClient admin(MysqlServer::shared().socket());
  admin.ask("CREATE USER locked_out@'127.0.0.1' IDENTIFIED BY 'right'");
  admin.ask("GRANT SELECT ON *.* TO locked_out@'127.0.0.1'");
  const std::string place = R"("host":"127.0.0.1","tls":"disable")";
  const Fault wrong =
      fault_of_opening(place + R"(,"port":$PORT,"database":"$DATABASE","user":"locked_out","password":"wrong-secret")");
  BOOST_TEST(wrong.status == HAULIER_NEEDS_AUTH);
  BOOST_TEST(!holds(wrong.words, "wrong-secret"));
  BOOST_TEST(holds(wrong.hint, "GRANT"));
  const Fault no_rights =
      fault_of_opening(place + R"(,"port":$PORT,"database":"$DATABASE","user":"locked_out","password":"right")");
  BOOST_TEST(no_rights.status == HAULIER_NEEDS_AUTH);
  BOOST_TEST(holds(no_rights.hint, "GRANT"));
  const Fault missing = fault_of_opening(place + R"(,"port":$PORT,"database":"nothing","user":"root")");
  BOOST_TEST(missing.status == HAULIER_BAD_CONFIG);
  BOOST_TEST(holds(missing.words, "CREATE DATABASE"));
  const Fault no_tls =
      fault_of_opening(R"("host":"127.0.0.1","tls":"require","port":$PORT,"database":"$DATABASE","user":"root")");
  BOOST_TEST(no_tls.status == HAULIER_PROTOCOL);
  const Fault refused = fault_of_opening(place + R"(,"port":1,"database":"$DATABASE","user":"root")");
  BOOST_TEST(refused.status == HAULIER_RETRY);
}

BOOST_AUTO_TEST_CASE(a_server_that_forgets_commits_is_refused) {
  OtherMysqlClient admin(MysqlServer::shared().socket());
  admin.ask("SET GLOBAL innodb_flush_log_at_trx_commit = 0");
  const Fault fault =
      fault_of_opening(R"("host":"127.0.0.1","tls":"disable","port":$PORT,"database":"$DATABASE","user":"root")");
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
    Run run(sink_with(R"("host":"127.0.0.1","tls":"disable","port":$PORT,"database":"$DATABASE","user":"reader")"),
            folder.path());
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
  const std::string command =
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost -addext "
      "subjectAltName=DNS:localhost -keyout '" +
      key + "' -out '" + certificate + "' 2> /dev/null";
  BOOST_REQUIRE(std::system(command.c_str()) == 0);
  MysqlServer server({"--ssl-cert=" + certificate, "--ssl-key=" + key});
  // "localhost" is here a name as any other, not a word for the socket.
  OtherMysqlClient(server.socket()).ask("CREATE USER secure@'127.0.0.1' REQUIRE SSL");
  OtherMysqlClient(server.socket()).ask("GRANT ALL ON *.* TO secure@'127.0.0.1'");
  const auto opening = [&](const std::string& host, const std::string& more) {
    return fault_of_opening("\"host\":\"" + host + R"(","port":$PORT,"database":"$DATABASE","user":"secure")" + more,
                            server);
  };
  const std::string ours = ",\"ca\":\"" + certificate + "\"";
  BOOST_TEST(opening("localhost", ours).status == HAULIER_OK);
  BOOST_TEST(opening("127.0.0.1", ours).status == HAULIER_PROTOCOL);
  BOOST_TEST(opening("localhost", "").status == HAULIER_PROTOCOL);  // the system's authorities did not sign it
  BOOST_TEST(opening("127.0.0.1", R"(,"tls":"require")").status == HAULIER_OK);
  BOOST_TEST(opening("127.0.0.1", R"(,"tls":"disable")").status == HAULIER_NEEDS_AUTH);
  const TempFolder other;
  std::ofstream(other.path() + "/none.crt");
  BOOST_TEST(opening("localhost", ",\"ca\":\"" + other.path() + "/none.crt\"").status == HAULIER_PROTOCOL);
}

BOOST_AUTO_TEST_CASE(cancelling_ends_a_wait_for_a_lock) {
  const TempFolder folder;
  Run run(mysql_sink(), folder.path());
  run.store(many_things(2));
  MysqlReader other(MysqlServer::shared(), folder.path());
  other.ask("BEGIN");
  other.ask("UPDATE contract_things SET title = 'theirs'");
  run.begin();
  std::thread canceller([&] {
    OtherMysqlClient watcher(MysqlServer::shared().socket());
    wait_until(watcher, kLockWaits, "1");
    run.host.cancel();
  });
  const Fault fault = fault_of([&] { run.write(many_things(2)); });
  canceller.join();
  BOOST_TEST(fault.status == HAULIER_CANCELLED);
  run.rollback();
  other.ask("COMMIT");
  BOOST_TEST(run.things().at("'thing-0'|0").at("title") == "'theirs'");
}

BOOST_AUTO_TEST_CASE(a_silent_server_is_given_up) {
  const SilentServer silent;
  const Fault fault =
      fault_of_opening(R"("host":"127.0.0.1","tls":"disable","database":"x","user":"x","timeout":1000,"port":)" +
                       std::to_string(silent.port()));
  BOOST_TEST(fault.status == HAULIER_RETRY);
  BOOST_TEST(holds(fault.words, "no answer"));
}

BOOST_AUTO_TEST_SUITE_END()
