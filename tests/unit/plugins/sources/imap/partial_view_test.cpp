// Servers that show a part of a mailbox and do not say so.
#include "sync/partial_view.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "simulated_mailbox.hpp"

namespace partial_view_test {
using namespace simulated;

constexpr std::int64_t kDayUs = std::int64_t{24} * 3600 * 1'000'000;
constexpr std::int64_t kNowUs = 1'700'000'000'000'000;  // that of the simulated passes

// A message every `hours`, the oldest of which is `days` old.
Server window_of(double days, int messages) {
  Server server;
  for (int i = 0; i < messages; ++i) {
    const auto uid = server.add();
    server.messages[uid].date_us =
        kNowUs - static_cast<std::int64_t>(days * static_cast<double>(kDayUs)) + i * 3'600'000'000;
  }
  return server;
}

MailboxSync synced(Server& server, Tables& tables) {
  pass(server, tables);
  return MailboxSync(tables.state, options_for(server), server.status());
}

BOOST_AUTO_TEST_SUITE(partial_view)

BOOST_DATA_TEST_CASE(round_count_of_messages_is_suspected, boost::unit_test::data::make({1000, 2000, 5000, 10000}),
                     count) {
  Server server;
  server.add_many(count);
  Tables tables;
  const auto sync = synced(server, tables);
  BOOST_TEST((sync.partial_view() == PartialView::kRoundCount));
  BOOST_TEST(partial_view_words(sync.partial_view(), sync.messages_total()).find(std::to_string(count)) !=
             std::string::npos);
  server.add();
  BOOST_TEST((synced(server, tables).partial_view() == PartialView::kNone));
}

BOOST_AUTO_TEST_CASE(mailbox_that_begins_30_days_ago_is_suspected_also_in_later_passes) {
  Server server = window_of(29.9, 60);
  Tables tables;
  BOOST_TEST((synced(server, tables).partial_view() == PartialView::kRecentOnly));
  BOOST_TEST(partial_view_words(PartialView::kRecentOnly, 60).find("30 days") != std::string::npos);
  server.add();
  server.remove(1);  // the window moves on
  BOOST_TEST((synced(server, tables).partial_view() == PartialView::kRecentOnly));
}

BOOST_AUTO_TEST_CASE(older_mail_that_appears_ends_the_suspicion) {
  Server server = window_of(29.9, 60);
  Tables tables;
  pass(server, tables);
  const auto uid = server.add();
  server.messages[uid].date_us = kNowUs - 400 * kDayUs;
  BOOST_TEST((synced(server, tables).partial_view() == PartialView::kNone));
}

BOOST_AUTO_TEST_CASE(first_pass_in_pieces_remembers_the_oldest_message) {
  for (const int cut : {1, 15, 40}) {
    Server server = window_of(30.2, 60);
    Tables tables;
    pass(server, tables, cut);
    MailboxSync sync(tables.state, options_for(server), server.status());
    BOOST_TEST((sync.partial_view() == PartialView::kRecentOnly), "cut after " << cut);
  }
}

BOOST_AUTO_TEST_CASE(old_young_and_small_mailboxes_are_not_suspected) {
  for (const auto& [days, messages] : {std::pair(400.0, 60), {28.0, 60}, {31.5, 60}, {30.0, 5}}) {
    Server server = window_of(days, messages);
    Tables tables;
    BOOST_TEST((synced(server, tables).partial_view() == PartialView::kNone), days << " days");
  }
}

BOOST_AUTO_TEST_CASE(pass_that_did_not_reach_the_end_suspects_nothing) {
  Server server;
  server.add_many(1000);
  MailboxSync sync({}, options_for(server), server.status());
  (void)sync.opening();
  sync.examined(server.examine());
  BOOST_TEST((sync.partial_view() == PartialView::kNone));
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace partial_view_test
