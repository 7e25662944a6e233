#include "sync/mailbox_sync.hpp"

#include <boost/test/unit_test.hpp>
#include <random>

#include "simulated_mailbox.hpp"

namespace mailbox_sync_test {
using namespace simulated;
using Steps = std::vector<std::string>;

BOOST_AUTO_TEST_SUITE(mailbox_sync)

BOOST_AUTO_TEST_CASE(small_first_pass_needs_no_list) {
  Server server;
  Tables tables;
  server.add_many(5);
  BOOST_TEST(pass(server, tables).steps == Steps{"bodies 1:5"}, boost::test_tools::per_element());
  BOOST_TEST(difference(server, tables) == "");
  BOOST_TEST(tables.state.complete);
  BOOST_TEST(tables.state.uidnext == 6U);
}

BOOST_AUTO_TEST_CASE(big_first_pass_lists_once_and_fetches_in_sets) {
  Server server;
  Tables tables;
  server.add_many(25);
  BOOST_TEST(
      pass(server, tables).steps == (Steps{"search 1:4294967295", "bodies 1:10", "bodies 11:20", "bodies 21:25"}),
      boost::test_tools::per_element());
  BOOST_TEST(difference(server, tables) == "");
}

BOOST_AUTO_TEST_CASE(nothing_changed_asks_for_nothing) {
  Server server;
  Tables tables;
  server.add_many(25);
  pass(server, tables);
  BOOST_TEST(pass(server, tables).skipped);
  BOOST_TEST(tables.bodies.size() == 25U);
}

BOOST_AUTO_TEST_CASE(empty_mailbox_is_not_examined) {
  Server server;
  Tables tables;
  BOOST_TEST(pass(server, tables).skipped);
}

BOOST_AUTO_TEST_CASE(new_messages_expunges_and_flags_arrive_as_exactly_that) {
  for (const bool condstore : {true, false}) {
    Server server;
    server.condstore = condstore;
    Tables tables;
    server.add_many(100);
    pass(server, tables);
    for (const std::uint32_t uid : {3U, 50U, 51U, 70U, 100U}) server.remove(uid);
    for (const std::uint32_t uid : {1U, 49U, 99U}) server.set_flags(uid, "\\Seen");
    server.add_many(9);
    tables.bodies.clear();
    pass(server, tables);
    BOOST_TEST(difference(server, tables) == "");
    BOOST_TEST(tables.bodies.size() == 9U);
    BOOST_TEST(tables.vanished.size() == 5U);
    BOOST_TEST(tables.flag_updates == 3U);
  }
}

BOOST_AUTO_TEST_CASE(arrivals_without_expunge_need_no_list) {
  Server server;
  Tables tables;
  server.add_many(8);
  pass(server, tables);
  server.add_many(2);
  BOOST_TEST(pass(server, tables).steps == (Steps{"changes 1:8", "bodies 9:10"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(trailing_uids_that_retired_for_good_are_not_missing_mail) {
  Server server;
  Tables tables;
  server.add_many(5);
  server.uidnext = 900;
  pass(server, tables);
  BOOST_TEST(tables.state.uidnext == 900U);
  BOOST_TEST(pass(server, tables).skipped);
}

BOOST_AUTO_TEST_CASE(arrival_between_status_and_examine_is_fetched) {
  Server server;
  Tables tables;
  server.add_many(5);
  server.before_examine = [](Server& s) { s.add_many(2); };
  BOOST_TEST(pass(server, tables).steps == (Steps{"bodies 1:5", "bodies 6:7"}), boost::test_tools::per_element());
  BOOST_TEST(difference(server, tables) == "");
}

BOOST_AUTO_TEST_CASE(expunge_between_status_and_examine_is_found) {
  Server server;
  Tables tables;
  server.add_many(5);
  pass(server, tables);
  server.add();
  server.before_examine = [](Server& s) { s.remove(2); };
  pass(server, tables);
  BOOST_TEST(difference(server, tables) == "");
}

BOOST_AUTO_TEST_CASE(expunge_between_list_and_fetch_ends_without_a_row) {
  Server server;
  Tables tables;
  server.add_many(25);
  server.before_bodies = [](Server& s) { s.remove(15); };
  const auto log = pass(server, tables);
  BOOST_TEST(log.problem == "");
  BOOST_TEST(difference(server, tables) == "");
  BOOST_TEST(tables.rejects.empty());
}

BOOST_AUTO_TEST_CASE(lower_uid_that_appears_late_is_fetched) {
  Server server;
  Tables tables;
  server.add_many(12);
  const auto late = server.messages.at(4);
  server.messages.erase(4);
  pass(server, tables);
  server.messages[4] = late;
  server.messages[4].modseq = ++server.modseq;
  tables.bodies.clear();
  pass(server, tables);
  BOOST_TEST(tables.bodies == std::vector<std::uint32_t>{4}, boost::test_tools::per_element());
  BOOST_TEST(difference(server, tables) == "");
}

BOOST_AUTO_TEST_CASE(lower_uid_that_appears_late_beside_an_expunge_is_fetched_too) {
  // MESSAGES and UIDNEXT are what they were: neither says that anything happened.
  for (const bool condstore : {true, false}) {
    Server server;
    server.condstore = condstore;
    Tables tables;
    server.add_many(12);
    const auto late = server.messages.at(4);
    server.messages.erase(4);
    pass(server, tables);
    server.messages[4] = late;
    server.messages[4].modseq = ++server.modseq;
    server.remove(9);
    tables.bodies.clear();
    pass(server, tables);
    BOOST_TEST(tables.bodies == std::vector<std::uint32_t>{4}, boost::test_tools::per_element());
    BOOST_TEST(difference(server, tables) == "");
  }
}

BOOST_AUTO_TEST_CASE(expunge_during_a_body_fetch_shifts_no_message) {
  Server server;
  server.add_many(3);
  MailboxSync sync({}, options_for(server), server.status());
  const auto step = sync.opening().at(0);
  const auto id = sync.sent(step);
  sync.examined(server.examine());
  FetchData fetch;
  fetch.sequence = 1;
  fetch.uid = Uid::from(1);
  BOOST_TEST((sync.fetched(fetch, true) == MailboxSync::Verdict::kMessage));
  sync.expunge_seen();  // the first one: what was number 3 is now number 2
  fetch.sequence = 2;
  fetch.uid = Uid::from(3);
  BOOST_TEST((sync.fetched(fetch, true) == MailboxSync::Verdict::kMessage));
  Completed done;
  done.condition = Condition::kOk;
  sync.completed(id, done, {});
  BOOST_TEST(sync.state().live.contains(1));
  BOOST_TEST(!sync.state().live.contains(2));
  BOOST_TEST(sync.state().live.contains(3));
}

BOOST_AUTO_TEST_CASE(fetch_without_uid_is_ignored) {
  MailboxSync sync({}, {}, std::nullopt);
  (void)sync.opening();
  sync.examined({});
  FetchData fetch;
  fetch.flags = "\\Seen";
  BOOST_TEST((sync.fetched(fetch, true) == MailboxSync::Verdict::kNothing));
}

BOOST_AUTO_TEST_CASE(unsolicited_flags_during_a_body_fetch_are_no_empty_message) {
  Server server;
  server.add_many(2);
  MailboxSync sync({}, options_for(server), server.status());
  const auto step = sync.opening().at(0);
  const auto id = sync.sent(step);
  sync.examined(server.examine());
  FetchData flags;
  flags.uid = Uid::from(2);
  flags.flags = "\\Seen";
  BOOST_TEST((sync.fetched(flags, false) == MailboxSync::Verdict::kNothing));
  BOOST_TEST(!sync.state().live.contains(2));
  BOOST_TEST((sync.fetched(flags, true) == MailboxSync::Verdict::kMessage));
  BOOST_TEST((sync.fetched(flags, false) == MailboxSync::Verdict::kFlags));
  BOOST_TEST(sync.state().live.count() == 1U);
  (void)id;
}

BOOST_AUTO_TEST_CASE(answer_to_a_range_behind_the_end_is_not_stored_twice) {
  Server server;
  Tables tables;
  server.add_many(3);
  pass(server, tables);
  // A server that takes n:max for n:* sends its last message again.
  MailboxSync sync(tables.state, options_for(server), std::nullopt);
  (void)sync.opening();
  sync.examined(server.examine());
  FetchData last;
  last.uid = Uid::from(3);
  BOOST_TEST((sync.fetched(last, true) == MailboxSync::Verdict::kNothing));
}

BOOST_AUTO_TEST_CASE(uidvalidity_change_starts_an_epoch_and_the_old_one_goes_last) {
  Server server;
  Tables tables;
  server.add_many(25);
  pass(server, tables);
  server.uidvalidity = 9;
  pass(server, tables, 7);
  BOOST_TEST(difference(server, tables) == "");
  BOOST_TEST(tables.vanished.size() == 25U);
  BOOST_TEST(tables.state.old_epochs.empty());
}

BOOST_AUTO_TEST_CASE(old_epoch_stays_until_the_new_one_is_complete) {
  Server server;
  Tables tables;
  server.add_many(25);
  pass(server, tables);
  server.uidvalidity = 9;
  MailboxSync sync(tables.state, options_for(server), server.status());
  (void)sync.opening();
  sync.examined(server.examine());
  BOOST_TEST(!sync.take_vanished(100).has_value());
  BOOST_TEST(sync.state().old_epochs.size() == 1U);
  BOOST_TEST(sync.state().old_epochs.at(0).live.count() == 25U);
}

BOOST_AUTO_TEST_CASE(mailbox_that_is_gone_loses_its_places_and_can_come_back) {
  Server server;
  Tables tables;
  server.add_many(25);
  pass(server, tables);
  const auto epoch = tables.state.uidvalidity;
  MailboxSync sync(tables.state, options_for(server), std::nullopt);
  sync.mailbox_gone();
  BOOST_TEST(sync.finished());
  BOOST_TEST(sync.messages_total() == 0U);
  const auto gone = sync.take_vanished(100);
  BOOST_REQUIRE(gone.has_value());
  BOOST_TEST((gone->uidvalidity == epoch));
  BOOST_TEST(gone->uids.to_text() == "1:25");
  BOOST_TEST(!sync.take_vanished(100).has_value());
  tables.state = sync.state();
  tables.bodies.clear();
  pass(server, tables);
  BOOST_TEST(tables.state.live.to_text() == "1:25");
  BOOST_TEST(tables.bodies.size() == 25U);
}

BOOST_AUTO_TEST_CASE(flags_that_came_with_the_messages_are_not_asked_for_again) {
  Server server;
  server.condstore = false;
  Tables tables;
  server.add_many(30);
  pass(server, tables);
  server.add_many(1);
  auto options = options_for(server);
  options.flags_always_all = 10;
  options.flags_each_pass = 5;
  const auto steps = Pass(server, tables, options).run().steps;
  BOOST_TEST(steps == (Steps{"flags 26:30", "bodies 31"}), boost::test_tools::per_element());
  options.now_us += options.all_flags_every_us;
  BOOST_TEST(Pass(server, tables, options).run().steps.front() == "flags 1:31");
}

BOOST_AUTO_TEST_CASE(uidnext_that_nobody_tells_does_not_go_back) {
  Server server;
  Tables tables;
  server.gives_uidnext = server.status_gives_uidnext = false;
  server.add_many(5);
  pass(server, tables);
  server.remove(4);
  server.remove(5);
  pass(server, tables);
  pass(server, tables);
  BOOST_TEST(tables.state.uidnext == 6U);
}

BOOST_AUTO_TEST_CASE(uidvalidity_lower_than_before_is_a_change_too) {
  Server server;
  Tables tables;
  server.add_many(3);
  pass(server, tables);
  server.uidvalidity = 2;
  pass(server, tables);
  BOOST_TEST(tables.state.uidvalidity.value() == 2U);
  BOOST_TEST(difference(server, tables) == "");
}

BOOST_AUTO_TEST_CASE(uidvalidity_absent_zero_and_64_bits_are_epochs) {
  for (const std::uint64_t epoch : {std::uint64_t{0}, std::uint64_t{18446744073709551615U}}) {
    Server server;
    server.uidvalidity = epoch;
    Tables tables;
    server.add_many(3);
    pass(server, tables);
    server.add();
    pass(server, tables);
    BOOST_TEST(difference(server, tables) == "");
    BOOST_TEST(tables.bodies.size() == 4U);
  }
}

BOOST_AUTO_TEST_CASE(uidvalidity_change_between_status_and_examine_is_seen) {
  Server server;
  Tables tables;
  server.add_many(5);
  pass(server, tables);
  server.add();
  server.before_examine = [](Server& s) { s.uidvalidity = 99; };
  pass(server, tables);
  BOOST_TEST(difference(server, tables) == "");
}

BOOST_AUTO_TEST_CASE(highestmodseq_that_went_back_makes_all_flags_be_read_again) {
  Server server;
  Tables tables;
  server.add_many(5);
  pass(server, tables);
  server.messages.at(2).flags = "\\Flagged";
  server.modseq = 2;
  for (auto& [uid, message] : server.messages) message.modseq = 1;
  pass(server, tables);
  BOOST_TEST(difference(server, tables) == "");
}

BOOST_AUTO_TEST_CASE(uidnext_missing_everywhere_still_finds_everything) {
  Server server;
  server.gives_uidnext = server.status_gives_uidnext = server.condstore = false;
  Tables tables;
  server.add_many(30);
  pass(server, tables);
  server.add_many(2);
  server.remove(30);
  server.remove(5);
  tables.bodies.clear();
  pass(server, tables);
  BOOST_TEST(difference(server, tables) == "");
  BOOST_TEST(tables.bodies.size() == 2U);
}

BOOST_AUTO_TEST_CASE(broken_search_is_replaced_by_a_list_from_fetch) {
  Server server;
  server.search_works = false;
  Tables tables;
  server.add_many(30);
  pass(server, tables);
  BOOST_TEST(difference(server, tables) == "");
  server.remove(3);
  pass(server, tables);
  BOOST_TEST(difference(server, tables) == "");
}

BOOST_AUTO_TEST_CASE(message_missing_from_search_is_not_believed_to_be_gone) {
  Server server;
  Tables tables;
  server.add_many(30);
  pass(server, tables);
  server.unsearchable = {4, 5};
  server.remove(20);
  pass(server, tables);
  BOOST_TEST(difference(server, tables) == "");
  BOOST_TEST(tables.vanished.size() == 1U);
}

BOOST_AUTO_TEST_CASE(new_message_missing_from_search_is_found_by_count) {
  Server server;
  server.add_many(30);
  server.unsearchable = {17};
  Tables tables;
  pass(server, tables);
  BOOST_TEST(difference(server, tables) == "");
}

BOOST_AUTO_TEST_CASE(mass_vanishing_is_asked_for_twice) {
  Server server;
  Tables tables;
  server.add_many(400);
  pass(server, tables);
  for (std::uint32_t uid = 1; uid <= 300; ++uid) server.remove(uid);
  const auto log = pass(server, tables);
  BOOST_TEST(log.steps.back() == "list 1:300");
  BOOST_TEST(tables.vanished.size() == 300U);
  BOOST_TEST(difference(server, tables) == "");
}

BOOST_AUTO_TEST_CASE(unfetchable_message_is_found_by_halving_and_rejected) {
  Server server;
  Tables tables;
  server.add_many(25);
  server.unfetchable = {13};
  pass(server, tables);
  BOOST_TEST(tables.rejects.size() == 1U);
  BOOST_TEST(tables.rejects.contains(13));
  BOOST_TEST(difference(server, tables) == "");
  BOOST_TEST(pass(server, tables).skipped);
}

BOOST_AUTO_TEST_CASE(unfetchable_message_in_a_small_mailbox_is_rejected_too) {
  Server server;
  Tables tables;
  server.add_many(5);
  server.unfetchable = {2};
  pass(server, tables);
  BOOST_TEST(tables.rejects.contains(2));
  BOOST_TEST(difference(server, tables) == "");
}

BOOST_AUTO_TEST_CASE(passing_refusal_is_tried_in_three_passes_before_the_reject) {
  Server server;
  Tables tables;
  server.add_many(25);
  server.unfetchable = {13};
  server.refusal = Code::kUnavailable;
  pass(server, tables);
  BOOST_TEST(tables.rejects.empty());
  BOOST_TEST(tables.state.pending.at(13).attempts == 1U);
  pass(server, tables);
  BOOST_TEST(tables.rejects.empty());
  pass(server, tables);
  BOOST_TEST(tables.rejects.contains(13));
  BOOST_TEST(tables.state.pending.empty());
}

BOOST_AUTO_TEST_CASE(message_that_becomes_readable_leaves_pending) {
  Server server;
  Tables tables;
  server.add_many(25);
  server.unfetchable = {13};
  server.refusal = Code::kUnavailable;
  pass(server, tables);
  server.unfetchable.clear();
  pass(server, tables);
  BOOST_TEST(tables.state.pending.empty());
  BOOST_TEST(difference(server, tables) == "");
}

BOOST_AUTO_TEST_CASE(listed_but_never_delivered_does_not_stop_the_mailbox) {
  Server server;
  Tables tables;
  server.add_many(25);
  server.undelivered = {7};
  for (int i = 0; i < 3; ++i) pass(server, tables);
  BOOST_TEST(tables.rejects.contains(7));
  BOOST_TEST(difference(server, tables) == "");
}

BOOST_AUTO_TEST_CASE(mailbox_that_refuses_everything_is_a_problem_not_thousands_of_rejects) {
  Server server;
  Tables tables;
  server.add_many(300);
  for (std::uint32_t uid = 1; uid <= 300; ++uid) server.unfetchable.insert(uid);
  server.refusal = Code::kUnavailable;
  const auto log = pass(server, tables);
  BOOST_TEST(log.problem != "");
  BOOST_TEST(tables.rejects.empty());
}

BOOST_AUTO_TEST_CASE(cut_at_every_body_fetches_no_body_twice) {
  for (int cut = 0; cut <= 30; ++cut) {
    Server server;
    Tables tables;
    server.add_many(30);
    pass(server, tables, cut);
    BOOST_TEST(difference(server, tables) == "");
    BOOST_TEST(tables.bodies.size() == 30U);
    server.add_many(8);
    server.remove(2);
    pass(server, tables, cut);
    BOOST_TEST(difference(server, tables) == "");
  }
}

BOOST_AUTO_TEST_CASE(message_that_breaks_the_connection_is_given_up_in_the_end) {
  BodyQueue queue;
  queue.want(IntervalSet(1, 100));
  int rounds = 0;
  std::vector<BodyQueue::Failure> failures;
  while (failures.empty() && ++rounds < 50) {
    const auto set = queue.next(100, 900);
    BOOST_REQUIRE(set.has_value());
    queue.lost(*set, "closed");
    failures = queue.take_failures();
  }
  BOOST_REQUIRE(!failures.empty());
  BOOST_TEST(failures.at(0).uid == 1U);
  BOOST_TEST(!queue.wants(1));
  BOOST_TEST(queue.wants(2));
}

BOOST_AUTO_TEST_CASE(random_histories_end_in_equal_tables) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    const auto below = [&](unsigned limit) { return static_cast<unsigned>(random() % limit); };
    Server server;
    server.condstore = below(2) == 0;
    server.gives_uidnext = below(4) != 0;
    server.status_gives_uidnext = below(3) != 0;
    Tables tables;
    for (int round = 0; round < 6; ++round) {
      server.add_many(static_cast<int>(below(25)));
      for (unsigned i = below(6); i > 0 && !server.messages.empty(); --i) {
        const auto it = std::next(server.messages.begin(), below(static_cast<unsigned>(server.messages.size())));
        if (below(2) == 0)
          server.remove(it->first);
        else
          server.set_flags(it->first, below(2) == 0 ? "\\Seen" : "\\Flagged \\Seen");
      }
      if (below(8) == 0) server.uidvalidity += below(3);
      if (below(3) == 0) server.before_examine = [](Server& s) { s.add(); };
      const auto log = pass(server, tables, below(3) == 0 ? static_cast<int>(below(12)) : -1);
      BOOST_REQUIRE_EQUAL(log.problem, "");
      BOOST_REQUIRE_MESSAGE(difference(server, tables).empty(),
                            "seed " << seed << " round " << round << ": " << difference(server, tables));
    }
    // And a mailbox at rest costs nothing where the server tells enough.
    if (server.condstore && server.gives_uidnext && server.status_gives_uidnext) {
      pass(server, tables);
      BOOST_TEST(pass(server, tables).skipped, "seed " << seed);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace mailbox_sync_test
