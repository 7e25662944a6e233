// Messages that come in windows: what ordinary mail pays for it, how they go on after a cut, and who lies about them.
#include <boost/test/unit_test.hpp>
#include <random>

#include "simulated_bodies.hpp"

namespace big_bodies_test {
using namespace simulated_bodies;
using Asked = std::vector<std::string>;

constexpr std::uint64_t kBig = 5 * kWindow + 100;

struct Fixture {
  Server server;
  // Everything is stored, and hardly more bytes came than there are.
  void expect_all(const Reader& reader, std::uint64_t spare_bytes) {
    BOOST_TEST(difference(server, reader) == "");
    BOOST_TEST(reader.sync().problem() == "");
    BOOST_TEST(reader.parts() == 0U);
    BOOST_TEST(reader.received <= total(server) + spare_bytes);
  }
};

BOOST_FIXTURE_TEST_SUITE(big_bodies, Fixture)

BOOST_AUTO_TEST_CASE(small_messages_come_whole_in_one_answer) {
  for (int i = 0; i < 20; ++i) server.add(100 + static_cast<std::uint64_t>(i));
  server.add(0);
  server.add(kWindow - 1);
  Reader reader(server);
  reader.run();
  BOOST_TEST(reader.asked == Asked{"1:22"}, boost::test_tools::per_element());
  expect_all(reader, 0);
}

BOOST_AUTO_TEST_CASE(big_message_comes_in_windows_several_at_once) {
  server.add(50);
  server.add(kBig);
  server.add(60);
  Reader reader(server);
  reader.run();
  BOOST_TEST(reader.asked == (Asked{"1:3", "2 <8192.8192>", "2 <16384.8192>", "2 <24576.8192>", "2 <32768.8192>",
                                    "2 <40960.8192>"}),
             boost::test_tools::per_element());
  BOOST_TEST(reader.deepest >= 2U);
  expect_all(reader, 0);
}

BOOST_AUTO_TEST_CASE(message_that_fills_its_windows_exactly_is_whole) {
  for (const auto size : {kWindow, 2 * kWindow, 3 * kWindow}) {
    Server exact;
    exact.add(size);
    Reader reader(exact);
    reader.run();
    BOOST_TEST(difference(exact, reader) == "");
  }
}

BOOST_AUTO_TEST_CASE(more_big_messages_than_parts_are_kept_all_arrive) {
  for (int i = 0; i < 20; ++i) server.add(kBig + static_cast<std::uint64_t>(i));
  Reader reader(server);
  reader.run();
  expect_all(reader, 12 * kWindow);
}

BOOST_AUTO_TEST_CASE(cut_at_any_byte_goes_on_in_the_middle) {
  for (std::uint64_t cut = 1; cut < kBig + 200; cut += 977) {
    Server fresh;
    fresh.add(100);
    fresh.add(kBig);
    fresh.add(90);
    Reader reader(fresh);
    reader.run({cut});
    BOOST_TEST(difference(fresh, reader) == "");
    BOOST_TEST(reader.cuts_seen == 1U);
    BOOST_TEST(reader.received <= total(fresh) + 100, "cut after " << cut << ": " << reader.received);
  }
}

BOOST_AUTO_TEST_CASE(connection_that_is_cut_again_and_again_still_gets_there) {
  server.add(kBig);
  Reader reader(server);
  reader.run(std::vector<std::uint64_t>(40, 1000));
  BOOST_TEST(reader.cuts_seen == 40U);
  expect_all(reader, 0);
}

BOOST_AUTO_TEST_CASE(message_that_is_only_a_little_big_goes_on_in_the_middle_too) {
  server.add(kWindow - 10);
  Reader reader(server);
  reader.run({5000});
  BOOST_TEST(reader.asked.back() == "1 <5000.8192>");
  expect_all(reader, 0);
}

BOOST_AUTO_TEST_CASE(other_uidvalidity_after_a_cut_starts_from_the_beginning) {
  server.add(kBig);
  Reader reader(server);
  reader.run({20'000}, [](Server& s) {
    s.uidvalidity = 8;
    std::reverse(s.mails[1].bytes.begin(), s.mails[1].bytes.end());
  });
  expect_all(reader, 20'000);
}

BOOST_AUTO_TEST_CASE(other_size_after_a_cut_starts_from_the_beginning) {
  for (const bool behind : {false, true}) {
    Server changed;
    changed.size_behind_body = behind;
    changed.add(kBig);
    Reader reader(changed);
    reader.run({20'000}, [](Server& s) { s.mails[1].bytes = std::string(kBig + 5, 'x'); });
    BOOST_TEST(difference(changed, reader) == "");
  }
}

BOOST_AUTO_TEST_CASE(message_gone_after_a_cut_leaves_nothing) {
  server.add(kBig);
  server.add(30);
  Reader reader(server);
  reader.run({20'000}, [](Server& s) { s.mails.erase(1); });
  expect_all(reader, 20'000);
  BOOST_TEST(reader.rejects.empty());
}

BOOST_AUTO_TEST_CASE(message_that_breaks_every_connection_is_given_up_in_this_pass) {
  server.add(30);
  server.add(kBig);
  server.add(40);
  Reader reader(server);
  // The window behind the first one never brings a byte.
  reader.run({kWindow + 70 + 1, 0, 0, 0, 0});
  BOOST_TEST(reader.stored.size() == 2U);
  BOOST_TEST(reader.sync().state().pending.contains(2));
}

// --- liars

BOOST_AUTO_TEST_CASE(size_that_is_too_small_does_not_cut_the_message) {
  server.add(kBig, 10);
  server.add(kBig, kWindow + 5);
  server.add(100, 3);
  Reader reader(server);
  reader.run();
  expect_all(reader, 0);
}

BOOST_AUTO_TEST_CASE(size_that_is_too_big_does_not_keep_the_message_from_ending) {
  for (const auto end : {Server::BehindEnd::kEmpty, Server::BehindEnd::kNil}) {
    Server liar;
    liar.behind_end = end;
    liar.add(kBig, 3 * kBig);
    liar.add(1000, 3000);
    Reader reader(liar);
    reader.run();
    BOOST_TEST(difference(liar, reader) == "");
    BOOST_TEST(reader.received == total(liar));
  }
}

BOOST_AUTO_TEST_CASE(server_that_says_nothing_behind_the_end_is_asked_for_the_whole) {
  server.behind_end = Server::BehindEnd::kNothing;
  server.add(2000, 3000);
  Reader reader(server);
  reader.run();
  BOOST_TEST(reader.asked.back() == "1 whole");
  expect_all(reader, 2000);
}

BOOST_AUTO_TEST_CASE(sizes_that_are_always_wrong_cost_hardly_a_question) {
  for (int i = 0; i < 300; ++i) server.add(2001 + static_cast<std::uint64_t>(i) * 13, 9000);
  Reader reader(server);
  reader.run();
  BOOST_TEST(reader.asked.size() <= 1U + 5U);
  expect_all(reader, 0);
}

BOOST_AUTO_TEST_CASE(size_that_is_missing_is_not_needed) {
  server.gives_size = false;
  server.add(kBig);
  server.add(10);
  Reader reader(server);
  reader.run({30'000});
  expect_all(reader, 0);
}

BOOST_AUTO_TEST_CASE(server_that_ignores_windows_gives_the_whole_at_once) {
  server.knows_windows = false;
  server.add(kBig);
  server.add(10);
  Reader reader(server);
  reader.run();
  BOOST_TEST(reader.asked == Asked{"1:2"}, boost::test_tools::per_element());
  expect_all(reader, 0);
}

BOOST_AUTO_TEST_CASE(server_that_ignores_later_windows_gives_the_whole_then) {
  server.knows_later_windows = false;
  server.add(kBig);
  Reader reader(server);
  reader.run();
  BOOST_TEST(difference(server, reader) == "");
}

BOOST_AUTO_TEST_CASE(server_that_leaves_the_origin_out_is_asked_for_the_whole) {
  server.gives_origin = false;
  server.add(kBig);
  server.add(10);
  Reader reader(server);
  reader.run();
  BOOST_TEST(difference(server, reader) == "");
}

BOOST_AUTO_TEST_CASE(server_with_another_offset_is_asked_for_the_whole) {
  server.origin_error = 1;
  server.add(kBig);
  Reader reader(server);
  reader.run();
  BOOST_TEST(reader.asked.back() == "1 whole");
  BOOST_TEST(difference(server, reader) == "");
}

BOOST_AUTO_TEST_CASE(server_that_repeats_the_beginning_is_asked_for_the_whole) {
  server.repeats_beginning = true;
  server.add(kBig);
  Reader reader(server);
  reader.run();
  BOOST_TEST(reader.asked.back() == "1 whole");
  BOOST_TEST(difference(server, reader) == "");
}

BOOST_AUTO_TEST_CASE(server_that_cuts_windows_short_is_believed_by_nobody) {
  server.cap = 5000;
  server.add(kBig);
  server.add(5000);
  server.add(5001);
  Reader reader(server);
  reader.run();
  expect_all(reader, 4 * kWindow);
}

BOOST_AUTO_TEST_CASE(uid_behind_the_body_loses_nothing) {
  server.uid_behind_body = true;
  server.add(kBig);
  server.add(kBig + 3000);
  server.add(80);
  Reader reader(server);
  reader.run({20'000});
  BOOST_TEST(difference(server, reader) == "");
}

BOOST_AUTO_TEST_CASE(refused_windows_end_in_the_whole_message) {
  for (const auto condition : {Condition::kBad, Condition::kNo}) {
    Server refusing;
    refusing.refuses_later = condition;
    refusing.add(kBig);
    refusing.add(10);
    Reader reader(refusing);
    reader.run();
    BOOST_TEST(reader.asked.back() == "1 whole");
    BOOST_TEST(difference(refusing, reader) == "");
  }
}

BOOST_AUTO_TEST_CASE(window_that_is_not_available_now_is_tried_in_a_later_run) {
  server.refuses_later = Condition::kNo;
  server.refusal = Code::kUnavailable;
  server.add(kBig);
  server.add(10);
  Reader reader(server);
  reader.run();
  BOOST_TEST(reader.stored.size() == 1U);
  BOOST_TEST(reader.rejects.empty());
  BOOST_TEST(reader.sync().state().pending.at(1).attempts == 1U);
}

BOOST_AUTO_TEST_CASE(server_known_to_fail_with_windows_gets_none) {
  server.add(kBig);
  Quirks quirks;
  quirks.add(Quirk::kNoPartial);
  Reader reader(server, 1 << 20, quirks);
  reader.run({20'000});
  for (const auto& text : reader.asked) BOOST_TEST(text.find('<') == std::string::npos);
  BOOST_TEST(difference(server, reader) == "");
}

// --- too big

BOOST_AUTO_TEST_CASE(too_big_message_is_rejected_after_one_window_and_one_octet) {
  server.add(50);
  server.add(3 * kBig);
  server.add(60);
  Reader reader(server, 2 * kBig);
  reader.run();
  BOOST_TEST(reader.asked == (Asked{"1:3", "2 <82120.1>"}), boost::test_tools::per_element());
  BOOST_TEST(reader.rejects.at(2) ==
             "the message is longer than max_message (82120 bytes); the server says 123180 bytes");
  BOOST_TEST(reader.received == kWindow + 50 + 60 + 1);
  BOOST_TEST(reader.sync().state().quarantined.contains(2));
  BOOST_TEST(reader.sync().state().complete);
}

BOOST_AUTO_TEST_CASE(limit_below_a_window_needs_no_second_question) {
  server.add(kBig);
  server.add(1000);
  server.add(1001);
  Reader reader(server, 1000);
  reader.run();
  BOOST_TEST(reader.asked == Asked{"1:3"}, boost::test_tools::per_element());
  BOOST_TEST(reader.rejects.size() == 2U);
  BOOST_TEST(reader.stored.size() == 1U);
  BOOST_TEST(reader.received == 3002U);
}

BOOST_AUTO_TEST_CASE(size_that_lies_beyond_the_limit_does_not_reject) {
  for (const auto end : {Server::BehindEnd::kEmpty, Server::BehindEnd::kNil, Server::BehindEnd::kNothing}) {
    Server liar;
    liar.behind_end = end;
    liar.add(kBig, 100 * kBig);
    Reader reader(liar, 2 * kBig);
    reader.run();
    BOOST_TEST(reader.rejects.empty());
    BOOST_TEST(difference(liar, reader) == "");
  }
}

BOOST_AUTO_TEST_CASE(size_that_hides_a_too_big_message_is_found_out_at_the_limit) {
  server.add(4 * kBig, kWindow + 1);
  server.add(20);
  Reader reader(server, 2 * kBig);
  reader.run();
  BOOST_TEST(reader.rejects.contains(1));
  BOOST_TEST(reader.stored.size() == 1U);
  BOOST_TEST(reader.received <= 2 * kBig + 1 + 20);
}

BOOST_AUTO_TEST_CASE(random_servers_and_cuts_lose_no_byte) {
  for (unsigned seed = 0; seed < 400; ++seed) {
    std::mt19937 random(seed);
    const auto below = [&](std::uint64_t limit) { return random() % limit; };
    Server odd;
    odd.gives_size = below(4) != 0;
    odd.knows_windows = below(8) != 0;
    odd.knows_later_windows = below(8) != 0;
    odd.gives_origin = below(8) != 0;
    odd.uid_behind_body = below(4) == 0;
    odd.size_behind_body = below(4) == 0;
    if (below(6) == 0) odd.cap = 1000 + below(9000);
    if (below(8) == 0) odd.origin_error = 1 + below(5000);
    odd.repeats_beginning = below(10) == 0;
    odd.behind_end = static_cast<Server::BehindEnd>(below(3));
    for (auto left = 1 + below(6); left > 0; --left) {
      const auto size = below(5) == 0 ? kWindow * below(5) : below(6 * kWindow);
      odd.add(size, below(4) == 0 ? std::optional<std::uint64_t>(below(12 * kWindow)) : std::nullopt);
    }
    std::vector<std::uint64_t> cuts;
    for (auto left = below(3); left > 0; --left) cuts.push_back(1 + below(4 * kWindow));
    Reader reader(odd);
    reader.run(cuts);
    // A cap is seen only where the size tells of it.
    const bool blind = odd.cap != UINT64_MAX;
    if (!blind)
      BOOST_REQUIRE_MESSAGE(difference(odd, reader).empty(), "seed " << seed << ": " << difference(odd, reader));
    BOOST_REQUIRE_MESSAGE(reader.sync().problem().empty(), "seed " << seed);
  }
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace big_bodies_test
