// What the source does beside the conversation itself: limits, several accounts, giving up, audit, cancelling.
#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "source_run.hpp"

namespace source_test {
using namespace replay;

const std::string kLogin =
    "S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN LIST-STATUS] ready\n"
    "C: a1 AUTHENTICATE PLAIN AG1lQGV4YW1wbGUub3JnAHNlY3JldA==\n"
    "S: a1 OK [CAPABILITY IMAP4rev1 LIST-STATUS] in\n";
const std::string kList =
    "C: a2 LIST \"\" \"*\" RETURN (STATUS (MESSAGES UIDNEXT UIDVALIDITY))\n"
    "S: * LIST () \".\" INBOX\n"
    "S: * STATUS INBOX (MESSAGES 3 UIDNEXT 4 UIDVALIDITY 1)\n"
    "S: a2 OK done\n";
const std::string kOpen =
    "C: a3 EXAMINE \"INBOX\"\n"
    "C: a4 UID FETCH 1:3 (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.16777216>)\n"
    "S: * 3 EXISTS\n"
    "S: * OK [UIDVALIDITY 1]\n"
    "S: * OK [UIDNEXT 4]\n"
    "S: a3 OK [READ-ONLY] done\n";
const std::string kBodies =
    "S: * 1 FETCH (UID 1 FLAGS () BODY[] {1}\nS| a\nS: )\n"
    "S: * 2 FETCH (UID 2 FLAGS () BODY[] {1}\nS| b\nS: )\n"
    "S: * 3 FETCH (UID 3 FLAGS () BODY[] {1}\nS| c\nS: )\n"
    "S: a4 OK done\n";
const std::string kConfig = R"({"host":"imap.example.org","accounts":[{"user":"me@example.org"}]})";

RunResult run(const std::string& text, const std::string& config = kConfig, const RunOptions& options = {}) {
  return run_source(parse_trace("inline", text), config, {}, {}, options);
}

std::size_t upserts(const RunResult& result) {
  return static_cast<std::size_t>(std::count_if(result.records.begin(), result.records.end(),
                                                [](const auto& line) { return line.starts_with("upsert"); }));
}

BOOST_AUTO_TEST_SUITE(imap_source)

BOOST_AUTO_TEST_CASE(limit_stops_in_the_middle_of_a_set) {
  const auto result = run(kLogin + kList +
                              "C: a3 EXAMINE \"INBOX\"\nC: a4 UID SEARCH ALL\n"
                              "S: * 3 EXISTS\nS: * OK [UIDVALIDITY 1]\nS: * OK [UIDNEXT 4]\nS: a3 OK done\n"
                              "S: * SEARCH 1 2 3\nS: a4 OK done\n"
                              "C: a5 UID FETCH 1:2 (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.16777216>)\n"
                              "C: a6 UID FETCH 3 (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.16777216>)\n"
                              "S: * 1 FETCH (UID 1 FLAGS () BODY[] {1}\nS| a\nS: )\n"
                              "S: * 2 FETCH (UID 2 FLAGS () BODY[] {1}\nS| b\nS: )\n",
                          kConfig, {.max_records = 2});
  BOOST_TEST(upserts(result) == 2U);
  BOOST_TEST(result.end == "end");
  BOOST_TEST(result.records.back().find("\"complete\"") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(batches_carry_the_state_of_their_cut) {
  const auto result =
      run(kLogin + kList +
              "C: a3 EXAMINE \"INBOX\"\nC: a4 UID SEARCH ALL\n"
              "S: * 3 EXISTS\nS: * OK [UIDVALIDITY 1]\nS: * OK [UIDNEXT 4]\nS: a3 OK done\n"
              "S: * SEARCH 1 2 3\nS: a4 OK done\n"
              "C: a5 UID FETCH 1 (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.16777216>)\n"
              "C: a6 UID FETCH 2 (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.16777216>)\n"
              "C: a7 UID FETCH 3 (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.16777216>)\n"
              "S: * 1 FETCH (UID 1 FLAGS () BODY[] {1}\nS| a\nS: )\nS: a5 OK done\n"
              "S: * 2 FETCH (UID 2 FLAGS () BODY[] {1}\nS| b\nS: )\nS: a6 OK done\n"
              "S: * 3 FETCH (UID 3 FLAGS () BODY[] {1}\nS| c\nS: )\nS: a7 OK done\nC: a8 LOGOUT\n",
          R"({"host":"imap.example.org","accounts":[{"user":"me@example.org"}],"batch":{"messages":1}})");
  BOOST_REQUIRE_EQUAL(result.records.size(), 7U);
  BOOST_TEST(result.records[1].find("\"live\":\"1\"") != std::string::npos);
  BOOST_TEST(result.records[3].find("\"live\":\"1:2\"") != std::string::npos);
  BOOST_TEST(result.records[6].find("success") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(reads_are_audited_without_content) {
  const auto result = run(kLogin + kList + kOpen + kBodies + "C: a5 LOGOUT\n");
  const std::vector<std::string> expected = {
      "imap.login account=me@example.org host=imap.example.org method=PLAIN result=ok",
      "imap.examine account=me@example.org mailbox=INBOX messages=3 result=ok",
      "imap.fetch account=me@example.org mailbox=INBOX uids=1:3 messages=3 bytes=3 result=ok",
      "imap.logout account=me@example.org"};
  BOOST_TEST(result.audits == expected, boost::test_tools::per_element());
  BOOST_TEST(result.bodies == 3);
}

BOOST_AUTO_TEST_CASE(connections_that_bring_nothing_are_given_up_after_the_set_number) {
  std::string text;
  for (int i = 0; i < 6; ++i) text += "S: * BYE not now\n-- connection\n";
  const auto result = run(text, R"({"host":"imap.example.org","reconnects":4,"accounts":[{"user":"me@example.org"}]})");
  BOOST_TEST(result.connects == 5);
  BOOST_TEST(result.end.starts_with("10 imap.example.org: the server ended the connection: not now"));
}

BOOST_AUTO_TEST_CASE(run_goes_on_where_it_was_after_a_retry) {
  const auto result = run("S: * BYE not now\n-- connection\n" + kLogin + kList + kOpen + kBodies + "C: a5 LOGOUT\n",
                          R"({"host":"imap.example.org","reconnects":0,"accounts":[{"user":"me@example.org"}]})",
                          {.calls_after_retry = 1});
  BOOST_TEST(upserts(result) == 3U);
  BOOST_TEST(result.end == "end");
}

const std::string kReopened =
    "C: a2 EXAMINE \"INBOX\"\nC: a3 UID FETCH 1 (UID FLAGS)\nC: a4 UID SEARCH ALL\n"
    "S: * 3 EXISTS\nS: * OK [UIDVALIDITY 1]\nS: * OK [UIDNEXT 4]\nS: a2 OK done\n"
    "S: * 1 FETCH (UID 1 FLAGS ())\nS: a3 OK done\nS: * SEARCH 1 2 3\nS: a4 OK done\n";
const std::string kRest =
    "C: a5 UID FETCH 2:3 (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.16777216>)\n"
    "S: * 2 FETCH (UID 2 FLAGS () BODY[] {1}\nS| b\nS: )\n"
    "S: * 3 FETCH (UID 3 FLAGS () BODY[] {1}\nS| c\nS: )\nS: a5 OK done\nC: a6 LOGOUT\n";

BOOST_AUTO_TEST_CASE(too_long_message_of_a_server_without_windows_costs_one_connection) {
  // It ignores the window and begins to send everything: the literal says how much.
  const auto result = run(kLogin + kList + kOpen + "S: * 1 FETCH (UID 1 FLAGS () BODY[] {4294967296}\n-- connection\n" +
                          kLogin + kReopened + kRest);
  BOOST_TEST(result.end == "end");
  BOOST_TEST(result.connects == 2);
  BOOST_TEST(upserts(result) == 2U);
  BOOST_TEST(result.records.at(0).starts_with("reject "));
  BOOST_TEST(result.records.at(0).find("longer than max_message (1073741824 bytes); the server says 4294967296") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(account_that_fails_does_not_keep_the_next_one_from_being_read) {
  const auto result = run(
      "S: * OK [CAPABILITY IMAP4rev1] ready\nC: a1 LOGIN \"other\" \"secret\"\n"
      "S: a1 NO [AUTHENTICATIONFAILED] wrong\n-- connection\n" +
          kLogin + kList + kOpen + kBodies + "C: a5 LOGOUT\n",
      R"({"host":"imap.example.org","parallel_accounts":1,"accounts":[{"user":"other"},{"user":"me@example.org"}]})");
  BOOST_TEST(upserts(result) == 3U);
  BOOST_TEST(result.end.starts_with("13 imap.example.org refuses the password of other: wrong"));
}

const std::vector<std::pair<std::string, std::string>> kTwoMailboxes = {
    {"INBOX", R"({"v":1,"uidvalidity":"1","uidnext":1,"complete":true})"},
    {"Hidden", R"({"v":1,"uidvalidity":"5","uidnext":3,"complete":true,"live":"1:2"})"}};
const std::string kOnlyInbox =
    "C: a2 LIST \"\" \"*\" RETURN (STATUS (MESSAGES UIDNEXT UIDVALIDITY))\n"
    "S: * LIST () \".\" INBOX\nS: * STATUS INBOX (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 1)\nS: a2 OK done\n";

RunResult run_with_two(const std::string& rest) {
  return run_source(parse_trace("inline", kLogin + rest), kConfig, {}, kTwoMailboxes);
}

bool says_vanished(const RunResult& result) {
  return std::any_of(result.records.begin(), result.records.end(),
                     [](const auto& line) { return line.find("vanished=") != std::string::npos; });
}

BOOST_AUTO_TEST_CASE(mailbox_that_is_not_listed_but_opens_keeps_its_places) {
  const auto result = run_with_two(
      kOnlyInbox + "C: a3 EXAMINE \"Hidden\"\nS: * 2 EXISTS\nS: * OK [UIDVALIDITY 5]\nS: a3 OK done\nC: a4 LOGOUT\n");
  BOOST_TEST(result.end == "end");
  BOOST_TEST(!says_vanished(result));
  BOOST_TEST(result.bodies == 0);
}

BOOST_AUTO_TEST_CASE(mailbox_that_is_refused_for_another_reason_keeps_its_places) {
  const auto result =
      run_with_two(kOnlyInbox + "C: a3 EXAMINE \"Hidden\"\nS: a3 NO [NOPERM] not yours\nC: a4 LOGOUT\n");
  BOOST_TEST(result.end == "end");
  BOOST_TEST(!says_vanished(result));
}

BOOST_AUTO_TEST_CASE(mailbox_that_is_not_listed_and_does_not_open_is_gone) {
  const auto result =
      run_with_two(kOnlyInbox + "C: a3 EXAMINE \"Hidden\"\nS: a3 NO [NONEXISTENT] no such mailbox\nC: a4 LOGOUT\n");
  BOOST_TEST(result.end == "end");
  BOOST_TEST(says_vanished(result));
}

BOOST_AUTO_TEST_CASE(empty_list_makes_no_mailbox_vanish) {
  const auto result = run_with_two(
      "C: a2 LIST \"\" \"*\" RETURN (STATUS (MESSAGES UIDNEXT UIDVALIDITY))\nS: a2 OK done\nC: a3 LOGOUT\n");
  BOOST_TEST(!says_vanished(result));
}

BOOST_AUTO_TEST_CASE(cancelled_run_does_not_connect) {
  const auto result = run(kLogin, kConfig, {.cancelled = true});
  BOOST_TEST(result.end == "15 cancelled");
  BOOST_TEST(result.connects == 0);
}

BOOST_AUTO_TEST_CASE(mailboxes_without_end_are_left_out_and_told) {
  std::string flood;
  for (int i = 0; i < 20'000; ++i) {
    const auto name = std::to_string(i) + std::string(900, 'n');
    flood += "S: * LIST () \".\" " + name + "\n";
  }
  const auto end = kList.rfind("S: a2");
  const auto result = run(kLogin + kList.substr(0, end) + flood + kList.substr(end) + kOpen + kBodies + "C: z LOGOUT\n",
                          R"({"host":"imap.example.org","accounts":[{"user":"me@example.org"}],)"
                          R"("mailboxes":{"include":["INBOX"]}})");
  BOOST_TEST(result.end == "end");
  BOOST_TEST(upserts(result) == 3U);
  const auto told = std::count_if(result.logs.begin(), result.logs.end(), [](const auto& line) {
    return line.find("too many mailboxes to keep") != std::string::npos;
  });
  BOOST_TEST(told == 1);
}

BOOST_AUTO_TEST_CASE(limit_that_new_connections_break_again_is_a_protocol_fault) {
  const std::string broken =
      kLogin + "C: l LIST \"\" \"*\" RETURN (STATUS (MESSAGES UIDNEXT UIDVALIDITY))\n" + "S: * LIST () \".\" {70000}\n";
  const auto result = run(broken + "-- connection\n" + broken,
                          R"({"host":"imap.example.org","accounts":[{"user":"me@example.org"}],"reconnects":1})");
  BOOST_TEST(result.end.starts_with("18 imap.example.org: a literal is longer than allowed"), result.end);
  BOOST_TEST(result.connects == 2);
}

BOOST_AUTO_TEST_CASE(alerts_without_end_do_not_fill_the_log) {
  std::string alerts;
  for (int i = 0; i < 1'000; ++i) alerts += "S: * OK [ALERT] number " + std::to_string(i) + "\n";
  const auto result = run(kLogin + alerts + kList + kOpen + kBodies + "C: z LOGOUT\n");
  BOOST_TEST(result.end == "end");
  const auto told = std::count_if(result.logs.begin(), result.logs.end(),
                                  [](const auto& line) { return line.find("number") != std::string::npos; });
  BOOST_TEST(told == 20);
}

BOOST_AUTO_TEST_CASE(secret_reaches_neither_logs_nor_audit) {
  const auto result =
      run("S: * OK [CAPABILITY IMAP4rev1] ready\nC: a1 LOGIN \"me@example.org\" \"secret\"\nS: a1 NO "
          "[AUTHENTICATIONFAILED] wrong\n");
  for (const auto& lines : {result.logs, result.audits, std::vector<std::string>{result.end}}) {
    for (const auto& line : lines) BOOST_TEST(line.find("secret") == std::string::npos, line);
  }
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace source_test
