#include <sys/mount.h>

#include "cutting_proxy.hpp"
#include "postgresql_places.hpp"

using namespace haulier;
using namespace haulier::contract;
using haulier::testing::Cut;
using haulier::testing::CuttingProxy;
using haulier::testing::OtherClient;
using haulier::testing::postgresql_sink;
using haulier::testing::PostgresqlReader;
using haulier::testing::PostgresqlServer;
using haulier::testing::schema_of;

BOOST_AUTO_TEST_SUITE(sinks_postgresql_faults)

namespace {

// Status and words of whatever f throws.
struct Fault {
  haulier_status status = HAULIER_OK;
  std::string words;
  std::string hint;
  std::uint64_t index = 0;
};

template <class F>
Fault fault_of(F&& f) {
  try {
    f();
  } catch (const Error& error) {
    BOOST_TEST_MESSAGE(error.what() << " | " << error.hint());
    return {error.status(), error.what(), error.hint(), error.record_index()};
  }
  return {};
}

bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

// The sink with some settings replaced by those of `more`, which come last and so win.
SinkUnderTest sink_with(const std::string& config) {
  SinkUnderTest out = postgresql_sink();
  out.config = [config](const std::string& folder) {
    std::string text = config;
    const std::string port = std::to_string(PostgresqlServer::shared().port());
    for (std::size_t at; (at = text.find("$PORT")) != std::string::npos;) text.replace(at, 5, port);
    return "{" + text + ",\"schema\":\"" + schema_of(folder) + "\"}";
  };
  return out;
}

Fault fault_of_opening(const std::string& config) {
  const TempFolder folder;
  return fault_of([&] { Run run(sink_with(config), folder.path()); });
}

SinkUnderTest sink_through(const CuttingProxy& proxy) {
  SinkUnderTest out = postgresql_sink();
  out.config = [port = proxy.port()](const std::string& folder) {
    return "{\"host\":\"127.0.0.1\",\"port\":" + std::to_string(port) +
           R"(,"database":"postgres","user":"postgres","tls":"disable","schema":")" + schema_of(folder) + "\"}";
  };
  return out;
}

Batch many_things(int n, int bad = -1) {
  BatchBuilder builder;
  for (int i = 0; i < n; ++i) {
    RecordBuilder record = thing(builder, "thing-" + std::to_string(i), i);
    record.text(kTitle, "t").json(kDoc, i == bad ? "{\"a\":" : "{}");
  }
  return builder.finish();
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_server_killed_in_the_middle_of_a_load_is_waited_for) {
  PostgresqlServer server;
  const TempFolder folder;
  Run run(postgresql_sink(server), folder.path());
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

BOOST_AUTO_TEST_CASE(a_terminated_backend_is_replaced) {
  const TempFolder folder;
  Run run(postgresql_sink(), folder.path());
  OtherClient other(PostgresqlServer::shared().conninfo());
  const auto terminate = [&] {
    other.ask("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'haulier'");
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
  CuttingProxy proxy(PostgresqlServer::shared().port());
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
  CuttingProxy proxy(PostgresqlServer::shared().port());
  Run run(sink_through(proxy), folder.path());
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

BOOST_AUTO_TEST_CASE(a_lock_that_stays_is_given_back) {
  const TempFolder folder;
  Run run(postgresql_sink(PostgresqlServer::shared(), ",\"lock_timeout\":50"), folder.path());
  run.store(many_things(2));
  PostgresqlReader other(PostgresqlServer::shared(), folder.path());
  other.ask("BEGIN");
  other.ask("UPDATE contract_things SET title = 'theirs'");
  run.begin();
  const Fault fault = fault_of([&] { run.write(many_things(2)); });
  BOOST_TEST(fault.status == HAULIER_RETRY);
  BOOST_TEST(holds(fault.words, "55P03"));
  run.rollback();
  other.ask("COMMIT");
  run.store(many_things(2));
  BOOST_TEST(run.things().at("'thing-0'|0").at("title") == "'t'");
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

BOOST_AUTO_TEST_CASE(a_row_that_the_server_refuses_is_named) {
  const TempFolder folder;
  Run run(postgresql_sink(), folder.path());
  for (const int n : {20, 3}) {  // by COPY, and as single statements
    run.begin();
    const Fault fault = fault_of([&] { run.write(many_things(n, 2)); });
    BOOST_TEST(fault.status == HAULIER_BAD_RECORD);
    BOOST_TEST(fault.index == 2u);
    BOOST_TEST(holds(fault.words, "json"));
    run.rollback();
  }
  BOOST_TEST(run.things().empty());
  // A key that no index takes.
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

// Between the question which rows are there and the COPY another program inserts one of them.
BOOST_AUTO_TEST_CASE(a_row_that_appears_meanwhile_is_changed_and_not_doubled) {
  const TempFolder folder;
  PostgresqlServer& server = PostgresqlServer::shared();
  Run run(postgresql_sink(), folder.path());
  bool done = false;
  run.host.on_step = [&](std::uint64_t) {
    if (done || run.host.steps.back() != "postgresql.looked_up") return;
    done = true;
    PostgresqlReader(server, folder.path())
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
  OtherClient admin(PostgresqlServer::shared().conninfo());
  admin.ask("CREATE ROLE locked_out LOGIN PASSWORD 'right'");
  const std::string place = R"("host":"127.0.0.1","tls":"disable")";
  const Fault wrong =
      fault_of_opening(place + R"(,"port":$PORT,"database":"postgres","user":"locked_out","password":"wrong-secret")");
  BOOST_TEST(wrong.status == HAULIER_NEEDS_AUTH);
  BOOST_TEST(!holds(wrong.words, "wrong-secret"));
  BOOST_TEST(holds(wrong.hint, "psql"));
  const Fault none = fault_of_opening(place + R"(,"port":$PORT,"database":"postgres","user":"locked_out")");
  BOOST_TEST(none.status == HAULIER_NEEDS_AUTH);
  const Fault no_rights =
      fault_of_opening(place + R"(,"port":$PORT,"database":"postgres","user":"locked_out","password":"right")");
  BOOST_TEST(no_rights.status == HAULIER_NEEDS_AUTH);
  BOOST_TEST(holds(no_rights.hint, "GRANT"));
  const Fault missing = fault_of_opening(place + R"(,"port":$PORT,"database":"nothing","user":"postgres")");
  BOOST_TEST(missing.status == HAULIER_BAD_CONFIG);
  BOOST_TEST(holds(missing.words, "createdb"));
  const Fault no_tls =
      fault_of_opening(R"("host":"127.0.0.1","tls":"require","port":$PORT,"database":"postgres","user":"postgres")");
  BOOST_TEST(no_tls.status == HAULIER_PROTOCOL);
  const Fault refused = fault_of_opening(place + R"(,"port":1,"database":"postgres","user":"postgres")");
  BOOST_TEST(refused.status == HAULIER_RETRY);
}

BOOST_AUTO_TEST_CASE(a_read_only_database_stops_the_run) {
  const TempFolder folder;
  { Run run(postgresql_sink(), folder.path()); }
  OtherClient admin(PostgresqlServer::shared().conninfo());
  admin.ask("CREATE ROLE reader SUPERUSER LOGIN");
  admin.ask("ALTER ROLE reader SET default_transaction_read_only = on");
  const Fault fault = fault_of([&] {
    Run run(sink_with(R"("host":"127.0.0.1","tls":"disable","port":$PORT,"database":"postgres","user":"reader")"),
            folder.path());
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
    OtherClient admin(server.conninfo());
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
    SinkUnderTest sink = postgresql_sink();
    sink.config = [&](const std::string& place) {
      return "{\"host\":\"" + host + "\",\"port\":" + std::to_string(server.port()) +
             R"(,"database":"postgres","user":"postgres","ca":")" + ca + "\",\"schema\":\"" + schema_of(place) + "\"}";
    };
    return fault_of([&] {
      Run run(sink, folder.path());
      OtherClient other(server.conninfo());
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

BOOST_AUTO_TEST_CASE(cancelling_ends_a_wait_for_a_lock) {
  const TempFolder folder;
  Run run(postgresql_sink(), folder.path());
  run.store(many_things(2));
  PostgresqlReader other(PostgresqlServer::shared(), folder.path());
  other.ask("BEGIN");
  other.ask("UPDATE contract_things SET title = 'theirs'");
  run.begin();
  std::thread canceller([&] {
    OtherClient watcher(PostgresqlServer::shared().conninfo());
    while (watcher.ask("SELECT count(*) FROM pg_locks WHERE NOT granted") == "0") {
    }
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
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  BOOST_REQUIRE(::bind(listener, reinterpret_cast<sockaddr*>(&address), size) == 0);
  BOOST_REQUIRE(::listen(listener, 4) == 0);
  BOOST_REQUIRE(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  const Fault fault =
      fault_of_opening(R"("host":"127.0.0.1","tls":"disable","database":"x","user":"x","timeout":1000,"port":)" +
                       std::to_string(ntohs(address.sin_port)));
  BOOST_TEST(fault.status == HAULIER_RETRY);
  BOOST_TEST(holds(fault.words, "no answer"));
  ::close(listener);
}

BOOST_AUTO_TEST_SUITE_END()
