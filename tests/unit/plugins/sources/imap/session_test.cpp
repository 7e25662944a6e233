#include "proto/session.hpp"

#include <boost/test/unit_test.hpp>

#include "proto/base64.hpp"

namespace session_test {
using namespace haulier::imap;

// A session whose greeting is over; what the server says is kept alive for the views.
struct Talk {
  explicit Talk(bool secure = true) : session(options(secure)) { (void)say("* OK ready\r\n"); }
  static Session::Options options(bool secure) {
    Session::Options out;
    out.tag_prefix = "t";
    out.secure = secure;
    return out;
  }
  // The events of these octets, without NeedInput.
  std::vector<Event> say(std::string octets) {
    said.push_back(std::make_unique<std::string>(std::move(octets)));
    session.feed(*said.back());
    std::vector<Event> events;
    for (;;) {
      auto event = session.next();
      if (std::holds_alternative<NeedInput>(event)) return events;
      events.push_back(event);
      if (std::holds_alternative<Failed>(event)) return events;
    }
  }
  Session session;
  std::vector<std::unique_ptr<std::string>> said;
};

template <class T>
const T& only(const std::vector<Event>& events) {
  BOOST_REQUIRE_EQUAL(events.size(), 1U);
  BOOST_REQUIRE(std::holds_alternative<T>(events[0]));
  return std::get<T>(events[0]);
}

BOOST_AUTO_TEST_SUITE(session)

BOOST_AUTO_TEST_CASE(nothing_is_sent_before_the_greeting) {
  Session session(Talk::options(true));
  (void)session.submit(Command::capability());
  BOOST_TEST(session.take_output().empty());
  session.feed("* OK hello\r\n");
  BOOST_TEST(std::holds_alternative<Greeted>(session.next()));
  BOOST_TEST(session.take_output() == "t1 CAPABILITY\r\n");
}

BOOST_AUTO_TEST_CASE(a_first_line_that_is_no_greeting_ends_it) {
  for (const char* line : {"HTTP/1.1 400 Bad Request\r\n", "a1 OK early\r\n", "+ \r\n", "* CAPABILITY IMAP4rev1\r\n"}) {
    Session session(Talk::options(true));
    session.feed(line);
    const auto event = session.next();
    BOOST_REQUIRE(std::holds_alternative<Failed>(event));
    BOOST_TEST(std::get<Failed>(event).unsafe);
  }
}

BOOST_AUTO_TEST_CASE(secrets_are_refused_without_tls) {
  Talk talk(false);
  BOOST_CHECK_THROW(talk.session.submit(Command::login("u", "p")), std::logic_error);
  BOOST_CHECK_THROW(talk.session.submit_authenticate(SaslExchange(Mechanism::kPlain, {"u", "p", {}, 0}), true),
                    std::logic_error);
  BOOST_TEST(talk.session.take_output().empty());
}

BOOST_AUTO_TEST_CASE(preauth_is_good_inside_tls_only) {
  Session open(Talk::options(false));
  open.feed("* PREAUTH hi\r\n");
  BOOST_TEST(std::holds_alternative<Failed>(open.next()));
  Session closed(Talk::options(true));
  closed.feed("* PREAUTH hi\r\n");
  const auto event = closed.next();
  BOOST_REQUIRE(std::holds_alternative<Greeted>(event));
  BOOST_TEST(std::get<Greeted>(event).preauthenticated);
}

BOOST_AUTO_TEST_CASE(octets_behind_the_answer_to_starttls_end_it) {
  for (const char* injected : {"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n", "a", "\r\n"}) {
    Talk talk(false);
    (void)talk.session.submit(Command::starttls());
    const auto events = talk.say(std::string("t1 OK go ahead\r\n") + injected);
    BOOST_TEST(only<Failed>(events).unsafe);
  }
}

// Gmail does so.
BOOST_AUTO_TEST_CASE(capabilities_that_come_before_the_answer_to_the_sign_in_are_those_behind_it) {
  Talk talk;
  (void)talk.say("* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n");
  (void)talk.session.submit(Command::login("me", "secret"));
  (void)talk.session.take_output();
  (void)talk.say("* CAPABILITY IMAP4rev1 CONDSTORE\r\nt1 OK in\r\n");
  BOOST_TEST(talk.session.capabilities().has("CONDSTORE"));
  BOOST_TEST(!talk.session.capabilities().has("AUTH=PLAIN"));
}

BOOST_AUTO_TEST_CASE(capabilities_from_before_the_sign_in_are_forgotten) {
  Talk talk;
  (void)talk.say("* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n");
  (void)talk.session.submit(Command::login("me", "secret"));
  (void)talk.session.take_output();
  (void)talk.say("t1 OK in\r\n");
  BOOST_TEST(!talk.session.capabilities().known());
}

BOOST_AUTO_TEST_CASE(capabilities_from_before_tls_are_forgotten) {
  Talk talk(false);
  (void)talk.say("* CAPABILITY IMAP4rev1 STARTTLS AUTH=EVIL\r\n");
  (void)talk.session.submit(Command::starttls());
  BOOST_TEST(only<Completed>(talk.say("t1 OK go ahead\r\n")).ok());
  talk.session.tls_established();
  BOOST_TEST(!talk.session.capabilities().known());
  BOOST_TEST(talk.session.secure());
}

BOOST_AUTO_TEST_CASE(nothing_is_pipelined_across_starttls) {
  Talk talk(false);
  (void)talk.session.submit(Command::starttls());
  (void)talk.session.submit(Command::capability());
  BOOST_TEST(talk.session.take_output() == "t1 STARTTLS\r\n");
}

BOOST_AUTO_TEST_CASE(nothing_is_pipelined_behind_a_token) {
  Talk talk;
  (void)talk.session.submit_authenticate(SaslExchange(Mechanism::kXOAuth2, {"u", "t", {}, 0}), true);
  (void)talk.session.submit(Command::capability());
  (void)talk.session.take_output();
  (void)talk.say("+ " + encode_base64("{\"status\":\"401\"}") + "\r\n");
  BOOST_TEST(talk.session.take_output() == "\r\n");
  BOOST_TEST(!only<Completed>(talk.say("t1 NO no\r\n")).ok());
  BOOST_TEST(talk.session.exchange()->refusal() == "{\"status\":\"401\"}");
  BOOST_TEST(talk.session.take_output() == "t2 CAPABILITY\r\n");
}

BOOST_AUTO_TEST_CASE(synchronising_literal_waits_for_the_server) {
  Talk talk;
  (void)talk.session.submit(Command::examine(MailboxName("\xCF\xEE"), false));
  (void)talk.session.submit(Command::noop());
  BOOST_TEST(talk.session.take_output() == "t1 EXAMINE {2}\r\n");
  BOOST_TEST(talk.say("+ go\r\n").empty());
  BOOST_TEST(talk.session.take_output() == "\xCF\xEE\r\nt2 NOOP\r\n");
}

BOOST_AUTO_TEST_CASE(resync_data_belongs_to_the_examine_only_behind_its_uidvalidity) {
  Talk talk;
  const auto id = talk.session.submit(Command::examine(MailboxName("a"), ResyncPoint{UidValidity(7), ModSeq(3)}));
  (void)talk.session.take_output();
  // Before the new mailbox's numbers it is the last mailbox that speaks.
  BOOST_TEST(only<Fetched>(talk.say("* 1 FETCH (UID 4 FLAGS ())\r\n")).command == 0U);
  BOOST_TEST(only<VanishedUids>(talk.say("* VANISHED 9\r\n")).command == 0U);
  BOOST_TEST(only<VanishedUids>(talk.say("* VANISHED (EARLIER) 9\r\n")).command == 0U);
  BOOST_TEST(talk.say("* OK [CLOSED] bye\r\n* 1 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n").empty());
  BOOST_TEST(only<VanishedUids>(talk.say("* VANISHED (EARLIER) 9\r\n")).command == id);
  BOOST_TEST(only<VanishedUids>(talk.say("* VANISHED 9\r\n")).command == 0U);
  BOOST_TEST(only<Fetched>(talk.say("* 1 FETCH (UID 4 FLAGS ())\r\n")).command == id);
}

BOOST_AUTO_TEST_CASE(resync_data_of_another_uidvalidity_is_nobodys) {
  Talk talk;
  (void)talk.session.submit(Command::examine(MailboxName("a"), ResyncPoint{UidValidity(7), ModSeq(3)}));
  (void)talk.session.take_output();
  BOOST_TEST(talk.say("* 1 EXISTS\r\n* OK [UIDVALIDITY 8] x\r\n").empty());
  BOOST_TEST(only<VanishedUids>(talk.say("* VANISHED (EARLIER) 9\r\n")).command == 0U);
}

BOOST_AUTO_TEST_CASE(enabled_is_what_the_server_confirmed) {
  Talk talk;
  (void)talk.session.submit(Command::enable("QRESYNC"));
  (void)talk.session.take_output();
  BOOST_TEST(!talk.session.enabled().has("QRESYNC"));
  (void)talk.say("* ENABLED CONDSTORE\r\n");
  (void)talk.say("* ENABLED qresync\r\n");
  BOOST_TEST(talk.session.enabled().has("CONDSTORE"));
  BOOST_TEST(talk.session.enabled().has("QRESYNC"));
}

BOOST_AUTO_TEST_CASE(numbers_belong_to_the_examine_that_is_answered) {
  Talk talk;
  (void)talk.session.submit(Command::examine(MailboxName("a"), false));
  (void)talk.session.submit(Command::uid_fetch(IntervalSet(1, 1), FetchItem::kFlags));
  (void)talk.session.submit(Command::examine(MailboxName("b"), false));
  const auto first =
      only<Completed>(talk.say("* 5 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 9] x\r\nt1 OK done\r\n"));
  BOOST_TEST(first.examination.exists == 5U);
  BOOST_TEST(first.examination.uidvalidity.value() == 7U);
  const auto events = talk.say("* OK [HIGHESTMODSEQ 99] x\r\n* 6 EXISTS\r\nt2 OK done\r\n* 1 EXISTS\r\nt3 OK done\r\n");
  BOOST_REQUIRE_EQUAL(events.size(), 3U);
  BOOST_TEST(std::get<ExistsChanged>(events[0]).count == 6U);
  const auto& second = std::get<Completed>(events[2]).examination;
  BOOST_TEST(second.exists == 1U);
  BOOST_TEST(second.uidvalidity.absent());
  BOOST_TEST(!second.uidnext.has_value());
  BOOST_TEST(!second.highestmodseq.known());
}

// Cyrus loses what comes in the flight of a sign-in and the command behind it, whatever they are.
BOOST_AUTO_TEST_CASE(numbers_belong_to_the_examine_also_behind_commands_that_were_lost) {
  Talk talk;
  (void)talk.session.submit(Command::noop());
  (void)talk.session.submit(Command::id({{"name", "x"}}));
  (void)talk.session.submit(Command::capability());
  (void)talk.session.submit(Command::examine(MailboxName("a"), false));
  (void)talk.session.take_output();
  (void)talk.say("t3 OK done\r\n");
  const auto events = talk.say(
      "* 5 EXISTS\r\n* OK [UIDNEXT 9] x\r\n* OK [UIDVALIDITY 7] x\r\n* OK [HIGHESTMODSEQ 3] x\r\n* OK "
      "[UIDNOTSTICKY] x\r\nt4 OK done\r\n");
  const auto& numbers = std::get<Completed>(events.back()).examination;
  BOOST_TEST(numbers.exists == 5U);
  BOOST_TEST(numbers.uidvalidity.value() == 7U);
  BOOST_TEST(numbers.uidnext.value() == 9U);
  BOOST_TEST(numbers.highestmodseq.value() == 3U);
  BOOST_TEST(numbers.uid_not_sticky);
}

BOOST_AUTO_TEST_CASE(resync_data_belongs_to_the_examine_also_behind_a_fetch_that_was_lost) {
  Talk talk;
  (void)talk.session.submit(Command::uid_fetch(IntervalSet(1, 9), FetchItem::kFlags));
  const auto id = talk.session.submit(Command::examine(MailboxName("a"), ResyncPoint{UidValidity(7), ModSeq(3)}));
  const auto fetch = talk.session.submit(Command::uid_fetch(IntervalSet(5, 9), FetchItem::kFlags | FetchItem::kBody));
  (void)talk.session.take_output();
  (void)talk.say("* OK [CLOSED] x\r\n* 1 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n");
  BOOST_TEST(only<VanishedUids>(talk.say("* VANISHED (EARLIER) 9\r\n")).command == id);
  BOOST_TEST(only<Fetched>(talk.say("* 1 FETCH (UID 4 FLAGS ())\r\n")).command == id);
  BOOST_TEST(only<Completed>(talk.say("t2 OK done\r\n")).examination.exists == 1U);
  const auto events = talk.say("* 1 FETCH (UID 5 BODY[] {1}\r\na)\r\n* 1 FETCH (UID 5 FLAGS ())\r\nt3 OK done\r\n");
  BOOST_REQUIRE_EQUAL(events.size(), 6U);
  BOOST_TEST(std::get<Fetched>(events[3]).command == fetch);
  BOOST_TEST(std::get<Fetched>(events[4]).command == fetch);
}

BOOST_AUTO_TEST_CASE(numbers_of_the_mailbox_before_do_not_reach_the_next_examine) {
  Talk talk;
  (void)talk.session.submit(Command::uid_fetch(IntervalSet(1, 1), FetchItem::kFlags));
  (void)talk.session.submit(Command::examine(MailboxName("b"), false));
  (void)talk.session.take_output();
  const auto before = talk.say("* 6 EXISTS\r\n* OK [HIGHESTMODSEQ 99] x\r\n* OK [UIDNEXT 12] x\r\nt1 OK done\r\n");
  BOOST_REQUIRE_EQUAL(before.size(), 2U);
  BOOST_TEST(std::get<ExistsChanged>(before[0]).count == 6U);
  const auto numbers = only<Completed>(talk.say("* OK [UIDVALIDITY 7] x\r\nt2 OK done\r\n")).examination;
  BOOST_TEST(numbers.exists == 0U);
  BOOST_TEST(!numbers.uidnext.has_value());
  BOOST_TEST(!numbers.highestmodseq.known());
}

BOOST_AUTO_TEST_CASE(examine_that_was_lost_takes_no_numbers_of_the_next_one) {
  Talk talk;
  const ResyncPoint point{UidValidity(7), ModSeq(3)};
  (void)talk.session.submit(Command::examine(MailboxName("a"), point));
  (void)talk.session.submit(Command::uid_fetch(IntervalSet(1, 1), FetchItem::kFlags));
  const auto next = talk.session.submit(Command::examine(MailboxName("b"), point));
  (void)talk.session.take_output();
  (void)talk.say("t2 BAD no mailbox\r\n");
  BOOST_TEST(talk.say("* 5 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n").empty());
  BOOST_TEST(only<VanishedUids>(talk.say("* VANISHED (EARLIER) 9\r\n")).command == next);
  BOOST_TEST(only<Completed>(talk.say("t3 OK done\r\n")).examination.exists == 5U);
}

BOOST_AUTO_TEST_CASE(a_body_nobody_asked_for_is_thrown_away) {
  Talk talk;
  (void)talk.session.submit(Command::uid_fetch(IntervalSet(1, 1), FetchItem::kFlags));
  const auto events = talk.say("* 1 FETCH (UID 1 BODY[] {3}\r\nabc)\r\n");
  BOOST_TEST(only<Fetched>(events).data.uid->value() == 1U);
}

BOOST_AUTO_TEST_CASE(data_may_come_before_the_answers_to_the_commands_before_its_own) {
  Talk talk;
  const auto flags = talk.session.submit(Command::uid_fetch(IntervalSet(1, 4), FetchItem::kFlags));
  const auto body = talk.session.submit(Command::uid_fetch(IntervalSet(5, 5), FetchItem::kFlags | FetchItem::kBody));
  const auto search = talk.session.submit(Command::uid_search_all(true));
  const auto again = talk.session.submit(Command::uid_search_all(true));
  BOOST_TEST(only<Fetched>(talk.say("* 1 FETCH (UID 1 FLAGS ())\r\n")).command == flags);
  const auto events = talk.say("* 4 FETCH (UID 5 FLAGS () BODY[] {3}\r\nabc)\r\n");
  BOOST_REQUIRE_EQUAL(events.size(), 4U);
  BOOST_TEST(std::holds_alternative<BodyBegin>(events[0]));
  BOOST_REQUIRE(std::holds_alternative<Fetched>(events[3]));
  BOOST_TEST(std::get<Fetched>(events[3]).command == body);
  BOOST_TEST(only<Found>(talk.say("* ESEARCH (TAG \"t4\") UID ALL 1,5\r\n")).command == again);
  BOOST_TEST(only<Found>(talk.say("* SEARCH 1 5\r\n")).command == search);
}

BOOST_AUTO_TEST_CASE(data_of_a_mailbox_that_is_not_open_yet_has_no_command) {
  Talk talk;
  (void)talk.session.submit(Command::examine(MailboxName("INBOX"), false));
  (void)talk.session.submit(Command::uid_fetch(IntervalSet(5, 5), FetchItem::kFlags | FetchItem::kBody));
  BOOST_TEST(only<Fetched>(talk.say("* 4 FETCH (UID 5 FLAGS () BODY[] {3}\r\nabc)\r\n")).command == 0U);
}

BOOST_AUTO_TEST_CASE(a_second_body_in_one_fetch_falls_under_the_small_limit) {
  Talk talk;
  (void)talk.session.submit(Command::uid_fetch(IntervalSet(1, 1), FetchItem::kBody));
  const auto events = talk.say("* 1 FETCH (UID 1 BODY[] {1}\r\na BODY[] {1000000}\r\n");
  BOOST_TEST(std::holds_alternative<Failed>(events.back()));
}

BOOST_AUTO_TEST_CASE(quoted_body_comes_as_the_same_events) {
  Talk talk;
  (void)talk.session.submit(Command::uid_fetch(IntervalSet(1, 1), FetchItem::kBody));
  talk.said.push_back(std::make_unique<std::string>("* 1 FETCH (BODY[] \"a\\\"b\" UID 1)\r\n"));
  talk.session.feed(*talk.said.back());
  BOOST_TEST(std::get<BodyBegin>(talk.session.next()).size == 3U);
  BOOST_TEST(std::get<BodyChunk>(talk.session.next()).bytes == "a\"b");
  BOOST_TEST(std::holds_alternative<BodyEnd>(talk.session.next()));
  BOOST_TEST(std::get<Fetched>(talk.session.next()).data.uid->value() == 1U);
}

BOOST_AUTO_TEST_CASE(answers_to_unknown_tags_are_odd_and_harmless) {
  Talk talk;
  (void)talk.session.submit(Command::noop());
  BOOST_TEST(only<Warned>(talk.say("t7 OK forged\r\n")).text == "forged");
  BOOST_TEST(only<Completed>(talk.say("t1 OK real\r\n")).id == 1U);
}

BOOST_AUTO_TEST_CASE(malformed_fetch_does_not_end_the_conversation) {
  Talk talk;
  (void)talk.session.submit(Command::uid_fetch(IntervalSet(1, 2), FetchItem::kFlags));
  const auto events = talk.say("* 1 FETCH (UID\r\n* 2 FETCH (UID 2 FLAGS ())\r\nt1 OK done\r\n");
  BOOST_REQUIRE_EQUAL(events.size(), 3U);
  BOOST_TEST(std::holds_alternative<Warned>(events[0]));
  BOOST_TEST(std::get<Fetched>(events[1]).data.uid->value() == 2U);
}

BOOST_AUTO_TEST_CASE(bye_is_expected_behind_logout_only) {
  Talk talk;
  BOOST_TEST(!only<ByeSeen>(talk.say("* BYE overloaded\r\n")).expected);
  (void)talk.session.submit(Command::logout());
  BOOST_TEST(only<ByeSeen>(talk.say("* BYE see you\r\n")).expected);
}

BOOST_AUTO_TEST_CASE(flights_count_how_often_the_client_spoke_after_the_server) {
  Talk talk;
  (void)talk.session.submit(Command::noop());
  (void)talk.session.submit(Command::noop());
  (void)talk.session.take_output();
  (void)talk.session.submit(Command::noop());
  (void)talk.session.take_output();
  BOOST_TEST(talk.session.flights() == 1U);
  (void)talk.say("t1 OK\r\n");
  (void)talk.session.submit(Command::noop());
  (void)talk.session.take_output();
  BOOST_TEST(talk.session.flights() == 2U);
}

BOOST_AUTO_TEST_CASE(one_command_at_a_time_for_servers_that_need_it) {
  Talk talk;
  talk.session.limit_in_flight(1);
  (void)talk.session.submit(Command::noop());
  (void)talk.session.submit(Command::capability());
  BOOST_TEST(talk.session.take_output() == "t1 NOOP\r\n");
  (void)talk.say("t1 OK\r\n");
  BOOST_TEST(talk.session.take_output() == "t2 CAPABILITY\r\n");
}

BOOST_AUTO_TEST_CASE(data_without_end_and_without_an_answer_ends_it) {
  auto options = Talk::options(true);
  options.answer_bytes = 100;
  Session session(options);
  const std::string noise(20, '.');
  const auto say = [&session](const std::string& line) {
    session.feed(line);
    return session.next();
  };
  (void)say("* OK hello\r\n");
  (void)session.submit(Command::noop());
  BOOST_TEST(std::holds_alternative<NeedInput>(say("* OK " + noise + noise + noise + "\r\n")));
  BOOST_TEST(std::holds_alternative<Completed>(say("t1 OK done\r\n")));
  (void)session.next();
  BOOST_TEST(std::holds_alternative<NeedInput>(say("* OK " + noise + noise + noise + "\r\n")));
  const auto event = say("* OK " + noise + noise + noise + "\r\n");
  BOOST_REQUIRE(std::holds_alternative<Failed>(event));
  BOOST_TEST(!std::get<Failed>(event).unsafe);
}

BOOST_AUTO_TEST_CASE(alerts_are_told) {
  Talk talk;
  BOOST_TEST(only<Alerted>(talk.say("* OK [ALERT] password expires\r\n")).text == "password expires");
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace session_test
