// Traps of real servers that only show with the whole source: names that come twice, mailboxes that go away, messages
// in pieces. The others are cases of mailbox_sync, resync, rebinding, big_bodies and partial_view.
#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "source_run.hpp"

namespace traps_test {
using namespace replay;

const std::string kConfig = R"({"host":"imap.example.org","accounts":[{"user":"me@example.org"}]})";
const std::string kLogin =
    "S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN LIST-STATUS] ready\n"
    "C: a1 AUTHENTICATE PLAIN AG1lQGV4YW1wbGUub3JnAHNlY3JldA==\n"
    "S: a1 OK [CAPABILITY IMAP4rev1 LIST-STATUS] in\n"
    "C: a2 LIST \"\" \"*\" RETURN (STATUS (MESSAGES UIDNEXT UIDVALIDITY))\n";
const std::string kExamined = "S: * 1 EXISTS\nS: * OK [UIDVALIDITY 1]\nS: * OK [UIDNEXT 2]\n";
const std::string kFetch = " UID FETCH 1 (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.16777216>)\n";

RunResult run(const std::string& trace, const std::vector<std::pair<std::string, std::string>>& state = {}) {
  return run_source(parse_trace("inline", trace), kConfig, {}, state, {});
}

std::size_t count(const RunResult& result, const std::string& start) {
  return static_cast<std::size_t>(std::count_if(result.records.begin(), result.records.end(),
                                                [&](const auto& line) { return line.starts_with(start); }));
}

BOOST_AUTO_TEST_SUITE(imap_traps)

BOOST_AUTO_TEST_CASE(inbox_that_is_listed_in_two_spellings_is_read_once) {
  const auto result = run(kLogin +
                          "S: * LIST () \".\" INBOX\nS: * STATUS INBOX (MESSAGES 1 UIDNEXT 2 UIDVALIDITY 1)\n"
                          "S: * LIST () \".\" Inbox\nS: * STATUS Inbox (MESSAGES 1 UIDNEXT 2 UIDVALIDITY 1)\n"
                          "S: a2 OK done\nC: a3 EXAMINE \"INBOX\"\nC: a4" +
                          kFetch + kExamined +
                          "S: a3 OK done\nS: * 1 FETCH (UID 1 FLAGS () BODY[]<0> {1}\nS| a\nS: )\nS: a4 OK done\n"
                          "C: a5 LOGOUT\n");
  BOOST_TEST(result.end == "end");
  BOOST_TEST(count(result, "upsert") == 1U);
  BOOST_TEST(count(result, "state") == 1U);
}

BOOST_AUTO_TEST_CASE(mailbox_that_is_gone_when_it_is_opened_keeps_its_rows_and_the_others_are_read) {
  const auto result =
      run(kLogin +
              "S: * LIST () \".\" Old\nS: * STATUS Old (MESSAGES 4 UIDNEXT 5 UIDVALIDITY 7)\n"
              "S: * LIST () \".\" INBOX\nS: * STATUS INBOX (MESSAGES 1 UIDNEXT 2 UIDVALIDITY 1)\n"
              "S: a2 OK done\nC: a3 EXAMINE \"Old\"\nC: a4 UID FETCH 1:3 (UID FLAGS)\n"
              "C: a5 UID FETCH 4 (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.16777216>)\n"
              "C: a6 EXAMINE \"INBOX\"\nC: a7" +
              kFetch + "S: a3 NO [NONEXISTENT] no such mailbox\nS: a4 BAD not now\nS: a5 BAD not now\n" + kExamined +
              "S: a6 OK done\nS: * 1 FETCH (UID 1 FLAGS () BODY[]<0> {1}\nS| a\nS: )\nS: a7 OK done\nC: a8 LOGOUT\n",
          {{"Old",
            R"({"v":1,"uidvalidity":"7","uidnext":4,"complete":true,"reconciled_us":1700000000000000,"live":"1:3"})"}});
  BOOST_TEST(result.end == "end");
  BOOST_TEST(count(result, "upsert INBOX") == 1U);
  BOOST_TEST(count(result, "update") == 0U);
  BOOST_TEST(count(result, "state Old total=4 done=3 error=cannot be opened") == 1U);
}

BOOST_AUTO_TEST_CASE(message_in_several_fetch_responses_is_put_together_in_any_order) {
  const std::string open = kLogin +
                           "S: * LIST () \".\" INBOX\nS: * STATUS INBOX (MESSAGES 1 UIDNEXT 2 UIDVALIDITY 1)\n"
                           "S: a2 OK done\nC: a3 EXAMINE \"INBOX\"\nC: a4" +
                           kFetch + kExamined + "S: a3 OK done\n";
  const std::string flags =
      "S: * 1 FETCH (FLAGS (\\Seen) UID 1 INTERNALDATE \"17-Jul-2024 02:44:25 +0000\" RFC822.SIZE 1)\n";
  const std::string body = "S: * 1 FETCH (BODY[]<0> {1}\nS| a\nS:  UID 1)\n";
  const auto before = run(open + flags + body + "S: a4 OK done\nC: a5 LOGOUT\n");
  BOOST_TEST(before.records.at(0) == "upsert INBOX 1 1 raw=<a> date=1721184265000000 flags=[\"\\\\Seen\"]");
  const auto behind = run(open + body + flags + "S: a4 OK done\nC: a5 LOGOUT\n");
  BOOST_TEST(count(behind, "upsert INBOX 1 1 raw=<a>") == 1U);
  BOOST_TEST(count(behind, "update INBOX 1 1 flags=[\"\\\\Seen\"]") == 1U);
}

// 120 messages of ten bytes; the server says what the mailbox weighs.
RunResult run_sized(const std::string& size) {
  std::string bodies;
  for (int uid = 1; uid <= 120; ++uid) {
    const auto text = std::to_string(uid);
    bodies += "S: * " + text + " FETCH (UID " + text + " FLAGS () RFC822.SIZE 10 BODY[]<0> {10}\nS| 0123456789\nS: )\n";
  }
  return run(
      "S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN LIST-STATUS] ready\n"
      "C: a1 AUTHENTICATE PLAIN AG1lQGV4YW1wbGUub3JnAHNlY3JldA==\n"
      "S: a1 OK [CAPABILITY IMAP4rev1 LIST-STATUS STATUS=SIZE] in\n"
      "C: a2 LIST \"\" \"*\" RETURN (STATUS (MESSAGES UIDNEXT UIDVALIDITY))\n"
      "S: * LIST () \".\" INBOX\nS: * STATUS INBOX (MESSAGES 120 UIDNEXT 121 UIDVALIDITY 1)\nS: a2 OK done\n"
      "C: a3 EXAMINE \"INBOX\"\n"
      "C: a4 UID FETCH 1:120 (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.16777216>)\n"
      "S: * 120 EXISTS\nS: * OK [UIDVALIDITY 1]\nS: * OK [UIDNEXT 121]\nS: a3 OK done\n" +
      bodies +
      "S: a4 OK done\nC: a5 STATUS \"INBOX\" (MESSAGES UIDNEXT UIDVALIDITY SIZE)\n"
      "S: * STATUS INBOX (MESSAGES 120 UIDNEXT 121 UIDVALIDITY 1 SIZE " +
      size + ")\nS: a5 OK done\nC: a6 LOGOUT\n");
}

BOOST_AUTO_TEST_CASE(sizes_that_do_not_add_up_are_told) {
  const auto told = [](const RunResult& result) {
    return std::count_if(result.logs.begin(), result.logs.end(), [](const auto& line) {
      return line.find("it says 50000000 bytes, and the messages it shows have 1200") != std::string::npos;
    });
  };
  const auto more = run_sized("50000000");
  BOOST_TEST(more.end == "end");
  BOOST_TEST(told(more) == 1);
  BOOST_TEST(told(run_sized("1260")) == 0);
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace traps_test
