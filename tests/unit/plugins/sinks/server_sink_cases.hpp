// The cases that every sink of a database server passes: one list, a case is a function over the engine, an engine
// names its cases by one macro. Engine: Server and Client and Reader types, what its faults are called, and how another
// program of that engine asks; see PostgresqlEngine and MysqlEngine.
#pragma once

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "cutting_proxy.hpp"
#include "logical_model.hpp"
#include "sink_faults.hpp"
#include "sqlite_columns.hpp"

namespace haulier::testing::server_cases {

using contract::Run;
using contract::state_of;
using contract::TempFolder;
using contract::things_with_state;

inline void declare_model(Schema& schema) { LogicalModel().declare(schema); }

template <class Engine>
Fault fault_of_opening(const Settings& settings) {
  const TempFolder folder;
  return fault_of([&] { Run run(Engine::sink(Engine::Server::shared(), settings), folder.path()); });
}

template <class Engine>
contract::SinkUnderTest sink_through(const CuttingProxy& proxy) {
  return Engine::sink(Engine::Server::shared(), {{"port", std::to_string(proxy.port())}});
}

// Until the other side of a wait shows at the server.
template <class Client>
void wait_until(Client& watcher, const std::string& question, const std::string& answer) {
  constexpr int kPatience = 100'000;
  for (int tries = 0; watcher.ask(question) != answer; ++tries) BOOST_REQUIRE_MESSAGE(tries < kPatience, question);
}

// ---- faults

template <class Engine>
void a_server_killed_in_the_middle_of_a_load_is_waited_for() {
  typename Engine::Server server;
  const TempFolder folder;
  Run run(Engine::sink(server), folder.path());
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

template <class Engine>
void a_connection_that_the_server_ends_is_replaced() {
  const TempFolder folder;
  Run run(Engine::sink(), folder.path());
  typename Engine::Client other = Engine::client();
  run.begin();
  Engine::end_connections(other);
  BOOST_TEST(fault_of([&] { run.write(many_things(20)); }).status == HAULIER_RETRY);
  run.rollback();
  run.begin();
  run.write(many_things(20));
  Engine::end_connections(other);
  BOOST_TEST(fault_of([&] { run.commit(many_things(0)); }).status == HAULIER_RETRY);
  run.rollback();
  BOOST_TEST(run.things().empty());
  run.store(many_things(20));
  BOOST_TEST(run.things().size() == 20u);
}

template <class Engine>
void a_commit_without_an_answer_is_unknown_and_the_state_tells() {
  CuttingProxy proxy(Engine::Server::shared().port(), Engine::kCommitOnTheWire);
  for (const Cut cut : {Cut::before_commit, Cut::after_commit}) {
    const TempFolder folder;
    Run run(sink_through<Engine>(proxy), folder.path());
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

template <class Engine>
void a_lock_that_stays_is_given_back() {
  const TempFolder folder;
  Run run(Engine::sink(Engine::Server::shared(), {{"lock_timeout", "50"}}), folder.path());
  run.store(many_things(2));
  typename Engine::Reader other(Engine::Server::shared(), folder.path());
  other.ask("BEGIN");
  other.ask("UPDATE contract_things SET title = 'theirs'");
  run.begin();
  const Fault fault = fault_of([&] { run.write(many_things(2)); });
  BOOST_TEST(fault.status == HAULIER_RETRY);
  BOOST_TEST(holds(fault.words, Engine::kLockStays));
  run.rollback();
  other.ask("COMMIT");
  run.store(many_things(2));
  BOOST_TEST(run.things().at("'thing-0'|0").at("title") == "'t'");
}

template <class Engine>
void cancelling_ends_a_wait_for_a_lock() {
  const TempFolder folder;
  Run run(Engine::sink(), folder.path());
  run.store(many_things(2));
  typename Engine::Reader other(Engine::Server::shared(), folder.path());
  other.ask("BEGIN");
  other.ask("UPDATE contract_things SET title = 'theirs'");
  run.begin();
  std::thread canceller([&] {
    typename Engine::Client watcher = Engine::client();
    wait_until(watcher, Engine::kLockWaits, "1");
    run.host.cancel();
  });
  const Fault fault = fault_of([&] { run.write(many_things(2)); });
  canceller.join();
  BOOST_TEST(fault.status == HAULIER_CANCELLED);
  run.rollback();
  other.ask("COMMIT");
  BOOST_TEST(run.things().at("'thing-0'|0").at("title") == "'theirs'");
}

template <class Engine>
void a_row_that_the_server_refuses_is_named() {
  const TempFolder folder;
  Run run(Engine::sink(), folder.path());
  for (const int n : {20, 3}) {  // in bulk, and as single statements
    run.begin();
    const Fault fault = fault_of([&] { run.write(many_things(n, 2)); });
    BOOST_TEST(fault.status == HAULIER_BAD_RECORD);
    BOOST_TEST(fault.index == 2u);
    BOOST_TEST(holds(fault.words, Engine::kRefusedJson));
    run.rollback();
  }
  BOOST_TEST(run.things().empty());
}

// Between the question which rows are there and the bulk another program inserts two of them.
template <class Engine>
void a_row_that_appears_meanwhile_is_changed_and_not_doubled() {
  const TempFolder folder;
  Run run(Engine::sink(), folder.path());
  bool done = false;
  run.host.on_step = [&](std::uint64_t) {
    if (done || run.host.steps.back() != std::string(Engine::kName) + ".looked_up") return;
    done = true;
    typename Engine::Reader(Engine::Server::shared(), folder.path())
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

template <class Engine>
void refused_connections_say_what_to_do() {
  typename Engine::Client admin = Engine::client();
  Engine::make_account_without_rights(admin);  // locked_out, with the password "right"
  const std::string locked_out = "\"locked_out\"";
  const Fault wrong = fault_of_opening<Engine>({{"user", locked_out}, {"password", "\"wrong-secret\""}});
  BOOST_TEST(wrong.status == HAULIER_NEEDS_AUTH);
  BOOST_TEST(!holds(wrong.words, "wrong-secret"));
  BOOST_TEST(holds(wrong.hint, Engine::kWrongPasswordHint));
  BOOST_TEST(fault_of_opening<Engine>({{"user", locked_out}}).status == HAULIER_NEEDS_AUTH);
  const Fault no_rights = fault_of_opening<Engine>({{"user", locked_out}, {"password", "\"right\""}});
  BOOST_TEST(no_rights.status == HAULIER_NEEDS_AUTH);
  BOOST_TEST(holds(no_rights.hint, "GRANT"));
  const Fault missing = fault_of_opening<Engine>({{"database", "\"nothing\""}});
  BOOST_TEST(missing.status == HAULIER_BAD_CONFIG);
  BOOST_TEST(holds(missing.words, Engine::kNoDatabase));
  BOOST_TEST(fault_of_opening<Engine>({{"tls", "\"require\""}}).status == HAULIER_PROTOCOL);
  BOOST_TEST(fault_of_opening<Engine>({{"port", "1"}}).status == HAULIER_RETRY);
}

template <class Engine>
void a_silent_server_is_given_up() {
  const SilentServer silent;
  const Fault fault = fault_of_opening<Engine>({{"timeout", "1000"}, {"port", std::to_string(silent.port())}});
  BOOST_TEST(fault.status == HAULIER_RETRY);
  BOOST_TEST(holds(fault.words, "no answer"));
}

// ---- tables

template <class Engine>
void the_schema_files_hold_the_logical_model() {
  const TempFolder folder;
  Run looking(Engine::sink(), folder.path(), "contract", declare_model, true);
  const std::vector<std::string> plan = looking.plan();
  for (const std::string& line : plan) {
    // A table that the sink derives itself is written with quotes; a column it lacks is added by ALTER.
    BOOST_TEST(line.find("CREATE TABLE \\\"") == std::string::npos, line);
    BOOST_TEST(line.find("ADD COLUMN") == std::string::npos, line);
  }
  BOOST_TEST(plan.size() > 10u);
  BOOST_TEST(looking.load_state().view().size() == 0u);
  { Run run(Engine::sink(), folder.path(), "contract", declare_model); }
  Run again(Engine::sink(), folder.path(), "contract", declare_model, true);
  BOOST_TEST(again.plan().empty());
  typename Engine::Reader reader(Engine::Server::shared(), folder.path());
  BOOST_TEST(reader.ask("SELECT name FROM schema_migrations WHERE version = 1") == "initial");
}

template <class Engine>
void the_columns_are_those_of_sqlite() {
  const TempFolder folder;
  { Run run(Engine::sink(), folder.path(), "contract", declare_model); }
  typename Engine::Reader reader(Engine::Server::shared(), folder.path());
  const Lines ours = lines_of(reader.ask(Engine::kColumns));
  const Lines theirs = sqlite_columns(folder.path(), declare_model);
  BOOST_TEST(ours.size() > 90u);
  BOOST_TEST(ours == theirs, boost::test_tools::per_element());
}

template <class Engine>
void a_schema_made_by_another_program_at_the_same_time_is_waited_for() {
  const TempFolder folder;
  const contract::SinkUnderTest impatient = Engine::sink(Engine::Server::shared(), {{"lock_timeout", "50"}});
  static_cast<void>(impatient.config(folder.path()));  // makes the place
  typename Engine::Reader other(Engine::Server::shared(), folder.path());
  other.ask("BEGIN");
  other.ask(Engine::lock_schema(folder.path()));
  BOOST_TEST(contract::status_of([&] { Run run(impatient, folder.path()); }) == HAULIER_RETRY);
  other.ask(Engine::kUnlockSchema);
  BOOST_TEST(contract::status_of([&] { Run run(impatient, folder.path()); }) == HAULIER_OK);
}

template <class Engine>
void contents_are_stored_once_and_known_ones_are_unchanged() {
  using namespace contract;
  const TempFolder folder;
  Run run(Engine::sink(), folder.path());
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
  const auto steps = static_cast<std::ptrdiff_t>(run.host.steps.size());
  const std::vector<std::uint8_t> second = run.store(contents(0, 22));
  BOOST_TEST(std::count(second.begin(), second.end(), HAULIER_UNCHANGED) == 21);
  // Only the new one's bytes were sent.
  BOOST_TEST(std::count(run.host.steps.begin() + steps, run.host.steps.end(), Engine::kPieceStep) ==
             Engine::kPiecesOfContent);
  BOOST_TEST(run.rows(kContents).size() == 11u);
}

}  // namespace haulier::testing::server_cases

#define HAULIER_SERVER_CASE(ENGINE, NAME) \
  BOOST_AUTO_TEST_CASE(NAME) { haulier::testing::server_cases::NAME<ENGINE>(); }

// Inside a test suite of the engine's own.
#define HAULIER_SERVER_FAULTS(ENGINE)                                                    \
  HAULIER_SERVER_CASE(ENGINE, a_server_killed_in_the_middle_of_a_load_is_waited_for)     \
  HAULIER_SERVER_CASE(ENGINE, a_connection_that_the_server_ends_is_replaced)             \
  HAULIER_SERVER_CASE(ENGINE, a_commit_without_an_answer_is_unknown_and_the_state_tells) \
  HAULIER_SERVER_CASE(ENGINE, a_lock_that_stays_is_given_back)                           \
  HAULIER_SERVER_CASE(ENGINE, cancelling_ends_a_wait_for_a_lock)                         \
  HAULIER_SERVER_CASE(ENGINE, a_row_that_the_server_refuses_is_named)                    \
  HAULIER_SERVER_CASE(ENGINE, a_row_that_appears_meanwhile_is_changed_and_not_doubled)   \
  HAULIER_SERVER_CASE(ENGINE, refused_connections_say_what_to_do)                        \
  HAULIER_SERVER_CASE(ENGINE, a_silent_server_is_given_up)

#define HAULIER_SERVER_TABLES(ENGINE)                                                          \
  HAULIER_SERVER_CASE(ENGINE, the_schema_files_hold_the_logical_model)                         \
  HAULIER_SERVER_CASE(ENGINE, the_columns_are_those_of_sqlite)                                 \
  HAULIER_SERVER_CASE(ENGINE, a_schema_made_by_another_program_at_the_same_time_is_waited_for) \
  HAULIER_SERVER_CASE(ENGINE, contents_are_stored_once_and_known_ones_are_unchanged)
