#include <sys/mount.h>

#include "postgresql_engine.hpp"

using namespace haulier;
using namespace haulier::contract;
using namespace haulier::testing::server_cases;
using haulier::testing::CuttingProxy;
using haulier::testing::Fault;
using haulier::testing::fault_of;
using haulier::testing::holds;
using haulier::testing::many_things;
using haulier::testing::OtherPostgresqlClient;
using haulier::testing::postgresql_sink;
using haulier::testing::PostgresqlEngine;
using haulier::testing::PostgresqlReader;
using haulier::testing::PostgresqlServer;

BOOST_AUTO_TEST_SUITE(sinks_postgresql_faults)

HAULIER_SERVER_FAULTS(PostgresqlEngine)

// The server still works on the COMMIT: asking for the state waits until it is done.
BOOST_AUTO_TEST_CASE(an_unknown_commit_is_waited_for_before_the_state_is_read) {
  const TempFolder folder;
  CuttingProxy proxy(PostgresqlServer::shared().port());
  Run run(sink_through<PostgresqlEngine>(proxy), folder.path());
  run.store(things_with_state(0, 1, "[1]"));
  PostgresqlReader other(PostgresqlServer::shared(), folder.path());
  other.ask(
      "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.7); RETURN NULL; END'");
  other.ask(
      "CREATE CONSTRAINT TRIGGER slow AFTER UPDATE ON contract_progress DEFERRABLE INITIALLY DEFERRED FOR EACH ROW "
      "EXECUTE FUNCTION slow()");
  run.begin();
  run.write(things_with_state(1, 3, "[3]"));
  std::thread cutter([&] {
    // Once the COMMIT is being worked on, the connection is taken away from the client, not from the server.
    while (other.ask("SELECT count(*) FROM pg_stat_activity WHERE query = 'COMMIT' AND state = 'active'") == "0") {
    }
    proxy.cut_now();
  });
  const Fault fault = fault_of([&] { run.commit(things_with_state(1, 3, "[3]")); });
  cutter.join();
  BOOST_TEST(fault.status == HAULIER_COMMIT_UNKNOWN);
  BOOST_TEST(state_of(run) == "[3]");
  BOOST_TEST(run.things().size() == 3u);
}

BOOST_AUTO_TEST_CASE(a_deadlock_is_given_back) {
  const TempFolder folder;
  Run run(postgresql_sink(), folder.path());
  run.store(many_things(2));
  PostgresqlReader other(PostgresqlServer::shared(), folder.path());
  other.ask("SET deadlock_timeout = '60s'");  // so that the sink is the one that finds it
  const auto change = [](int n) {
    BatchBuilder builder;
    thing(builder, "thing-" + std::to_string(n), n).text(kTitle, "ours");
    return builder.finish();
  };
  run.begin();
  run.write(change(0));
  other.ask("BEGIN");
  other.ask("UPDATE contract_things SET title = 'theirs' WHERE part = 1");
  BOOST_REQUIRE(PQsendQuery(other.get(), "UPDATE contract_things SET title = 'theirs' WHERE part = 0") == 1);
  PQflush(other.get());
  const Fault fault = fault_of([&] { run.write(change(1)); });
  BOOST_TEST(fault.status == HAULIER_RETRY);
  BOOST_TEST(holds(fault.words, "40P01"));
  run.rollback();
  while (PGresult* result = PQgetResult(other.get())) PQclear(result);
  other.ask("COMMIT");
  run.store(change(1));
}

BOOST_AUTO_TEST_CASE(a_key_that_the_server_refuses_is_named) {
  const TempFolder folder;
  Run run(postgresql_sink(), folder.path());
  BatchBuilder builder;
  for (int i = 0; i < 10; ++i) {
    thing(builder, i == 7 ? pattern(9000, 1).replace(0, 9000, std::string(4500, 'x') + std::string(4500, 'y')) : "k", i)
        .text(kTitle, "t");
  }
  PostgresqlReader(PostgresqlServer::shared(), folder.path())
      .ask("ALTER TABLE contract_things ADD CONSTRAINT short CHECK (length(id) < 100)");
  run.begin();
  const Fault fault = fault_of([&] { run.write(builder.finish()); });
  BOOST_TEST(fault.status == HAULIER_BAD_RECORD);
  BOOST_TEST(fault.index == 7u);
}

BOOST_AUTO_TEST_CASE(a_read_only_database_stops_the_run) {
  const TempFolder folder;
  { Run run(postgresql_sink(), folder.path()); }
  OtherPostgresqlClient admin(PostgresqlServer::shared().conninfo());
  admin.ask("CREATE ROLE reader SUPERUSER LOGIN");
  admin.ask("ALTER ROLE reader SET default_transaction_read_only = on");
  const Fault fault = fault_of([&] {
    Run run(postgresql_sink(PostgresqlServer::shared(), {{"user", "\"reader\""}}), folder.path());
  });
  BOOST_TEST(fault.status == HAULIER_LOCAL_IO);
  BOOST_TEST(holds(fault.words, "read-only"));
}

BOOST_AUTO_TEST_CASE(a_full_disk_stops_the_run_and_keeps_what_was_committed) {
  PostgresqlServer server;
  const std::string small = server.folder() + "/small";
  std::filesystem::create_directory(small);
  if (::mount("none", small.c_str(), "tmpfs", 0, "size=16m,mode=777") != 0) {
    BOOST_TEST_MESSAGE("left out: this user may not mount a small file system");
    return;
  }
  {
    std::filesystem::create_directory(small + "/space");
    server.give_away(small + "/space");
    OtherPostgresqlClient admin(server.conninfo());
    admin.ask("CREATE TABLESPACE small LOCATION '" + small + "/space'");
    admin.ask("ALTER ROLE postgres SET default_tablespace = small");
    const TempFolder folder;
    Run run(postgresql_sink(server), folder.path());
    run.store(things_with_state(0, 20, "[20]"));
    const Fault fault = fault_of([&] {
      for (int n = 0; n < 40; ++n) {
        BatchBuilder builder;
        thing(builder, "big", n).text(kTitle, "t").blob(kBytes, make_blob(run.host, pattern(1024 * 1024, unsigned(n))));
        run.begin();
        run.write(builder.finish());
      }
    });
    BOOST_TEST(fault.status == HAULIER_LOCAL_IO);
    BOOST_TEST(holds(fault.words, "53100"));
    run.rollback();
    BOOST_TEST(run.things().size() == 20u);
    BOOST_TEST(state_of(run) == "[20]");
  }
  server.stop();
  ::umount(small.c_str());
}

BOOST_AUTO_TEST_CASE(the_certificate_must_be_the_hosts) {
  PostgresqlServer server;
  server.stop();
  const std::string certificate = server.make_certificate("localhost");
  server.start();
  const auto opening = [&](const std::string& host, const std::string& ca) {
    const TempFolder folder;
    const SinkUnderTest sink =
        postgresql_sink(server, {{"host", "\"" + host + "\""}, {"ca", "\"" + ca + "\""}, {"tls", "\"verify-full\""}});
    return fault_of([&] {
      Run run(sink, folder.path());
      OtherPostgresqlClient other(server.conninfo());
      BOOST_TEST(other.ask("SELECT ssl, version FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE "
                           "application_name = 'haulier'") == "t TLSv1.3");
    });
  };
  BOOST_TEST(opening("localhost", certificate).status == HAULIER_OK);
  BOOST_TEST(opening("127.0.0.1", certificate).status == HAULIER_PROTOCOL);
  const TempFolder other;
  std::ofstream(other.path() + "/none.crt");
  BOOST_TEST(opening("localhost", other.path() + "/none.crt").status == HAULIER_PROTOCOL);
}

BOOST_AUTO_TEST_SUITE_END()
