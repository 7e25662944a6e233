#include "mbox_reader.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <vector>

#include "temp_folder.hpp"

namespace {

std::vector<std::string> messages_of(std::string_view mbox) {
  const haulier::testing::TempFolder folder;
  folder.write("box", mbox);
  haulier::mail_files::MboxReader reader(folder.path() / "box");
  std::vector<std::string> out;
  while (reader.next_message()) {
    out.emplace_back();
    reader.read_message([&](std::string_view piece) { out.back().append(piece); });
  }
  return out;
}

struct Case {
  const char* name;
  std::string mbox;
  std::vector<std::string> expected;
};
std::ostream& operator<<(std::ostream& out, const Case& c) { return out << c.name; }

const std::vector<Case> kCases = {
    {"empty_file", "", {}},
    {"one_message", "From a Thu Jan  1 00:00:00 2026\nA: 1\n\nbody\n", {"A: 1\n\nbody\n"}},
    {"separating_blank_line_is_not_part",
     "From a x\nA: 1\n\nx\n\nFrom b x\nB: 2\n\ny\n",
     {"A: 1\n\nx\n", "B: 2\n\ny\n"}},
    {"crlf_file", "From a x\r\nA: 1\r\n\r\nx\r\n\r\nFrom b x\r\nB: 2\r\n", {"A: 1\r\n\r\nx\r\n", "B: 2\r\n"}},
    {"from_in_running_text_does_not_split", "From a x\nA: 1\n\ntext\nFrom here on\n", {"A: 1\n\ntext\nFrom here on\n"}},
    {"quoting_is_taken_back_by_one_level",
     "From a x\n\n>From b\n>>From c\n> From d\n",
     {"\nFrom b\n>From c\n> From d\n"}},
    {"file_without_from_line_is_one_message", "A: 1\n\nbody\n", {"A: 1\n\nbody\n"}},
    {"last_line_without_end", "From a x\nA: 1\n\nend", {"A: 1\n\nend"}},
    {"last_message_ends_with_a_separator_too", "From a x\nA: 1\n\n\n\n", {"A: 1\n\n\n"}},
    {"blank_lines_of_a_lone_message_stay", "A: 1\n\n\n\n", {"A: 1\n\n\n\n"}},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(mail_files_mbox_reader)

BOOST_DATA_TEST_CASE(splits, boost::unit_test::data::make(kCases), c) {
  const auto got = messages_of(c.mbox);
  BOOST_TEST(got == c.expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(lines_longer_than_the_buffer_pass_through) {
  const std::string body =
      std::string(700000, 'x') + "\n>From not quoted at a line start? " + std::string(300000, 'y') + "\n";
  const auto got = messages_of("From a x\n" + body + "\nFrom b x\nB: 2\n");
  BOOST_REQUIRE(got.size() == 2u);
  BOOST_TEST(got[0].size() == body.size() - 1);
  BOOST_TEST(got[1] == "B: 2\n");
}

BOOST_AUTO_TEST_CASE(messages_that_nobody_reads_are_skipped) {
  const haulier::testing::TempFolder folder;
  folder.write("box", "From a x\nA\n\nFrom b Thu Jan  1 00:00:01 1970\nB\n");
  haulier::mail_files::MboxReader reader(folder.path() / "box");
  BOOST_TEST(reader.next_message());
  BOOST_TEST(!reader.from_time());
  BOOST_TEST(reader.next_message());
  BOOST_TEST(reader.from_time().value() == 1000000);
  BOOST_TEST(!reader.next_message());
}

BOOST_AUTO_TEST_SUITE_END()
