// QRESYNC (RFC 7162 section 3.2): what a server tells at EXAMINE, and what is done when it tells wrong things.
#include <boost/test/unit_test.hpp>
#include <random>

#include "simulated_mailbox.hpp"

namespace resync_test {
using namespace simulated;
using Steps = std::vector<std::string>;

struct Fixture {
  explicit Fixture(int messages = 100) {
    server.qresync = true;
    server.add_many(messages);
    pass(server, tables);
    tables.bodies.clear();
  }
  Server server;
  Tables tables;
};

BOOST_AUTO_TEST_SUITE(resync)

BOOST_AUTO_TEST_CASE(changes_and_expunges_come_with_examine_and_nothing_is_listed) {
  Fixture f;
  for (const std::uint32_t uid : {3U, 50U, 51U}) f.server.remove(uid);
  f.server.set_flags(7, "\\Seen");
  f.server.add_many(2);
  const auto modseq = f.tables.state.modseq.value();
  BOOST_TEST(pass(f.server, f.tables).steps == (Steps{"resync " + std::to_string(modseq), "bodies 101:102"}),
             boost::test_tools::per_element());
  BOOST_TEST(difference(f.server, f.tables) == "");
  BOOST_TEST(f.tables.vanished.size() == 3U);
  BOOST_TEST(f.tables.flag_updates == 1U);
  BOOST_TEST(f.tables.state.modseq.value() == f.server.modseq);
  BOOST_TEST(pass(f.server, f.tables).skipped);
}

BOOST_AUTO_TEST_CASE(as_many_arrivals_as_expunges_do_not_hide_each_other) {
  Fixture f;
  f.server.remove(10);
  f.server.add();
  pass(f.server, f.tables);
  BOOST_TEST(difference(f.server, f.tables) == "");
  BOOST_TEST(f.tables.bodies.size() == 1U);
}

BOOST_AUTO_TEST_CASE(vanished_uids_that_never_were_here_are_ignored) {
  Fixture f;
  f.server.remove(4);
  f.server.false_vanished = IntervalSet(5000, 4294967295U);
  pass(f.server, f.tables);
  BOOST_TEST(difference(f.server, f.tables) == "");
  BOOST_TEST(f.tables.vanished.size() == 1U);
}

BOOST_AUTO_TEST_CASE(arrival_that_vanished_again_is_explained_and_costs_nothing) {
  Fixture f;
  const auto uid = f.server.add();
  f.server.add();
  f.server.remove(uid);
  BOOST_TEST(pass(f.server, f.tables).steps.size() == 2U);
  BOOST_TEST(difference(f.server, f.tables) == "");
}

BOOST_AUTO_TEST_CASE(uids_that_nobody_explains_are_searched_for_once_and_only_those) {
  Fixture f;
  f.server.uidnext = 150;
  f.server.set_flags(1, "\\Seen");
  const auto steps = pass(f.server, f.tables).steps;
  BOOST_REQUIRE_EQUAL(steps.size(), 3U);
  BOOST_TEST(steps[2] == "search-new 101:149");
  BOOST_TEST(difference(f.server, f.tables) == "");
  BOOST_TEST(f.tables.state.modseq.value() == f.server.modseq);
}

BOOST_AUTO_TEST_CASE(arrival_kept_back_behind_an_untold_expunge_is_found) {
  // The count fits by accident: one message more than was told, one less than was told.
  Fixture f;
  f.server.remove(10);
  const auto hidden = f.server.add();
  f.server.unreported = {10, hidden};
  f.server.undelivered = {hidden};
  f.server.set_flags(1, "\\Seen");
  const auto log = pass(f.server, f.tables);
  BOOST_TEST((std::find(log.steps.begin(), log.steps.end(), "search-new 101") != log.steps.end()));
  f.server.undelivered.clear();
  pass(f.server, f.tables);
  BOOST_TEST(difference(f.server, f.tables) == "");
}

BOOST_AUTO_TEST_CASE(expunge_that_is_not_told_is_found_by_the_count) {
  Fixture f;
  f.server.remove(10);
  f.server.remove(20);
  f.server.unreported = {20};
  pass(f.server, f.tables);
  BOOST_TEST(difference(f.server, f.tables) == "");
  BOOST_TEST(f.tables.vanished.size() == 2U);
}

BOOST_AUTO_TEST_CASE(all_mail_reported_vanished_is_not_believed) {
  Fixture f(300);
  f.server.set_flags(1, "\\Seen");
  f.server.false_vanished = IntervalSet(1, 300);
  const auto log = pass(f.server, f.tables);
  BOOST_TEST(difference(f.server, f.tables) == "");
  BOOST_TEST(f.tables.vanished.empty());
  BOOST_TEST(f.tables.bodies.empty());
  BOOST_TEST((std::find(log.steps.begin(), log.steps.end(), "search 1:4294967295") != log.steps.end()));
}

BOOST_AUTO_TEST_CASE(a_few_false_vanished_do_not_touch_the_rows) {
  Fixture f;
  f.server.set_flags(1, "\\Seen");
  f.server.false_vanished = IntervalSet(40, 42);
  pass(f.server, f.tables);
  BOOST_TEST(difference(f.server, f.tables) == "");
  BOOST_TEST(f.tables.vanished.empty());
  BOOST_TEST(f.tables.bodies.empty());
}

BOOST_AUTO_TEST_CASE(mass_expunge_is_believed_after_a_second_and_a_third_command) {
  Fixture f(300);
  for (std::uint32_t uid = 1; uid <= 250; ++uid) f.server.remove(uid);
  const auto steps = pass(f.server, f.tables).steps;
  BOOST_REQUIRE_EQUAL(steps.size(), 3U);
  BOOST_TEST(steps[1] == "search 1:4294967295");
  BOOST_TEST(steps[2] == "list 1:250");
  BOOST_TEST(difference(f.server, f.tables) == "");
  BOOST_TEST(f.tables.vanished.size() == 250U);
}

BOOST_AUTO_TEST_CASE(server_that_ignores_the_parameter_does_not_lose_flag_changes) {
  Fixture f;
  f.server.qresync_ignored = true;
  f.server.set_flags(5, "\\Flagged");
  f.server.remove(6);
  pass(f.server, f.tables);
  BOOST_TEST(difference(f.server, f.tables) == "");
  BOOST_TEST(f.tables.flag_updates == 1U);
}

BOOST_AUTO_TEST_CASE(modseq_that_went_back_throws_the_point_away) {
  Fixture f;
  f.server.modseq = 5;
  for (auto& [uid, message] : f.server.messages) message = {"\\Seen", 3, {}};
  f.server.messages.erase(9);
  f.server.false_vanished = IntervalSet(1, 20);
  pass(f.server, f.tables);
  BOOST_TEST(difference(f.server, f.tables) == "");
}

BOOST_AUTO_TEST_CASE(new_uidvalidity_gives_no_resync_and_no_old_row_goes_early) {
  Fixture f;
  f.server.before_examine = [](Server& s) { s.uidvalidity = 9; };
  f.server.set_flags(5, "\\Flagged");
  pass(f.server, f.tables, 7);
  BOOST_TEST(difference(f.server, f.tables) == "");
}

BOOST_AUTO_TEST_CASE(point_stays_while_something_is_unexplained) {
  // SEARCH and FETCH both keep one message back that EXISTS counts.
  Fixture f;
  const auto modseq = f.tables.state.modseq;
  const auto hidden = f.server.add();
  f.server.unreported = f.server.unsearchable = f.server.undelivered = {hidden};
  f.server.hidden_from_lists = {hidden};
  f.server.set_flags(1, "\\Seen");
  pass(f.server, f.tables);
  BOOST_TEST((f.tables.state.modseq == modseq));
  f.server.unreported = f.server.unsearchable = f.server.undelivered = f.server.hidden_from_lists = {};
  pass(f.server, f.tables);
  BOOST_TEST(difference(f.server, f.tables) == "");
  BOOST_TEST((f.tables.state.modseq.value() == f.server.modseq));
}

BOOST_AUTO_TEST_CASE(message_that_vanishes_while_the_mailbox_is_open_is_marked_without_a_list) {
  Fixture f;
  f.server.set_flags(1, "\\Seen");
  MailboxSync sync(f.tables.state, options_for(f.server), f.server.status());
  (void)sync.opening(sync.resync_point().has_value());
  sync.resync_vanished(IntervalSet(90, 90));
  auto numbers = f.server.examine();
  numbers.exists = 99;
  sync.examined(numbers);
  sync.vanished_now(IntervalSet(50, 50));
  BOOST_TEST(!sync.next_step().has_value());
  const auto gone = sync.take_vanished(10);
  BOOST_REQUIRE(gone.has_value());
  BOOST_TEST(gone->uids.to_text() == "50,90");
}

BOOST_AUTO_TEST_CASE(refused_examine_goes_on_without_a_point) {
  Fixture f;
  f.server.set_flags(1, "\\Seen");
  MailboxSync sync(f.tables.state, options_for(f.server), f.server.status());
  BOOST_TEST(sync.resync_point().has_value());
  (void)sync.opening(true);
  sync.resync_refused();
  BOOST_TEST(!sync.resync_point().has_value());
  const auto steps = sync.opening();
  BOOST_REQUIRE(!steps.empty());
  BOOST_TEST((steps.front().kind == Step::Kind::kChanges));
}

BOOST_AUTO_TEST_CASE(random_histories_end_with_what_the_server_has) {
  std::mt19937 random(7162);
  const auto below = [&](std::size_t n) { return static_cast<std::uint32_t>(random() % n); };
  for (int history = 0; history < 300; ++history) {
    Fixture f(static_cast<int>(below(40)));
    for (int round = 0; round < 4; ++round) {
      for (std::uint32_t i = below(8); i > 0; --i) {
        auto at = f.server.messages.begin();
        if (!f.server.messages.empty()) std::advance(at, below(f.server.messages.size()));
        const auto kind = below(4);
        if (kind == 0 || f.server.messages.empty()) {
          f.server.add();
        } else if (kind == 1) {
          f.server.remove(at->first);
        } else if (kind == 2) {
          f.server.set_flags(at->first, "\\Seen");
        } else {
          f.server.uidnext += below(3);
        }
      }
      pass(f.server, f.tables, below(3) == 0 ? static_cast<int>(below(5)) : -1);
      BOOST_REQUIRE_EQUAL(difference(f.server, f.tables), "");
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace resync_test
