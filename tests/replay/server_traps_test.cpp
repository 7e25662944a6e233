// What servers do that makes careless clients lose or double mail, each as a small conversation with the whole source.
// The traps that are decisions alone are in unit_imap (mailbox_sync, resync, rebinding).
#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "source_run.hpp"

namespace server_traps_test {
using namespace replay;

const std::string kConfig = R"({"host":"imap.example.org","reconnects":0,"accounts":[{"user":"me@example.org"}]})";
const std::string kLogin =
    "S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN LIST-STATUS] ready\n"
    "C: a1 AUTHENTICATE PLAIN AG1lQGV4YW1wbGUub3JnAHNlY3JldA==\n"
    "S: a1 OK [CAPABILITY IMAP4rev1 LIST-STATUS] in\n"
    "C: a2 LIST \"\" \"*\" RETURN (STATUS (MESSAGES UIDNEXT UIDVALIDITY))\n";
const std::string kInbox =
    "S: * LIST () \".\" INBOX\n"
    "S: * STATUS INBOX (MESSAGES 3 UIDNEXT 4 UIDVALIDITY 1)\n";
const std::string kOpen =
    "S: a2 OK done\n"
    "C: a3 EXAMINE \"INBOX\"\n"
    "C: a4 UID FETCH 1:3 (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.16777216>)\n"
    "S: * 3 EXISTS\n"
    "S: * OK [UIDVALIDITY 1]\n"
    "S: * OK [UIDNEXT 4]\n"
    "S: a3 OK [READ-ONLY] done\n";
const std::string kOne = "S: * 1 FETCH (UID 1 FLAGS () BODY[]<0> {1}\nS| a\nS: )\n";
const std::string kTwo = "S: * 2 FETCH (UID 2 FLAGS () BODY[]<0> {1}\nS| b\nS: )\n";
const std::string kThree = "S: * 3 FETCH (UID 3 FLAGS () BODY[]<0> {1}\nS| c\nS: )\n";
const std::string kEnd = "S: a4 OK done\nC: a5 LOGOUT\n";

RunResult run(const std::string& text) { return run_source(parse_trace("inline", text), kConfig, {}); }

// "INBOX 1 UID raw=<...>" and so on, sorted.
std::vector<std::string> stored(const RunResult& result) {
  std::vector<std::string> out;
  for (const auto& line : result.records)
    if (line.starts_with("upsert ")) out.push_back(line.substr(7));
  std::sort(out.begin(), out.end());
  return out;
}

const std::vector<std::string> kAll = {"INBOX 1 1 raw=<a> flags=[]", "INBOX 1 2 raw=<b> flags=[]",
                                       "INBOX 1 3 raw=<c> flags=[]"};

BOOST_AUTO_TEST_SUITE(imap_server_traps)

BOOST_AUTO_TEST_CASE(messages_out_of_order_are_known_by_their_uid) {
  const auto result = run(kLogin + kInbox + kOpen + kThree + kOne + kTwo + kEnd);
  BOOST_TEST(result.end == "end");
  BOOST_TEST(stored(result) == kAll, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(sequence_numbers_that_lie_do_not_matter) {
  const auto result = run(kLogin + kInbox + kOpen + "S: * 3 FETCH (UID 1 FLAGS () BODY[]<0> {1}\nS| a\nS: )\n" +
                          "S: * 3 FETCH (UID 2 FLAGS () BODY[]<0> {1}\nS| b\nS: )\n" + kThree + kEnd);
  BOOST_TEST(stored(result) == kAll, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(attributes_come_in_any_order) {
  const auto result =
      run(kLogin + kInbox + kOpen + "S: * 1 FETCH (RFC822.SIZE 1 BODY[]<0> {1}\nS| a\nS:  FLAGS () UID 1)\n" + kTwo +
          "S: * 3 FETCH (FLAGS () BODY[]<0> {1}\nS| c\nS:  UID 3)\n" + kEnd);
  BOOST_TEST(result.end == "end");
  BOOST_TEST(stored(result) == kAll, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(message_told_in_two_lines_is_one_message) {
  const auto result = run(kLogin + kInbox + kOpen + "S: * 1 FETCH (UID 1 FLAGS ())\n" +
                          "S: * 1 FETCH (UID 1 BODY[]<0> {1}\nS| a\nS: )\n" + kTwo + kThree + kEnd);
  BOOST_TEST(result.end == "end");
  BOOST_TEST(stored(result).size() == 3U);
  BOOST_TEST(stored(result).front().starts_with("INBOX 1 1 raw=<a>"));
}

BOOST_AUTO_TEST_CASE(message_told_twice_is_stored_once) {
  const auto result = run(kLogin + kInbox + kOpen + kOne + kTwo + kTwo + kThree + kEnd);
  BOOST_TEST(stored(result) == kAll, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(expunge_during_a_fetch_does_not_mix_up_messages) {
  const auto result = run(kLogin + kInbox + kOpen + kOne + "S: * 2 EXPUNGE\n" +
                          "S: * 2 FETCH (UID 3 FLAGS () BODY[]<0> {1}\nS| c\nS: )\n" + kEnd);
  BOOST_TEST(result.end == "end");
  BOOST_TEST(stored(result) == (std::vector<std::string>{kAll[0], kAll[2]}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(inbox_that_is_listed_twice_is_read_once) {
  const auto result = run(kLogin + kInbox + "S: * LIST () \".\" Inbox\n" + kOpen + kOne + kTwo + kThree + kEnd);
  BOOST_TEST(result.end == "end");
  BOOST_TEST(stored(result) == kAll, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(mailboxes_that_cannot_be_selected_are_not_examined) {
  const auto result = run(kLogin + kInbox +
                          "S: * LIST (\\Noselect) \".\" Folders\nS: * LIST (\\NonExistent \\HasChildren) \".\" Gone\n" +
                          kOpen + kOne + kTwo + kThree + kEnd);
  BOOST_TEST(result.end == "end");
}

BOOST_AUTO_TEST_CASE(end_in_the_middle_of_a_message_keeps_those_before_it) {
  const auto result =
      run(kLogin + kInbox + kOpen + kOne + kTwo + "S: * 3 FETCH (UID 3 FLAGS () BODY[]<0> {9}\nS| half\n-- cut\n");
  BOOST_TEST(stored(result) == (std::vector<std::string>{kAll[0], kAll[1]}), boost::test_tools::per_element());
  BOOST_TEST(result.ahead == "");
}

BOOST_AUTO_TEST_CASE(bye_in_the_middle_keeps_what_is_complete) {
  const auto result = run(kLogin + kInbox + kOpen + kOne + "S: * BYE going down\n-- cut\n");
  BOOST_TEST(stored(result) == (std::vector<std::string>{kAll[0]}), boost::test_tools::per_element());
  BOOST_TEST(result.end.starts_with("10 "), result.end);
  BOOST_TEST(result.ahead == "");
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace server_traps_test
