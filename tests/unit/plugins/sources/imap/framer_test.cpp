#include "proto/framer.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "proto/fetch_parser.hpp"

namespace framer_test {
using namespace haulier::imap;
using Kind = Framer::Kind;

// What a framer says, as lines; bodies are streamed, their pieces joined.
std::vector<std::string> run(const std::vector<std::string>& pieces, Framer::Limits limits = {}) {
  Framer framer(limits);
  std::vector<std::string> out;
  std::string body;
  for (const auto& piece : pieces) {
    framer.feed(piece);
    for (;;) {
      const auto item = framer.next();
      if (item.kind == Kind::kNeedInput) break;
      if (item.kind == Kind::kLiteralBegin && ends_in_message_literal(item.data)) framer.stream_literal();
      if (item.kind == Kind::kLiteralData) body += item.data;
      if (item.kind == Kind::kLiteralEnd) out.push_back("body " + std::exchange(body, {}));
      if (item.kind == Kind::kResponse) out.push_back("response " + std::string(item.data));
      if (item.kind == Kind::kError) {
        out.push_back("error " + std::string(item.data));
        return out;
      }
    }
  }
  return out;
}

std::vector<std::string> bytes_of(const std::string& text) {
  std::vector<std::string> out;
  for (const char c : text) out.emplace_back(1, c);
  return out;
}

BOOST_AUTO_TEST_SUITE(framer)

const std::string kSample =
    "* OK ready {5}\r\n"
    "* LIST () \"/\" {5}\r\na\r\nbc\r\n"
    "* 1 FETCH (UID 1 BODY[] {10}\r\n0123\r\n6789 FLAGS (\\Seen))\r\n"
    "* 2 FETCH (UID 2 BODY[] {0}\r\n)\r\n"
    "+ idling {3}\r\n"
    "a1 OK done\r\n";

const std::vector<std::string> kExpected = {"response * OK ready {5}",
                                            "response * LIST () \"/\" {5}\r\na\r\nbc",
                                            "body 0123\r\n6789",
                                            "response * 1 FETCH (UID 1 BODY[] {10}\r\n FLAGS (\\Seen))",
                                            "body ",
                                            "response * 2 FETCH (UID 2 BODY[] {0}\r\n)",
                                            "response + idling {3}",
                                            "response a1 OK done"};

BOOST_AUTO_TEST_CASE(responses_and_literals_are_cut_apart) {
  BOOST_TEST(run({kSample}) == kExpected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(literal_split_across_reads_is_joined) {
  BOOST_TEST(run(bytes_of(kSample)) == kExpected, boost::test_tools::per_element());
  for (std::size_t cut = 0; cut <= kSample.size(); ++cut) {
    BOOST_TEST(run({kSample.substr(0, cut), kSample.substr(cut)}) == kExpected, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(body_bytes_are_views_of_the_input) {
  const std::string input = "* 1 FETCH (BODY[] {4}\r\nabcd)\r\n";
  Framer framer;
  framer.feed(input);
  BOOST_TEST((framer.next().kind == Kind::kLiteralBegin));
  framer.stream_literal();
  const auto data = framer.next();
  BOOST_TEST((data.data.data() == input.data() + input.find("abcd")));
}

BOOST_AUTO_TEST_CASE(bare_line_feeds_end_lines_too) {
  BOOST_TEST(run({"* OK a\n* OK b\r\n"}) == (std::vector<std::string>{"response * OK a", "response * OK b"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(nul_is_a_byte_like_any_other) {
  const std::string line("* OK a\0b\r\n", 10);
  BOOST_TEST(run({line}).at(0) == "response " + line.substr(0, 8));
}

BOOST_AUTO_TEST_CASE(four_gigabyte_literal_is_refused_before_it_comes) {
  Framer::Limits limits;
  limits.streamed_literal_bytes = 1000;
  BOOST_TEST(run({"* 1 FETCH (BODY[] {4294967296}\r\n"}, limits).at(0) == "error a message is longer than allowed");
  BOOST_TEST(run({"* LIST () NIL {4294967296}\r\n"}).at(0) == "error a literal is longer than allowed here");
  BOOST_TEST(run({"* LIST () NIL {99999999999999999999999}\r\n"}).at(0) ==
             "error a literal is longer than allowed here");
}

BOOST_AUTO_TEST_CASE(literal_at_its_limit_is_taken) {
  Framer::Limits limits;
  limits.streamed_literal_bytes = 4;
  BOOST_TEST(run({"* 1 FETCH (BODY[] {4}\r\nabcd)\r\n"}, limits).at(0) == "body abcd");
}

BOOST_AUTO_TEST_CASE(endless_line_is_refused_at_the_limit) {
  Framer::Limits limits;
  limits.response_bytes = 100;
  BOOST_TEST(run({std::string(99, 'x'), "xx"}, limits).at(0) == "error a response is longer than allowed");
}

BOOST_AUTO_TEST_CASE(many_small_literals_cannot_grow_a_response_without_end) {
  Framer::Limits limits;
  limits.response_bytes = 1000;
  std::string flood = "* LIST (";
  for (int i = 0; i < 200; ++i) flood += "{1}\r\nx";
  BOOST_TEST(run({flood}, limits).at(0) == "error a response is longer than allowed");
}

BOOST_AUTO_TEST_CASE(negative_literal_is_text) { BOOST_TEST(run({"* X {-1}\r\n"}).at(0) == "response * X {-1}"); }

BOOST_AUTO_TEST_SUITE_END()
}  // namespace framer_test
