// What the connections of an account may ask for together, and what is remembered of its server.
#include "account_limits.hpp"

#include <boost/test/unit_test.hpp>

#include "haulier/testing/fake_host.hpp"
#include "io/byte_stream.hpp"
#include "state_json.hpp"

namespace account_limits_test {
using namespace haulier;
using namespace haulier::imap;

constexpr std::int64_t kSecondUs = 1'000'000;
constexpr std::int64_t kHourUs = 3600 * kSecondUs;

struct Fixture {
  testing::FakeHost host;
  AccountLimits make(const LimitSettings& settings, AccountFacts facts = {}) {
    return AccountLimits(Host(host.get()), settings, std::move(facts));
  }
};

BOOST_FIXTURE_TEST_SUITE(account_limits, Fixture)

BOOST_AUTO_TEST_CASE(commands_come_back_with_time_and_never_pile_up) {
  auto limits = make({.commands_per_second = 4});
  BOOST_TEST(limits.take_commands(10) == 4U);
  BOOST_TEST(limits.take_commands(1) == 0U);
  BOOST_TEST(limits.until_next_command().count() == 250);
  host.clock_us += kSecondUs / 2;
  BOOST_TEST(limits.take_commands(10) == 2U);
  host.clock_us += 100 * kSecondUs;
  BOOST_TEST(limits.take_commands(10) == 4U);
}

BOOST_AUTO_TEST_CASE(no_limit_lets_everything_pass) {
  auto limits = make({});
  BOOST_TEST(limits.take_commands(1'000'000) == 1'000'000U);
  const std::int64_t before = host.clock_us;
  limits.received(1U << 30);
  BOOST_TEST(host.clock_us == before);
  BOOST_TEST(!limits.goes_on_at_us().has_value());
}

BOOST_AUTO_TEST_CASE(bytes_that_come_too_fast_are_waited_for) {
  auto limits = make({.bytes_per_second = 1000});
  const std::int64_t before = host.clock_us;
  for (int i = 0; i < 10; ++i) limits.received(1000);
  // The first second is free; what is above is debt.
  BOOST_TEST(host.clock_us - before >= 9 * kSecondUs);
  BOOST_TEST(host.clock_us - before < 10 * kSecondUs);
}

BOOST_AUTO_TEST_CASE(waiting_ends_when_the_run_is_to_stop) {
  auto limits = make({.bytes_per_second = 1000});
  host.cancel();
  BOOST_CHECK_THROW(limits.received(10'000), IoError);
}

BOOST_AUTO_TEST_CASE(day_goes_on_when_a_tenth_of_it_is_free_again) {
  auto limits = make({.bytes_per_day = 1000});
  const std::int64_t hour = host.clock_us / kHourUs;
  limits.received(150);
  host.clock_us += 3 * kHourUs;
  limits.received(850);
  BOOST_TEST(limits.goes_on_at_us().value() == (hour + 24) * kHourUs);
  host.clock_us = (hour + 24) * kHourUs;
  BOOST_TEST(!limits.goes_on_at_us().has_value());
}

BOOST_AUTO_TEST_CASE(day_that_a_few_bytes_do_not_free_goes_on_later) {
  auto limits = make({.bytes_per_day = 1000});
  const std::int64_t hour = host.clock_us / kHourUs;
  limits.received(50);
  host.clock_us += 3 * kHourUs;
  limits.received(950);
  BOOST_TEST(limits.goes_on_at_us().value() == (hour + 27) * kHourUs);
}

BOOST_AUTO_TEST_CASE(day_is_counted_across_runs) {
  auto first = make({.bytes_per_day = 1000});
  first.received(1000);
  const auto written = write_state({}, first.facts());
  auto second = make({.bytes_per_day = 1000}, read_account(written));
  BOOST_TEST(second.goes_on_at_us().has_value());
  host.clock_us += 25 * kHourUs;
  second.received(1);
  BOOST_TEST(second.facts().hours.size() == 1U);
}

BOOST_AUTO_TEST_CASE(slow_link_is_believed_for_a_week) {
  auto limits = make({});
  BOOST_TEST(!limits.link_is_slow());
  for (const std::uint64_t rate : {1'000'000U, 2'000'000U}) limits.measured(rate);
  BOOST_TEST(!limits.link_is_slow());
  limits.measured(1'000'000);
  BOOST_TEST(limits.link_is_slow());
  BOOST_TEST(limits.facts().link_bytes_per_second == 2'000'000U);
  host.clock_us += 8 * 24 * kHourUs;
  BOOST_TEST(!limits.link_is_slow());
}

BOOST_AUTO_TEST_CASE(link_is_as_fast_as_it_ever_was_whatever_the_server_waits_for) {
  auto limits = make({});
  for (const std::uint64_t rate : {1'000'000U, 100'000'000U, 2'000'000U, 1'000'000U}) limits.measured(rate);
  BOOST_TEST(!limits.link_is_slow());
  BOOST_TEST(limits.facts().link_bytes_per_second == 100'000'000U);
}

AccountFacts announced(const std::string& words) {
  AccountFacts facts;
  facts.server = "imap.example.org:993";
  facts.before_login = "IMAP4REV1";
  facts.after_login = words;
  return facts;
}

BOOST_AUTO_TEST_CASE(announced_words_are_in_the_last_row_of_one_mailbox) {
  auto limits = make({.bytes_per_day = 1000}, announced("IDLE"));
  limits.received(5);
  const auto middle = limits.facts_for_row("INBOX", false);
  BOOST_TEST(!middle.announces());
  BOOST_TEST(middle.server == "imap.example.org:993");
  BOOST_TEST(middle.hours.size() == 1U);
  BOOST_TEST(limits.facts_for_row("INBOX", true).after_login == "IDLE");
  BOOST_TEST(!limits.facts_for_row("Sent", true).announces());
  BOOST_TEST(limits.facts_for_row("INBOX", true).after_login == "IDLE");
}

BOOST_AUTO_TEST_CASE(announced_words_move_on_when_their_row_is_written_over_or_they_change) {
  auto limits = make({}, announced("IDLE"));
  limits.announced_in("INBOX");
  BOOST_TEST(!limits.facts_for_row("Sent", true).announces());
  BOOST_TEST(!limits.facts_for_row("INBOX", false).announces());
  BOOST_TEST(limits.facts_for_row("Sent", true).after_login == "IDLE");
  limits.learn([](AccountFacts& facts) { facts.after_login = "NOTIFY"; });
  BOOST_TEST(limits.facts_for_row("INBOX", true).after_login == "NOTIFY");
  BOOST_TEST(!limits.facts_for_row("Sent", true).announces());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(account_facts)

BOOST_AUTO_TEST_CASE(rows_say_together_what_none_says_alone) {
  AccountFacts told;
  told.at_us = 5;
  told.server = "a:993";
  told.after_login = "IDLE";
  told.told_at_login = true;
  AccountFacts newer;
  newer.at_us = 7;
  newer.server = "a:993";
  newer.hours[3] = 9;
  FactsOfRows rows;
  rows.add("INBOX", told);
  rows.add("Sent", newer);
  rows.add("Old", {});
  BOOST_TEST(rows.announced_in() == "INBOX");
  BOOST_TEST(rows.facts().at_us == 7);
  BOOST_TEST(rows.facts().after_login == "IDLE");
  BOOST_TEST(rows.facts().told_at_login);
  BOOST_TEST(rows.facts().hours.at(3) == 9U);
}

BOOST_AUTO_TEST_CASE(what_another_server_announced_is_not_taken_for_this_one) {
  AccountFacts told;
  told.at_us = 5;
  told.server = "a:993";
  told.after_login = "IDLE";
  AccountFacts newer;
  newer.at_us = 7;
  newer.server = "b:993";
  FactsOfRows rows;
  rows.add("INBOX", newer);
  rows.add("Sent", told);
  BOOST_TEST(rows.announced_in().empty());
  BOOST_TEST(!rows.facts().announces());
}

BOOST_AUTO_TEST_CASE(facts_come_back_as_they_were_written) {
  AccountFacts facts;
  facts.at_us = 5;
  facts.server = "h:993";
  facts.before_login = "A \"B";
  facts.after_login = "C";
  facts.told_at_login = facts.needs_id = facts.no_compress = true;
  facts.takes_ahead = false;
  facts.depth = 8;
  facts.link_bytes_per_second = 12;
  facts.link_measured_us = 13;
  facts.hours = {{473'000, 1}, {473'001, 2'500'000'000}};
  MailboxState state;
  state.known = true;
  BOOST_TEST((read_account(write_state(state, facts)) == facts));
  BOOST_TEST((read_state(write_state(state, facts)) == state));
}

BOOST_AUTO_TEST_CASE(what_is_not_understood_is_left_out_and_never_an_error) {
  BOOST_TEST(!read_account(R"({"v":1})").known());
  BOOST_TEST(!read_account(R"({"v":1,"account":7})").known());
  BOOST_TEST(!read_account(R"({"v":1,"account":{"at":-1,"after":"X"}})").known());
  const auto facts = read_account(
      R"({"v":1,"account":{"at":1,"after":7,"told":"yes","ahead":1,"depth":-4,"hours":{"x":1,"-2":1,"9":"y","10":3}}})");
  BOOST_TEST(facts.known());
  BOOST_TEST(facts.after_login.empty());
  BOOST_TEST(!facts.takes_ahead.has_value());
  BOOST_TEST(facts.depth == 0U);
  BOOST_TEST(facts.hours.size() == 2U);
  BOOST_TEST(facts.hours.at(10) == 3U);
}

BOOST_AUTO_TEST_CASE(size_is_bounded_both_ways) {
  AccountFacts facts;
  facts.at_us = 1;
  facts.after_login = std::string(5000, 'x');
  BOOST_TEST(write_facts(facts).size() < 100U);
  std::string many = R"({"v":1,"account":{"at":1,"hours":{"1":1)";
  for (int i = 2; i < 500; ++i) many += ",\"" + std::to_string(i) + "\":1";
  BOOST_TEST(read_account(many + "}}}").hours.size() == 25U);
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace account_limits_test
