// What several connections share: which mailbox is whose, the way to the host's thread, and when to come back.
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <thread>
#include <vector>

#include "batch_queue.hpp"
#include "haulier/batch_builder.hpp"
#include "io/stop_signal.hpp"
#include "mailbox_dispenser.hpp"
#include "sync/backoff.hpp"

namespace lanes_test {
using namespace haulier;
using namespace haulier::imap;
using Left = MailboxDispenser::Left;

std::deque<Visit> visits(const std::vector<std::uint64_t>& expected) {
  std::deque<Visit> out;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    out.emplace_back(Place{MailboxName("box" + std::to_string(i)), std::nullopt},
                     MailboxSync(MailboxState{}, SyncOptions{}, std::nullopt));
    out.back().expected = expected[i];
  }
  return out;
}

std::vector<std::size_t> take_all(MailboxDispenser& mailboxes) {
  std::vector<std::size_t> out;
  while (const auto next = mailboxes.take()) out.push_back(*next);
  return out;
}

BOOST_AUTO_TEST_SUITE(mailbox_dispenser)

BOOST_AUTO_TEST_CASE(one_connection_keeps_the_order_of_the_list) {
  MailboxDispenser mailboxes(1);
  mailboxes.fill(visits({1, 900, 20}), true);
  BOOST_TEST(mailboxes.connections() == 1U);
  BOOST_TEST(take_all(mailboxes) == (std::vector<std::size_t>{0, 1, 2}), boost::test_tools::per_element());
  BOOST_TEST((mailboxes.leave() == Left::kLast));
}

BOOST_AUTO_TEST_CASE(several_connections_begin_with_the_biggest_mailbox) {
  MailboxDispenser mailboxes(4);
  mailboxes.fill(visits({1, 900, 20}), false);
  BOOST_TEST(take_all(mailboxes) == (std::vector<std::size_t>{1, 2, 0}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(connections_are_made_only_for_what_is_worth_them) {
  const auto count = [](unsigned most, const std::vector<std::uint64_t>& expected) {
    MailboxDispenser mailboxes(most);
    mailboxes.fill(visits(expected), false);
    return mailboxes.connections();
  };
  BOOST_TEST(count(4, {0, 0, 0, 0}) == 1U);
  BOOST_TEST(count(4, {30, 30, 30}) == 1U);
  BOOST_TEST(count(4, {5000, 0, 0}) == 1U);
  BOOST_TEST(count(4, {150, 10}) == 2U);
  BOOST_TEST(count(4, {5000, 5000, 5000, 5000, 5000}) == 4U);
}

BOOST_AUTO_TEST_CASE(first_mailbox_is_read_alone_where_the_others_need_it) {
  MailboxDispenser mailboxes(2);
  mailboxes.fill(visits({100, 50, 70}), true);
  mailboxes.join();
  BOOST_TEST(mailboxes.take().value() == 0U);
  BOOST_TEST(!mailboxes.take());
  Left left = Left::kLast;
  std::thread other([&] { left = mailboxes.leave(); });
  mailboxes.closed(0);
  other.join();
  BOOST_TEST((left == Left::kMore));
  BOOST_TEST(take_all(mailboxes) == (std::vector<std::size_t>{2, 1}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_is_given_back_is_taken_first_and_by_anybody) {
  MailboxDispenser mailboxes(2);
  mailboxes.fill(visits({300, 200, 100}), false);
  mailboxes.join();
  std::deque<std::size_t> mine{*mailboxes.take(), *mailboxes.take()};
  mailboxes.give_back(mine);
  BOOST_TEST(mine.empty());
  BOOST_TEST(mailboxes.quit());
  BOOST_TEST((mailboxes.leave() == Left::kMore));
  BOOST_TEST(take_all(mailboxes) == (std::vector<std::size_t>{0, 1, 2}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(last_connection_cannot_quit) {
  MailboxDispenser mailboxes(2);
  mailboxes.fill(visits({300, 200}), false);
  mailboxes.join();
  BOOST_TEST(mailboxes.quit(true));
  BOOST_TEST(mailboxes.allowed().value() == 1U);
  BOOST_TEST(!mailboxes.quit(true));
}

BOOST_AUTO_TEST_CASE(nothing_is_given_out_after_a_failure) {
  MailboxDispenser mailboxes(2);
  mailboxes.fill(visits({300, 200}), true);
  mailboxes.join();
  BOOST_TEST(mailboxes.take().value() == 0U);
  Left left = Left::kMore;
  std::thread other([&] { left = mailboxes.leave(); });
  mailboxes.fail();
  other.join();
  BOOST_TEST((left == Left::kLast));
  BOOST_TEST(!mailboxes.take());
}

BOOST_AUTO_TEST_SUITE_END()

Batch batch(const std::string& partition) {
  BatchBuilder builder;
  builder.partition(partition);
  return builder.finish();
}

BOOST_AUTO_TEST_SUITE(batch_queue)

BOOST_AUTO_TEST_CASE(order_of_a_sender_is_kept_and_it_waits_for_room) {
  BatchQueue queue(1);
  std::thread sender([&] {
    for (int i = 0; i < 50; ++i) {
      if (!queue.push(batch(std::to_string(i)))) return;
    }
    queue.end();
  });
  std::vector<std::string> got;
  while (auto next = queue.pop()) got.emplace_back(view(next->view().c_batch().partition));
  sender.join();
  BOOST_REQUIRE_EQUAL(got.size(), 50U);
  for (std::size_t i = 0; i < got.size(); ++i) BOOST_TEST(got[i] == std::to_string(i));
}

BOOST_AUTO_TEST_CASE(closing_wakes_who_waits_for_room) {
  BatchQueue queue(1);
  BOOST_TEST(queue.push(batch("a")));
  bool taken = true;
  std::thread sender([&] { taken = queue.push(batch("b")); });
  queue.close();
  sender.join();
  BOOST_TEST(!taken);
}

BOOST_AUTO_TEST_SUITE_END()

bool readable(int fd) {
  pollfd watched{fd, POLLIN, 0};
  return poll(&watched, 1, 0) == 1;
}

BOOST_AUTO_TEST_SUITE(stop_signal)

BOOST_AUTO_TEST_CASE(host_and_source_both_raise_it) {
  const int host = eventfd(0, EFD_CLOEXEC);
  {
    StopSignal signal(host);
    BOOST_TEST(!readable(signal.fd()));
    signal.stop();
    BOOST_TEST(readable(signal.fd()));
    BOOST_TEST(signal.stopped());
  }
  StopSignal signal(host);
  const std::uint64_t one = 1;
  BOOST_REQUIRE_EQUAL(write(host, &one, sizeof one), 8);
  BOOST_TEST(readable(signal.fd()));
  BOOST_TEST(!signal.stopped());
  close(host);
}

BOOST_AUTO_TEST_SUITE_END()

constexpr std::uint64_t kMost = UINT64_MAX;

BOOST_AUTO_TEST_SUITE(backoff)

BOOST_AUTO_TEST_CASE(rest_is_anything_below_a_ceiling_that_doubles) {
  Backoff backoff;
  for (const std::uint64_t ceiling : {2000, 4000, 8000, 16000, 32000, 60000, 60000}) {
    Backoff same = backoff;
    BOOST_TEST(same.lost(0, 0, 0, 0) == 0U);
    same = backoff;
    BOOST_TEST(same.lost(0, 0, 0, ceiling - 1) == ceiling - 1);
    BOOST_TEST(backoff.lost(0, 0, 0, ceiling) == 0U);
  }
  BOOST_TEST(backoff.in_a_row() == 7U);
}

BOOST_AUTO_TEST_CASE(hint_of_the_server_is_never_undercut) {
  Backoff backoff;
  BOOST_TEST(backoff.lost(0, 0, 80'000, 0) == 80'000U);
  const auto wait = backoff.lost(0, 0, 80'000, kMost);
  BOOST_TEST(wait >= 80'000U);
  BOOST_TEST(wait < 91'000U);
}

BOOST_AUTO_TEST_CASE(row_ends_with_a_committed_batch) {
  Backoff backoff;
  for (int i = 0; i < 3; ++i) (void)backoff.lost(0, 5, 0, 0);
  BOOST_TEST(backoff.in_a_row() == 3U);
  (void)backoff.lost(0, 6, 0, 0);
  BOOST_TEST(backoff.in_a_row() == 1U);
}

BOOST_AUTO_TEST_CASE(row_ends_after_five_good_minutes_and_not_by_signing_in) {
  Backoff backoff;
  (void)backoff.lost(0, 0, 0, 0);
  backoff.connected(1'000'000);
  (void)backoff.lost(300'000'000, 0, 0, 0);
  BOOST_TEST(backoff.in_a_row() == 2U);
  backoff.connected(400'000'000);
  (void)backoff.lost(700'000'000, 0, 0, 0);
  BOOST_TEST(backoff.in_a_row() == 1U);
  // Five minutes without a connection are none.
  (void)backoff.lost(1'700'000'000, 0, 0, 0);
  BOOST_TEST(backoff.in_a_row() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace lanes_test
