// What is remembered of a server makes one flight of the sign-in and the listing, and does no harm when it is wrong.
#include <boost/test/unit_test.hpp>

#include "source_run.hpp"

namespace ahead_test {
using namespace replay;

const std::string kConfig = R"({"host":"imap.example.org","accounts":[{"user":"me@example.org"}]})";
const std::string kGreeting = "S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready\n";
const std::string kSilentGreeting = "S: * OK ready\n";
const std::string kLogin = "C: a1 AUTHENTICATE PLAIN AG1lQGV4YW1wbGUub3JnAHNlY3JldA==\n";
// Nothing is new in the only mailbox.
const std::string kNothingNew =
    "C: e1 EXAMINE \"INBOX\"\nC: e2 UID FETCH 1 (UID FLAGS)\n"
    "S: * 1 EXISTS\nS: * OK [UIDVALIDITY 1]\nS: * OK [UIDNEXT 2]\nS: e1 OK done\n"
    "S: * 1 FETCH (UID 1 FLAGS ())\nS: e2 OK done\nC: x LOGOUT\n";
const std::string kStatus = "S: * STATUS INBOX (MESSAGES 1 UIDNEXT 2 UIDVALIDITY 1)\n";

std::string state(const std::string& account) {
  return R"({"v":1,"uidvalidity":"1","uidnext":2,"complete":true,"live":"1","reconciled_us":4000000000000000,"flags_checked_us":4000000000000000,"account":)" +
         account + "}";
}

std::string facts(const std::string& more) {
  return R"({"at":5,"server":"imap.example.org:993","before":"AUTH=PLAIN IMAP4REV1 SASL-IR",)" + more + "}";
}

RunResult run(const std::string& text, const std::string& account, const RunOptions& options = {}) {
  return run_source(parse_trace("inline", text), kConfig, {}, {{"INBOX", state(account)}}, options);
}

BOOST_AUTO_TEST_SUITE(imap_ahead)

BOOST_AUTO_TEST_CASE(listing_goes_right_behind_the_sign_in) {
  const auto result = run(kGreeting + kLogin +
                              "C: a2 LIST \"\" \"*\"\nC: a3 STATUS \"INBOX\" (MESSAGES UIDNEXT UIDVALIDITY)\n"
                              "S: a1 OK [CAPABILITY IMAP4rev1 IDLE] in\nS: * LIST () \"/\" INBOX\nS: a2 OK done\n" +
                              kStatus + "S: a3 OK done\n" + kNothingNew,
                          facts(R"("after":"IDLE IMAP4REV1","told":true,"ahead":true)"));
  BOOST_TEST(result.end == "end");
  BOOST_TEST(result.round_trips == 5);
}

BOOST_AUTO_TEST_CASE(capabilities_that_nobody_volunteers_come_in_the_same_flight) {
  const auto result =
      run(kSilentGreeting + kLogin +
              "C: c CAPABILITY\nC: a2 LIST \"\" \"*\"\nC: a3 STATUS \"INBOX\" (MESSAGES UIDNEXT UIDVALIDITY)\n"
              "S: a1 OK in\nS: * CAPABILITY IMAP4rev1\nS: c OK done\nS: * LIST () \"/\" INBOX\nS: a2 OK done\n" +
              kStatus + "S: a3 OK done\n" + kNothingNew,
          facts(R"("after":"IMAP4REV1","ahead":true)"));
  BOOST_TEST(result.end == "end");
  BOOST_TEST(result.round_trips == 5);
}

// LOGIN and NOOP, and behind the answer everything else at once: nothing is lost when the server loses the NOOP.
std::string probing(const std::string& answer) {
  return kGreeting + kLogin + "C: n NOOP\nS: a1 OK [CAPABILITY IMAP4rev1] in\n" + answer +
         "C: a2 LIST \"\" \"*\"\nC: a3 STATUS \"INBOX\" (MESSAGES UIDNEXT UIDVALIDITY)\n"
         "S: * LIST () \"/\" INBOX\nS: a2 OK done\n" +
         kStatus + "S: a3 OK done\n" + kNothingNew;
}

BOOST_AUTO_TEST_CASE(server_is_tried_with_a_noop_before_anything_is_sent_ahead) {
  const auto result = run(probing("S: n OK done\n"), facts(R"("after":"IMAP4REV1","told":true)"));
  BOOST_TEST(result.end == "end");
  BOOST_TEST(result.round_trips == 6);
  BOOST_TEST(result.account.find(R"("ahead":true)") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(noop_that_is_lost_costs_nothing) {
  const auto result = run(probing(""), facts(R"("after":"IMAP4REV1","told":true)"));
  BOOST_TEST(result.end == "end");
  BOOST_TEST(result.round_trips == 6);
  BOOST_TEST(result.account.find(R"("ahead":false)") != std::string::npos);
}

// As Cyrus does: the command behind the lost one is never answered either.
BOOST_AUTO_TEST_CASE(command_that_is_lost_with_the_noop_does_not_hold_up_the_numbers_of_a_mailbox) {
  const auto result = run(
      kGreeting + kLogin +
          "C: n NOOP\nS: a1 OK [CAPABILITY IMAP4rev1 ID] in\nC: i ID (\"name\" \"haulier\" \"version\" \"0.1.0\" "
          "\"vendor\" \"haulier\")\n"
          "C: a2 LIST \"\" \"*\"\nC: a3 STATUS \"INBOX\" (MESSAGES UIDNEXT UIDVALIDITY)\nS: a1 BAD what?\n"
          "S: * LIST () \"/\" INBOX\nS: a2 OK done\nS: * STATUS INBOX (MESSAGES 1 UIDNEXT 2 UIDVALIDITY 7)\nS: a3 OK "
          "done\n"
          "C: e1 EXAMINE \"INBOX\"\nC: e2 UID FETCH 1 (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.16777216>)\n"
          "S: * 1 EXISTS\nS: * OK [UIDVALIDITY 7]\nS: * OK [UIDNEXT 2]\nS: e1 OK done\n"
          "S: * 1 FETCH (UID 1 FLAGS () RFC822.SIZE 1 BODY[]<0> {1}\nS| a\nS: )\nS: e2 OK done\nC: x LOGOUT\n",
      facts(R"("after":"ID IMAP4REV1","told":true)"));
  BOOST_TEST(result.end == "end");
  BOOST_TEST(result.records.at(0) == "upsert INBOX 7 1 raw=<a> flags=[]");
}

// What is lost behind the listing: the mailbox that is opened next shows it, by what its numbers are, and nothing of it
// is taken for the one before.
BOOST_AUTO_TEST_CASE(fetch_that_is_lost_ends_the_connection_and_mixes_nothing_up) {
  const std::string sign_in = kGreeting + kLogin + "S: a1 OK [CAPABILITY IMAP4rev1] in\n";
  const std::string bodies = "(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.16777216>)\n";
  const std::string inbox = "S: * 1 EXISTS\nS: * OK [UIDVALIDITY 1]\nS: * OK [UIDNEXT 2]\nS: e1 OK done\n";
  const std::string work = "S: * 1 EXISTS\nS: * OK [UIDVALIDITY 7]\nS: * OK [UIDNEXT 2]\nS: f1 OK done\n";
  const std::string message = "S: * 1 FETCH (UID 1 FLAGS () RFC822.SIZE 1 BODY[]<0> {1}\nS| a\nS: )\nS: f3 OK done\n";
  const auto result = run(
      sign_in +
          "C: a2 LIST \"\" \"*\"\nC: a3 STATUS \"INBOX\" (MESSAGES UIDNEXT UIDVALIDITY)\n"
          "S: * LIST () \"/\" INBOX\nS: * LIST () \"/\" Work\nS: a2 OK done\n" +
          kStatus +
          "S: a3 OK done\nC: a4 STATUS \"Work\" (MESSAGES UIDNEXT UIDVALIDITY)\n"
          "S: * STATUS Work (MESSAGES 1 UIDNEXT 2 UIDVALIDITY 7)\nS: a4 OK done\n"
          "C: e1 EXAMINE \"INBOX\"\nC: e2 UID FETCH 1 (UID FLAGS)\nC: f1 EXAMINE \"Work\"\nC: f2 UID FETCH 1 " +
          bodies + inbox + "S: * 1 FETCH (UID 1 FLAGS (\\Seen))\n" + work + "-- connection\n" + sign_in +
          "C: e1 EXAMINE \"INBOX\"\n" + inbox +
          "C: e2 UID FETCH 1 (UID FLAGS)\nS: * 1 FETCH (UID 1 FLAGS (\\Seen))\n"
          "S: e2 OK done\nC: g UID FETCH 2:4294967295 " +
          bodies + "S: g OK done\nC: f1 EXAMINE \"Work\"\n" + work +
          "C: f2 UID SEARCH ALL\nS: * SEARCH 1\nS: f2 OK done\nC: f3 UID FETCH 1 " + bodies + message + "C: x LOGOUT\n",
      facts(R"("after":"IMAP4REV1","told":true,"ahead":false)"));
  BOOST_TEST(result.end == "end");
  BOOST_TEST(result.connects == 2);
  BOOST_TEST(result.account.find(R"("depth":1)") != std::string::npos, result.account);
}

BOOST_AUTO_TEST_CASE(server_that_takes_nothing_ahead_is_asked_everything_at_once_behind_the_sign_in) {
  const auto result =
      run(kSilentGreeting + kLogin + "S: a1 OK in\n" +
              "C: c CAPABILITY\nC: a2 LIST \"\" \"*\"\nC: a3 STATUS \"INBOX\" (MESSAGES UIDNEXT UIDVALIDITY)\n"
              "S: * CAPABILITY IMAP4rev1\nS: c OK done\nS: * LIST () \"/\" INBOX\nS: a2 OK done\n" +
              kStatus + "S: a3 OK done\n" + kNothingNew,
          facts(R"("after":"IMAP4REV1","ahead":false)"));
  BOOST_TEST(result.end == "end");
  BOOST_TEST(result.round_trips == 6);
}

// Of a server that nobody knows, what it says before the sign-in is a guess: one flight behind it, as on Courier.
BOOST_AUTO_TEST_CASE(unknown_server_is_asked_for_its_capabilities_and_the_listing_at_once) {
  const auto result =
      run(kGreeting + kLogin + "S: a1 OK in\n" +
              "C: c CAPABILITY\nC: a2 LIST \"\" \"*\"\nC: a3 STATUS \"INBOX\" (MESSAGES UIDNEXT UIDVALIDITY)\n"
              "S: * CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN\nS: c OK done\nS: * LIST () \"/\" INBOX\nS: a2 OK done\n" +
              kStatus + "S: a3 OK done\n" + kNothingNew,
          R"({"at":5,"server":"other:993"})");
  BOOST_TEST(result.end == "end");
  BOOST_TEST(result.round_trips == 6);
}

BOOST_AUTO_TEST_CASE(server_that_can_more_than_it_said_before_the_sign_in_is_asked_once_more) {
  const auto result =
      run(kGreeting + kLogin + "S: a1 OK in\n" +
              "C: c CAPABILITY\nC: a2 LIST \"\" \"*\"\nC: a3 STATUS \"INBOX\" (MESSAGES UIDNEXT UIDVALIDITY)\n"
              "S: * CAPABILITY IMAP4rev1 ENABLE CONDSTORE LIST-STATUS ID\nS: c OK done\n"
              "S: * LIST () \"/\" INBOX\nS: a2 OK done\n" +
              kStatus +
              "S: a3 OK done\nC: i ID (\"name\" \"haulier\" \"version\" \"0.1.0\" \"vendor\" \"haulier\")\n"
              "C: a4 ENABLE CONDSTORE\n"
              "C: a5 LIST \"\" \"*\" RETURN (STATUS (MESSAGES UIDNEXT UIDVALIDITY HIGHESTMODSEQ))\n"
              "S: i OK done\nS: * ENABLED CONDSTORE\nS: a4 OK done\nS: * LIST () \"/\" INBOX\n"
              "S: * STATUS INBOX (MESSAGES 1 UIDNEXT 2 UIDVALIDITY 1 HIGHESTMODSEQ 5)\nS: a5 OK done\n" +
              "C: e1 EXAMINE \"INBOX\"\nC: e2 UID FETCH 1 (UID FLAGS MODSEQ)\n"
              "S: * 1 EXISTS\nS: * OK [UIDVALIDITY 1]\nS: * OK [UIDNEXT 2]\nS: * OK [HIGHESTMODSEQ 5]\nS: e1 OK done\n"
              "S: * 1 FETCH (UID 1 FLAGS () MODSEQ (4))\nS: e2 OK done\nC: x LOGOUT\n",
          R"({"at":5,"server":"other:993"})");
  BOOST_TEST(result.end == "end");
  BOOST_TEST(result.round_trips == 7);
  BOOST_TEST(result.account.find(R"("after":"CONDSTORE ENABLE ID IMAP4REV1 LIST-STATUS")") != std::string::npos,
             result.account);
}

BOOST_AUTO_TEST_CASE(other_capabilities_before_the_sign_in_are_trusted_alone) {
  const auto result = run("S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN NEW] ready\n" + kLogin +
                              "S: a1 OK in\nC: c CAPABILITY\nS: * CAPABILITY IMAP4rev1\nS: c OK done\n"
                              "C: a2 LIST \"\" \"*\"\nS: * LIST () \"/\" INBOX\nS: a2 OK done\n"
                              "C: a3 STATUS \"INBOX\" (MESSAGES UIDNEXT UIDVALIDITY)\n" +
                              kStatus + "S: a3 OK done\n" + kNothingNew,
                          facts(R"("after":"IMAP4REV1 LIST-STATUS","told":true,"ahead":true)"));
  BOOST_TEST(result.end == "end");
}

BOOST_AUTO_TEST_CASE(what_the_server_lost_is_asked_for_in_the_plain_form) {
  const auto result = run(kGreeting + kLogin +
                              "C: a2 ENABLE CONDSTORE\n"
                              "C: a3 LIST \"\" \"*\" RETURN (STATUS (MESSAGES UIDNEXT UIDVALIDITY HIGHESTMODSEQ))\n"
                              "S: a1 OK [CAPABILITY IMAP4rev1] in\nS: a2 BAD what\nS: a3 BAD what\n"
                              "C: a4 LIST \"\" \"*\"\nS: * LIST () \"/\" INBOX\nS: a4 OK done\n" +
                              std::string("C: a5 STATUS \"INBOX\" (MESSAGES UIDNEXT UIDVALIDITY)\n") + kStatus +
                              "S: a5 OK done\n" + kNothingNew,
                          facts(R"("after":"CONDSTORE ENABLE IMAP4REV1 LIST-STATUS","told":true,"ahead":true)"));
  BOOST_TEST(result.end == "end");
}

BOOST_AUTO_TEST_CASE(sign_in_that_is_not_understood_is_tried_once_more_without_what_was_remembered) {
  const auto result =
      run(kSilentGreeting + kLogin +
              "C: a2 LIST \"\" \"*\"\nC: a3 STATUS \"INBOX\" (MESSAGES UIDNEXT UIDVALIDITY)\nS: a1 BAD what\n-- cut\n"
              "-- connection\n" +
              kSilentGreeting + "C: b CAPABILITY\nS: * CAPABILITY IMAP4rev1\nS: b OK done\n" +
              "C: b1 LOGIN \"me@example.org\" \"secret\"\nS: b1 OK in\n" +
              "C: c CAPABILITY\nS: * CAPABILITY IMAP4rev1\nS: c OK done\n" +
              "C: b2 LIST \"\" \"*\"\nS: * LIST () \"/\" INBOX\nS: b2 OK done\n"
              "C: b3 STATUS \"INBOX\" (MESSAGES UIDNEXT UIDVALIDITY)\n" +
              kStatus + "S: b3 OK done\n" + kNothingNew,
          facts(R"("after":"IMAP4REV1","told":true,"ahead":true)"));
  BOOST_TEST(result.end == "end");
  BOOST_TEST(result.connects == 2);
}

BOOST_AUTO_TEST_CASE(password_that_is_refused_is_not_sent_again) {
  const auto result = run(kSilentGreeting + kLogin +
                              "C: a2 LIST \"\" \"*\"\nC: a3 STATUS \"INBOX\" (MESSAGES UIDNEXT UIDVALIDITY)\n"
                              "S: a1 NO [AUTHENTICATIONFAILED] no\n",
                          facts(R"("after":"IMAP4REV1","told":true,"ahead":true)"));
  BOOST_TEST(result.connects == 1);
  BOOST_TEST(result.end.find("refuses the password") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(server_that_loses_what_follows_the_sign_in_is_not_asked_like_that_again) {
  const auto slow =
      "C: b2 LIST \"\" \"*\"\nS: * LIST () \"/\" INBOX\nS: b2 OK done\n"
      "C: b3 STATUS \"INBOX\" (MESSAGES UIDNEXT UIDVALIDITY)\n";
  const auto result = run(kGreeting + kLogin +
                              "C: a2 LIST \"\" \"*\"\nC: a3 STATUS \"INBOX\" (MESSAGES UIDNEXT UIDVALIDITY)\n"
                              "S: a1 OK [CAPABILITY IMAP4rev1] in\n-- silence\n-- connection\n" +
                              kGreeting + kLogin + "S: a1 OK [CAPABILITY IMAP4rev1] in\n" + slow + kStatus +
                              "S: b3 OK done\n" + kNothingNew,
                          facts(R"("after":"IMAP4REV1","told":true,"ahead":true)"));
  BOOST_TEST(result.end == "end");
  BOOST_TEST(result.connects == 2);
}

BOOST_AUTO_TEST_CASE(nothing_goes_past_a_token) {
  const auto config =
      R"({"host":"imap.example.org","accounts":[{"user":"me@example.org","auth":{"oauth2":{"provider":"x"}}}]})";
  const auto trace = parse_trace("inline",
                                 "S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=XOAUTH2] ready\n"
                                 "C: a1 AUTHENTICATE XOAUTH2 dXNlcj1tZUBleGFtcGxlLm9yZwFhdXRoPUJlYXJlciBzZWNyZXQBAQ==\n"
                                 "S: a1 OK [CAPABILITY IMAP4rev1] in\n"
                                 "C: a2 LIST \"\" \"*\"\nC: a3 STATUS \"INBOX\" (MESSAGES UIDNEXT UIDVALIDITY)\n"
                                 "S: * LIST () \"/\" INBOX\nS: a2 OK done\n" +
                                     kStatus + "S: a3 OK done\n" + kNothingNew);
  const auto known =
      R"({"at":5,"server":"imap.example.org:993","before":"AUTH=XOAUTH2 IMAP4REV1 SASL-IR","after":"IMAP4REV1","told":true,"ahead":true})";
  const auto result = run_source(trace, config, {}, {{"INBOX", state(known)}});
  BOOST_TEST(result.end == "end");
  BOOST_TEST(result.round_trips == 6);
}

BOOST_AUTO_TEST_CASE(newest_of_several_rows_counts_and_what_is_not_understood_is_ignored) {
  const auto old = facts(R"("after":"IMAP4REV1 LIST-STATUS","told":true,"ahead":true)");
  const auto trace =
      parse_trace("inline", kGreeting + kLogin +
                                "C: a2 LIST \"\" \"*\"\n"
                                "C: a3 STATUS \"INBOX\" (MESSAGES UIDNEXT UIDVALIDITY)\n"
                                "C: a4 STATUS \"Old\" (MESSAGES UIDNEXT UIDVALIDITY)\n"
                                "S: a1 OK [CAPABILITY IMAP4rev1] in\nS: * LIST () \"/\" INBOX\nS: a2 OK done\n" +
                                kStatus + "S: a3 OK done\nS: a4 NO no\n" + kNothingNew);
  const auto newest =
      R"({"at":6,"server":"imap.example.org:993","before":"AUTH=PLAIN IMAP4REV1 SASL-IR","after":"IMAP4REV1","told":true,"ahead":true,"depth":"x","hours":[1],"new":{}})";
  // Nothing is stored in Old, so nobody looks whether it is gone.
  const std::string empty = R"({"v":1,"uidvalidity":"1","uidnext":2,"complete":true,"account":)" + old + "}";
  const auto result = run_source(trace, kConfig, {}, {{"INBOX", state(newest)}, {"Old", empty}});
  BOOST_TEST(result.end == "end");
}

BOOST_AUTO_TEST_CASE(fewer_commands_are_in_flight_after_two_losses_that_brought_nothing) {
  const auto list =
      "C: a2 LIST \"\" \"*\"\nS: * LIST () \"/\" INBOX\nS: a2 OK done\n"
      "C: a3 STATUS \"INBOX\" (MESSAGES UIDNEXT UIDVALIDITY)\n" +
      kStatus + "S: a3 OK done\n";
  const auto in = "S: a1 OK [CAPABILITY IMAP4rev1] in\n";
  const std::string both = "C: e1 EXAMINE \"INBOX\"\nC: e2 UID FETCH 1 (UID FLAGS)\n-- cut\n-- connection\n";
  const auto result =
      run(kGreeting + kLogin + in + list + both + kGreeting + kLogin + in + both + kGreeting + kLogin + in +
              "C: e1 EXAMINE \"INBOX\"\nS: * 1 EXISTS\nS: * OK [UIDVALIDITY 1]\nS: * OK [UIDNEXT 2]\nS: e1 OK done\n"
              "C: e2 UID FETCH 1 (UID FLAGS)\nS: * 1 FETCH (UID 1 FLAGS ())\nS: e2 OK done\n"
              "C: g UID FETCH 2:4294967295 (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.16777216>)\nS: g OK "
              "done\nC: x LOGOUT\n",
          R"({"at":5,"server":"other:993"})");
  BOOST_TEST(result.end == "end");
  BOOST_TEST(result.account.find(R"("depth":1)") != std::string::npos, result.account);
}

BOOST_AUTO_TEST_CASE(server_that_wants_a_name_gets_it_on_the_next_connection) {
  const auto in = "S: a1 OK [CAPABILITY IMAP4rev1] in\n";
  const auto result = run(
      kGreeting + kLogin + in +
          "C: a2 LIST \"\" \"*\"\nS: * LIST () \"/\" INBOX\nS: a2 OK done\n"
          "C: a3 STATUS \"INBOX\" (MESSAGES UIDNEXT UIDVALIDITY)\n" +
          kStatus + "S: a3 OK done\nC: e1 EXAMINE \"INBOX\"\nS: e1 NO EXAMINE Unsafe Login\n-- connection\n" +
          kGreeting + kLogin + in + "C: i ID (\"name\" \"haulier\" \"version\" \"0.1.0\" \"vendor\" \"haulier\")\n" +
          "S: i OK done\nC: e1 EXAMINE \"INBOX\"\nC: e2 UID FETCH 1 (UID FLAGS)\nS: * 1 EXISTS\nS: * OK [UIDVALIDITY "
          "1]\n"
          "S: * OK [UIDNEXT 2]\nS: e1 OK done\nS: * 1 FETCH (UID 1 FLAGS ())\nS: e2 OK done\n"
          "C: g UID FETCH 2:4294967295 (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.16777216>)\nS: g OK done\nC: "
          "x LOGOUT\n",
      R"({"at":5,"server":"other:993"})");
  BOOST_TEST(result.end == "end");
  BOOST_TEST(result.account.find(R"("needs_id":true)") != std::string::npos, result.account);
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace ahead_test
