#include "proto/command.hpp"

#include <boost/test/unit_test.hpp>

#include "proto/cursor.hpp"

namespace command_test {
using namespace haulier::imap;

std::string wire(const Command& command, LiteralMode mode = LiteralMode::kPlus) {
  std::string out;
  for (const auto& part : command.encode("a1", mode)) out += part;
  return out;
}

BOOST_AUTO_TEST_SUITE(command)

BOOST_AUTO_TEST_CASE(commands_are_written_as_the_grammar_says) {
  const MailboxName box("a \"b\"");
  const struct {
    Command command;
    const char* text;
  } rows[] = {
      {Command::capability(), "a1 CAPABILITY\r\n"},
      {Command::logout(), "a1 LOGOUT\r\n"},
      {Command::login("me", "p\\w"), "a1 LOGIN \"me\" \"p\\\\w\"\r\n"},
      {Command::authenticate("PLAIN", "AGE=", false), "a1 AUTHENTICATE PLAIN AGE=\r\n"},
      {Command::authenticate("PLAIN", std::nullopt, false), "a1 AUTHENTICATE PLAIN\r\n"},
      {Command::id({{"name", "x"}, {"version", "1"}}), "a1 ID (\"name\" \"x\" \"version\" \"1\")\r\n"},
      {Command::enable("CONDSTORE"), "a1 ENABLE CONDSTORE\r\n"},
      {Command::list("", "*", std::nullopt), "a1 LIST \"\" \"*\"\r\n"},
      {Command::list("", "*", StatusItems{false, true}),
       "a1 LIST \"\" \"*\" RETURN (STATUS (MESSAGES UIDNEXT UIDVALIDITY HIGHESTMODSEQ))\r\n"},
      {Command::status(box, {true, false}), "a1 STATUS \"a \\\"b\\\"\" (MESSAGES UIDNEXT UIDVALIDITY UNSEEN)\r\n"},
      {Command::examine(box, ResyncPoint{UidValidity(7), ModSeq(90060115205545359U)}),
       "a1 EXAMINE \"a \\\"b\\\"\" (QRESYNC (7 90060115205545359))\r\n"},
      {Command::examine(box, true), "a1 EXAMINE \"a \\\"b\\\"\" (CONDSTORE)\r\n"},
      {Command::uid_search_all(true), "a1 UID SEARCH RETURN (ALL) ALL\r\n"},
      {Command::uid_search(IntervalSet(3, 5), false), "a1 UID SEARCH UID 3:5\r\n"},
      {Command::uid_fetch(IntervalSet(1, 9), FetchItem::kFlags | FetchItem::kBody, std::nullopt),
       "a1 UID FETCH 1:9 (UID FLAGS BODY.PEEK[])\r\n"},
      {Command::uid_fetch(IntervalSet(1, 4294967295), FetchItem::kFlags, ModSeq(7)),
       "a1 UID FETCH 1:4294967295 (UID FLAGS) (CHANGEDSINCE 7)\r\n"},
      {Command::uid_fetch(IntervalSet(1, 1), FetchItem::kBody, std::nullopt, Window{10, 20}),
       "a1 UID FETCH 1 (UID BODY.PEEK[]<10.20>)\r\n"},
  };
  for (const auto& row : rows) BOOST_TEST(wire(row.command) == row.text);
}

BOOST_AUTO_TEST_CASE(strings_survive_encode_and_parse) {
  for (const std::string value : {"plain", "with \"quotes\" and \\ backslash", "\xCF\xEE", "{5}", "", "a)b(c"}) {
    const auto text = wire(Command::login("u", value));
    Cursor cursor(std::string_view(text).substr(0, text.size() - 2));
    (void)cursor.atom();
    cursor.take_spaces();
    BOOST_TEST(cursor.take_word("LOGIN"));
    cursor.take_spaces();
    BOOST_TEST(cursor.string().value().text() == "u");
    cursor.take_spaces();
    BOOST_TEST(cursor.string().value().text() == value);
    BOOST_TEST(cursor.at_end());
  }
}

BOOST_AUTO_TEST_CASE(eight_bit_values_wait_for_the_server_unless_it_takes_literals_at_once) {
  const auto command = Command::examine(MailboxName("\xCF\xEE"), false);
  BOOST_TEST(command.encode("a", LiteralMode::kSynchronising) ==
                 (std::vector<std::string>{"a EXAMINE {2}\r\n", "\xCF\xEE\r\n"}),
             boost::test_tools::per_element());
  BOOST_TEST(command.encode("a", LiteralMode::kMinus).size() == 1U);
  BOOST_TEST(wire(command) == "a1 EXAMINE {2+}\r\n\xCF\xEE\r\n");
}

BOOST_AUTO_TEST_CASE(utf8_name_goes_back_in_quotes_once_that_is_enabled) {
  const auto command = Command::examine(MailboxName("项目 \"1\"", NameForm::kUtf8), false);
  BOOST_TEST(wire(command) == "a1 EXAMINE \"项目 \\\"1\\\"\"\r\n");
  // No UTF-8 all the same: as a literal, byte for byte.
  BOOST_TEST(wire(Command::examine(MailboxName("\xCF\xEE", NameForm::kUtf8), false)) ==
             "a1 EXAMINE {2+}\r\n\xCF\xEE\r\n");
}

BOOST_AUTO_TEST_CASE(values_that_would_inject_a_command_are_refused) {
  for (const auto& bad : {std::string("a\r\nx"), std::string("a\n"), std::string("\0", 1)}) {
    BOOST_CHECK_THROW((void)Command::login("u", bad), std::invalid_argument);
    BOOST_CHECK_THROW((void)Command::login(bad, "p"), std::invalid_argument);
    BOOST_CHECK_THROW((void)Command::list("", bad, std::nullopt), std::invalid_argument);
    BOOST_CHECK_THROW((void)Command::enable(bad), std::invalid_argument);
    BOOST_CHECK_THROW((void)Command::id({{"name", bad}}), std::invalid_argument);
    BOOST_CHECK_THROW((void)Command::authenticate("PLAIN", bad, false), std::invalid_argument);
  }
}

BOOST_AUTO_TEST_CASE(sets_and_counters_that_are_not_legal_are_refused) {
  BOOST_CHECK_THROW((void)Command::uid_fetch({}, FetchItem::kFlags), std::invalid_argument);
  BOOST_CHECK_THROW((void)Command::uid_search({}, true), std::invalid_argument);
  BOOST_CHECK_THROW((void)Command::id({}), std::invalid_argument);
  BOOST_CHECK_THROW((void)Command::uid_fetch(IntervalSet(1, 2), FetchItem::kFlags, ModSeq(0)), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(no_command_can_change_a_mailbox) {
  for (int verb = 0; verb <= static_cast<int>(Verb::kUidFetch); ++verb) {
    const auto name = verb_name(static_cast<Verb>(verb));
    BOOST_TEST(!name.empty());
    for (const char* forbidden :
         {"SELECT", "STORE", "APPEND", "COPY", "MOVE", "EXPUNGE", "DELETE", "CLOSE", "CREATE", "RENAME"}) {
      BOOST_TEST(name.find(forbidden) == std::string_view::npos);
    }
  }
  const auto everything = FetchItems{} | FetchItem::kBody | FetchItem::kFlags;
  BOOST_TEST(wire(Command::uid_fetch(IntervalSet(1, 1), everything)).find("BODY[") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(secrets_are_stars_in_traces) {
  BOOST_TEST(Command::login("me", "s3cret").redacted() == "LOGIN \"me\" ***");
  BOOST_TEST(Command::login("me", "s3cr\xC3\xA9t").redacted() == "LOGIN \"me\" ***");
  BOOST_TEST(Command::authenticate("XOAUTH2", "dXNlcj0=", true).redacted() == "AUTHENTICATE XOAUTH2 ***");
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace command_test
