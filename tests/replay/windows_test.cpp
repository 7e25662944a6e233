// Messages in windows through the whole source: the bytes that reach the blob, the connection that breaks, the audit.
#include <boost/test/unit_test.hpp>

#include "source_run.hpp"

namespace windows_test {
using namespace replay;

constexpr std::size_t kWindow = 65536;
const std::string kConfig = R"({"host":"imap.example.org","accounts":[{"user":"me@example.org"}],"window":65536})";
const std::string kSmall = R"({"host":"imap.example.org","accounts":[{"user":"me@example.org"}],"window":65536,)"
                           R"("max_message":200000})";
const std::string kLogin =
    "S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN LIST-STATUS] ready\n"
    "C: a1 AUTHENTICATE PLAIN AG1lQGV4YW1wbGUub3JnAHNlY3JldA==\n"
    "S: a1 OK [CAPABILITY IMAP4rev1 LIST-STATUS] in\n";
const std::string kOpen =
    "C: a2 LIST \"\" \"*\" RETURN (STATUS (MESSAGES UIDNEXT UIDVALIDITY))\n"
    "S: * LIST () \".\" INBOX\n"
    "S: * STATUS INBOX (MESSAGES 2 UIDNEXT 3 UIDVALIDITY 1)\n"
    "S: a2 OK done\n"
    "C: a3 EXAMINE \"INBOX\"\n"
    "C: a4 UID FETCH 1:2 (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.65536>)\n"
    "S: * 2 EXISTS\nS: * OK [UIDVALIDITY 1]\nS: * OK [UIDNEXT 3]\nS: a3 OK [READ-ONLY] done\n";

std::string text(std::size_t from, std::size_t to) {
  std::string out;
  for (std::size_t i = from; i < to; ++i) out += static_cast<char>('a' + (i * 7 + i / 97) % 26);
  return out;
}

// One FETCH of a message of `size` octets; `sent`: the octets of the literal that come.
std::string window(std::size_t size, std::size_t from, std::size_t to, std::size_t sent) {
  return "S: * 1 FETCH (UID 1 FLAGS () RFC822.SIZE " + std::to_string(size) + " BODY[]<" + std::to_string(from) +
         "> {" + std::to_string(to - from) + "}\nS| " + text(from, from + sent) + "\n";
}
std::string whole_window(std::size_t size, std::size_t from, std::size_t to) {
  return window(size, from, to, to - from) + "S: )\n";
}
std::string ask(const std::string& tag, std::size_t from) {
  return "C: " + tag + " UID FETCH 1 (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[]<" + std::to_string(from) +
         ".65536>)\n";
}

RunResult run(const std::string& trace, const std::string& config, Cuts cuts = {}) {
  return run_source(parse_trace("inline", trace), config, cuts, {}, {});
}

BOOST_AUTO_TEST_SUITE(imap_windows)

BOOST_AUTO_TEST_CASE(connection_that_breaks_inside_a_window_goes_on_at_that_byte) {
  constexpr std::size_t kSize = 4 * kWindow + 1000;
  constexpr std::size_t kCut = 2 * kWindow + 30'000;
  const std::string trace =
      kLogin + kOpen + whole_window(kSize, 0, kWindow) + "S: * 2 FETCH (UID 2 FLAGS () BODY[]<0> {1}\nS| b\nS: )\n" +
      "S: a4 OK done\n" + ask("a5", kWindow) + ask("a6", 2 * kWindow) + ask("a7", 3 * kWindow) +
      ask("a8", 4 * kWindow) + whole_window(kSize, kWindow, 2 * kWindow) + "S: a5 OK done\n" +
      window(kSize, 2 * kWindow, 3 * kWindow, kCut - 2 * kWindow) + "-- connection\n" + kLogin +
      "C: a2 EXAMINE \"INBOX\"\nC: a3 UID FETCH 1:2 (UID FLAGS)\nC: a4 UID SEARCH ALL\n"
      "S: * 2 EXISTS\nS: * OK [UIDVALIDITY 1]\nS: * OK [UIDNEXT 3]\nS: a2 OK done\n" +
      ask("a5", kCut) + ask("a6", kCut + kWindow) +
      "S: * 1 FETCH (UID 1 FLAGS ())\nS: * 2 FETCH (UID 2 FLAGS ())\nS: a3 OK done\nS: * SEARCH 1 2\nS: a4 OK done\n" +
      whole_window(kSize, kCut, kCut + kWindow) + "S: a5 OK done\n" + whole_window(kSize, kCut + kWindow, kSize) +
      "S: a6 OK done\nC: a7 LOGOUT\n";
  const auto result = run(trace, kConfig);
  BOOST_TEST(result.end == "end");
  BOOST_TEST(result.connects == 2);
  BOOST_TEST(result.bodies == 2);
  bool found = false;
  for (const auto& line : result.records)
    found = found || line.find("raw=<" + text(0, kSize) + ">") != std::string::npos;
  BOOST_TEST(found);
  // Whatever the reads are.
  BOOST_TEST((run(trace, kConfig, {.every = 4099}).records == result.records));
}

BOOST_AUTO_TEST_CASE(message_above_the_limit_is_quarantined_at_once_and_the_rest_goes_on) {
  constexpr std::size_t kSize = 5 * kWindow;
  const auto result = run(kLogin + kOpen + whole_window(kSize, 0, kWindow) +
                              "S: * 2 FETCH (UID 2 FLAGS () BODY[]<0> {1}\nS| b\nS: )\n" + "S: a4 OK done\n" +
                              "C: a5 UID FETCH 1 (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[]<200000.1>)\n"
                              "S: * 1 FETCH (UID 1 FLAGS () RFC822.SIZE 327680 BODY[]<200000> {1}\nS| x\nS: )\nS: a5 "
                              "OK done\nC: a6 LOGOUT\n",
                          kSmall);
  BOOST_TEST(result.end == "end");
  BOOST_TEST(result.connects == 1);
  BOOST_TEST(result.bodies == 1);
  BOOST_TEST(result.records.at(1) ==
             R"(reject {"account":"me@example.org","mailbox":"INBOX","uidvalidity":1,"uid":1} the message is longer )"
             "than max_message (200000 bytes); the server says 327680 bytes");
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace windows_test
