// --watch: what wakes a pass between two polls, and what happens when the connection does not live that long.
#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "source_run.hpp"

namespace watch_test {
using namespace replay;

const std::string kConfig = R"({"host":"imap.example.org","accounts":[{"user":"me@example.org"}]})";
const std::string kState =
    R"({"v":1,"uidvalidity":"1","modseq":"9","uidnext":4,"complete":true,"reconciled_us":1700000000000000,"live":"1:3"})";

std::string login(const std::string& capabilities) {
  return "S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready\n"
         "C: a1 AUTHENTICATE PLAIN AG1lQGV4YW1wbGUub3JnAHNlY3JldA==\n"
         "S: a1 OK [CAPABILITY IMAP4rev1 LIST-STATUS CONDSTORE " +
         capabilities + "] in\n";
}
std::string list(int messages) {
  const auto n = std::to_string(messages);
  return "C: l LIST \"\" \"*\" RETURN (STATUS (MESSAGES UIDNEXT UIDVALIDITY HIGHESTMODSEQ))\n"
         "S: * LIST () \".\" INBOX\n"
         "S: * STATUS INBOX (MESSAGES " +
         n + " UIDNEXT " + std::to_string(messages + 1) + " UIDVALIDITY 1 HIGHESTMODSEQ " +
         std::to_string(messages + 6) + ")\nS: l OK done\n";
}
std::string open_box(int messages) {
  return "C: e EXAMINE \"INBOX\"\nS: * " + std::to_string(messages) +
         " EXISTS\nS: * OK [UIDVALIDITY 1]\nS: * OK [UIDNEXT " + std::to_string(messages + 1) + "]\nS: e OK done\n";
}
const std::string kFourth =
    "C: x EXAMINE \"INBOX\" (CONDSTORE)\nC: c UID FETCH 1:3 (UID FLAGS MODSEQ) (CHANGEDSINCE 9)\n"
    "C: f UID FETCH 4 (UID FLAGS INTERNALDATE RFC822.SIZE MODSEQ BODY.PEEK[]<0.16777216>)\n"
    "S: * 4 EXISTS\nS: * OK [UIDVALIDITY 1]\nS: * OK [UIDNEXT 5]\nS: * OK [HIGHESTMODSEQ 10]\nS: x OK done\nS: c OK "
    "done\n"
    "S: * 4 FETCH (UID 4 FLAGS () MODSEQ (10) BODY[] {3}\nS| new\nS: )\nS: f OK done\n";
// How every test ends: the connection goes away, and the next sign-in is refused for good.
const std::string kEnd =
    "-- cut\n-- connection\nS: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready\n"
    "C: z AUTHENTICATE PLAIN AG1lQGV4YW1wbGUub3JnAHNlY3JldA==\nS: z NO [AUTHENTICATIONFAILED] the end\n";

RunResult run(const std::string& text, const std::string& config = kConfig) {
  RunOptions options;
  options.watch = true;
  return run_source(parse_trace("inline", text), config, {}, {{"INBOX", kState}}, options);
}
std::size_t upserts(const RunResult& result) {
  return static_cast<std::size_t>(std::count_if(result.records.begin(), result.records.end(),
                                                [](const auto& line) { return line.starts_with("upsert"); }));
}
void check(const RunResult& result, std::size_t messages, double connects) {
  BOOST_TEST(result.end.find("the end") != std::string::npos, result.end);
  BOOST_TEST(upserts(result) == messages);
  BOOST_TEST(result.connects == connects);
}

BOOST_AUTO_TEST_SUITE(imap_watch)

BOOST_AUTO_TEST_CASE(idle_wakes_a_pass_on_the_same_connection) {
  check(run(login("IDLE") + list(3) + open_box(3) +
            "C: i IDLE\nS: + idling\nS: * OK still here\nS: * 4 EXISTS\nC| DONE\nS: i OK done\n" + list(4) + kFourth +
            open_box(4) + "C: j IDLE\nS: + idling\n" + kEnd),
        1, 2);
}

BOOST_AUTO_TEST_CASE(silence_ends_in_a_poll_of_all_mailboxes) {
  check(run(login("IDLE") + list(3) + open_box(3) + "C: i IDLE\nS: + idling\n-- silence\nC| DONE\nS: i OK done\n" +
            list(4) + kFourth + open_box(4) + "C: j IDLE\nS: + idling\n" + kEnd),
        1, 2);
}

BOOST_AUTO_TEST_CASE(idle_is_begun_anew_before_nine_minutes) {
  check(run(login("IDLE") + list(3) + open_box(3) +
                "C: i IDLE\nS: + idling\n-- silence\nC| DONE\nS: i OK done\nC: j IDLE\nS: + idling\nS: * 1 EXPUNGE\n"
                "C| DONE\nS: j OK done\n" +
                list(3) + open_box(3) + "C: k IDLE\nS: + idling\n" + kEnd,
            R"({"host":"imap.example.org","poll_interval":900000,"accounts":[{"user":"me@example.org"}]})"),
        0, 2);
}

BOOST_AUTO_TEST_CASE(message_that_came_between_the_pass_and_idle_is_noticed) {
  check(
      run(login("IDLE") + list(3) + open_box(4) + list(4) + kFourth + open_box(4) + "C: j IDLE\nS: + idling\n" + kEnd),
      1, 2);
}

BOOST_AUTO_TEST_CASE(notify_covers_every_mailbox_and_is_ended_before_the_pass) {
  const std::string set =
      " NOTIFY SET STATUS (selected (MessageNew MessageExpunge FlagChange)) (personal (MessageNew MessageExpunge "
      "FlagChange))\n";
  check(run(login("IDLE NOTIFY") + list(3) + "C: n" + set +
            "S: * STATUS INBOX (MESSAGES 3 UIDNEXT 4 UIDVALIDITY 1 HIGHESTMODSEQ 9)\nS: * STATUS Other (MESSAGES 8)\n"
            "S: n OK done\nS: * STATUS INBOX (MESSAGES 4 UIDNEXT 5)\nC: p NOTIFY NONE\nS: p OK done\n" +
            list(4) + kFourth + "C: q" + set + "S: q OK done\n" + kEnd),
        1, 2);
}

BOOST_AUTO_TEST_CASE(silence_under_notify_is_broken_by_noop) {
  const std::string set =
      " NOTIFY SET STATUS (selected (MessageNew MessageExpunge FlagChange)) (personal (MessageNew MessageExpunge "
      "FlagChange))\n";
  check(run(login("NOTIFY") + list(3) + "C: n" + set +
                "S: n OK done\n-- silence\nC: o NOOP\nS: * STATUS INBOX (HIGHESTMODSEQ 10)\nS: o OK done\n"
                "C: p NOTIFY NONE\nS: p OK done\n" +
                list(4) + kFourth + "C: q" + set + "S: q OK done\n" + kEnd,
            R"({"host":"imap.example.org","poll_interval":3600000,"accounts":[{"user":"me@example.org"}]})"),
        1, 2);
}

BOOST_AUTO_TEST_CASE(notify_that_is_refused_is_idle) {
  check(run(login("IDLE NOTIFY") + list(3) +
            "C: n NOTIFY SET STATUS (selected (MessageNew MessageExpunge FlagChange)) (personal (MessageNew "
            "MessageExpunge FlagChange))\nS: n BAD what\n" +
            open_box(3) + "C: i IDLE\nS: + idling\nS: * 4 EXISTS\nC| DONE\nS: i OK done\n" + list(4) + kFourth +
            open_box(4) + "C: j IDLE\nS: + idling\n" + kEnd),
        1, 2);
}

BOOST_AUTO_TEST_CASE(idle_that_is_refused_costs_the_connection_and_no_more) {
  check(run(login("IDLE") + list(3) + open_box(3) + "C: i IDLE\nS: i BAD what\n-- connection\n" + login("IDLE") +
            list(4) + kFourth + open_box(4) + "C: j IDLE\nS: + idling\n" + kEnd),
        1, 3);
}

BOOST_AUTO_TEST_CASE(connection_that_died_in_silence_is_found_at_the_end_of_idle) {
  check(run(login("IDLE") + list(3) + open_box(3) +
            "C: i IDLE\nS: + idling\n-- silence\nC| DONE\n-- silence\n-- connection\n" + login("IDLE") + list(4) +
            kFourth + open_box(4) + "C: j IDLE\nS: + idling\n" + kEnd),
        1, 3);
}

BOOST_AUTO_TEST_CASE(server_without_idle_is_left_between_two_polls) {
  check(run(login("") + list(3) + "C: b LOGOUT\n-- connection\n" + login("") + list(4) + kFourth + "C: b LOGOUT\n" +
            kEnd),
        1, 3);
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace watch_test
