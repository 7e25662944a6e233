// Messages that turn up under another UID, in another epoch or in another mailbox: no body is fetched twice.
#include <boost/test/unit_test.hpp>
#include <random>

#include "simulated_mailbox.hpp"
#include "state_json.hpp"
#include "stored_ids.hpp"

namespace rebinding_test {
using namespace simulated;
using Steps = std::vector<std::string>;

struct Fixture {
  explicit Fixture(int messages = 25) {
    server.object_id = true;
    server.add_many(messages);
    pass(server, tables);
    tables.bodies.clear();
  }
  Server server;
  Tables tables;
};

BOOST_AUTO_TEST_SUITE(rebinding)

BOOST_AUTO_TEST_CASE(new_uidvalidity_costs_no_body) {
  Fixture f;
  f.server.rebuild(9, 40);
  pass(f.server, f.tables);
  BOOST_TEST(f.tables.bodies.empty());
  BOOST_TEST(f.tables.bound == 25U);
  BOOST_TEST(f.tables.vanished.size() == 25U);
  BOOST_TEST(difference(f.server, f.tables) == "");
  BOOST_TEST(f.tables.state.complete);
}

BOOST_AUTO_TEST_CASE(only_what_is_new_in_the_new_epoch_is_fetched) {
  Fixture f;
  f.server.rebuild(9, 1);
  f.server.add_many(3);
  pass(f.server, f.tables);
  BOOST_TEST(f.tables.bodies == (std::vector<std::uint32_t>{26, 27, 28}), boost::test_tools::per_element());
  BOOST_TEST(difference(f.server, f.tables) == "");
}

BOOST_AUTO_TEST_CASE(renamed_mailbox_and_moved_message_cost_no_body) {
  Fixture f;
  Server other;
  other.object_id = true;
  other.uidvalidity = 77;
  for (const auto& [uid, message] : f.server.messages) other.messages[uid + 100] = message;
  other.uidnext = 126;
  Tables tables;
  tables.stored = f.tables.stored;
  BOOST_TEST(pass(other, tables).steps.front() == "search 1:4294967295");
  BOOST_TEST(tables.bodies.empty());
  BOOST_TEST(tables.bound == 25U);
  BOOST_TEST(difference(other, tables) == "");
}

BOOST_AUTO_TEST_CASE(ids_outlive_the_places_they_came_from) {
  Fixture f;
  const auto message = f.server.messages.at(3);
  f.server.remove(3);
  pass(f.server, f.tables);
  f.server.messages[static_cast<std::uint32_t>(f.server.uidnext++)] = message;
  f.server.modseq += 5;
  // As after a restart: what is known is what the state says.
  const auto state = read_state(write_state(f.tables.state));
  BOOST_TEST((state == f.tables.state));
  f.tables.stored.clear();
  for (const auto id : state.ids.ids()) f.tables.stored.insert(id);
  pass(f.server, f.tables);
  BOOST_TEST(f.tables.bodies.empty());
  BOOST_TEST(difference(f.server, f.tables) == "");
}

BOOST_AUTO_TEST_CASE(first_pass_of_an_account_asks_for_bodies_at_once) {
  Server server;
  Tables tables;
  server.object_id = true;
  server.add_many(5);
  BOOST_TEST(pass(server, tables).steps == Steps{"bodies 1:5"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(messages_without_an_id_are_fetched) {
  Fixture f;
  f.server.rebuild(9, 1);
  f.server.messages.at(4).id.clear();
  pass(f.server, f.tables);
  BOOST_TEST(f.tables.bodies == std::vector<std::uint32_t>{4}, boost::test_tools::per_element());
  BOOST_TEST(difference(f.server, f.tables) == "");
}

BOOST_AUTO_TEST_CASE(server_that_does_not_tell_ids_by_themselves_loses_nothing) {
  Fixture f;
  f.server.identify_works = false;
  f.server.add_many(2);
  pass(f.server, f.tables);
  BOOST_TEST(f.tables.bodies.size() == 2U);
  f.server.rebuild(9, 1);
  f.tables.bodies.clear();
  pass(f.server, f.tables);
  BOOST_TEST(f.tables.bodies.size() == 27U);
  BOOST_TEST(difference(f.server, f.tables) == "");
}

BOOST_AUTO_TEST_CASE(cut_in_the_new_epoch_binds_the_rest_later) {
  Fixture f;
  f.server.rebuild(9, 30);
  f.server.add_many(20);
  pass(f.server, f.tables, 3);
  BOOST_TEST(f.tables.bodies.size() == 20U);
  BOOST_TEST(f.tables.bound == 25U);
  BOOST_TEST(difference(f.server, f.tables) == "");
}

BOOST_AUTO_TEST_CASE(random_histories_of_epochs_fetch_each_message_once) {
  std::mt19937 random(8474);
  const auto below = [&](std::size_t n) { return static_cast<std::uint32_t>(random() % n); };
  for (int history = 0; history < 200; ++history) {
    Fixture f(static_cast<int>(below(40)) + 1);
    f.server.qresync = below(2) == 0;
    f.tables.bodies.clear();
    std::uint64_t arrivals = 0;
    for (int round = 0; round < 5; ++round) {
      if (below(3) == 0) f.server.rebuild(f.server.uidvalidity + 1 + below(3), 1 + below(30));
      for (std::uint32_t i = below(5); i > 0; --i, ++arrivals) f.server.add();
      if (below(2) == 0 && !f.server.messages.empty()) f.server.remove(f.server.messages.begin()->first);
      pass(f.server, f.tables);
      BOOST_REQUIRE_EQUAL(difference(f.server, f.tables), "");
    }
    BOOST_REQUIRE(f.tables.bodies.size() <= arrivals);
  }
}

BOOST_AUTO_TEST_CASE(ledger_keeps_the_newest_ids_within_its_bound) {
  IdLedger ids;
  for (std::uint64_t i = 0; i <= IdLedger::kMaxIds; ++i) ids.add(i);
  ids.add(5);
  BOOST_TEST(ids.ids().size() == IdLedger::kMaxIds);
  BOOST_TEST(ids.ids().front() == 1U);
  BOOST_REQUIRE(IdLedger::parse(ids.to_text()).has_value());
  BOOST_TEST((*IdLedger::parse(ids.to_text()) == ids));
  for (const char* bad : {"0", "000000000000000g", "+00000000000000f"})
    BOOST_TEST(!IdLedger::parse(bad).has_value(), bad);
  BOOST_TEST(id_hash("1278455344230334865") != id_hash("1278455344230334866"));
}

BOOST_AUTO_TEST_CASE(ids_count_once_their_batch_is_committed) {
  StoredIds stored;
  stored.given("a / INBOX", {});
  stored.given("a / INBOX", {1, 2});
  stored.given("a / Work", {3});
  stored.committed("a / INBOX", 1);
  stored.committed("nobody", 9);
  BOOST_TEST(stored.empty());
  stored.committed("a / INBOX", 2);
  BOOST_TEST(stored.contains(2));
  BOOST_TEST(!stored.contains(3));
  stored.committed("a / Work", 7);
  BOOST_TEST(stored.contains(3));
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace rebinding_test
