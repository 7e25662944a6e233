#include "mime/plain_text.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <random>
#include <string>

#include "mime/file_names.hpp"
#include "mime/utf8.hpp"
#include "mime_case.hpp"

namespace mime_plain_test {
namespace data = boost::unit_test::data;
using mime_test::Case;

const Case kLineEnds[] = {
    {"crlf", "a\r\nb\r\n", "a\nb\n"},   {"lf", "a\nb", "a\nb"},  {"cr", "a\rb\r", "a\nb\n"},
    {"cr_cr_lf", "a\r\r\nb", "a\n\nb"}, {"only_cr", "\r", "\n"}, {"mixed", "\r\n\r\n\ra", "\n\n\na"},
};

const Case kFlowed[] = {
    {"soft_break", "one \ntwo\n", "one two\n"},
    {"hard_break", "one\ntwo\n", "one\ntwo\n"},
    {"stuffed", " From me\n >x\n", "From me\n>x\n"},
    {"quoted", ">one \n>two\n>> deep\nmine\n", "> one two\n>> deep\nmine\n"},
    {"depth_change_ends_the_paragraph", "> one \nmine\n", "> one \nmine\n"},
    {"signature", "text \n-- \nAnn\n", "text \n-- \nAnn\n"},
    {"last_line_open", "one ", "one "},
};

const Case kPreviews[] = {
    {"short", "Hello", "Hello"},
    {"blanks_collapse", "Hi\n\n  you\tok ", "Hi you ok"},
    {"no_blank_at_the_cut", "Hello you there", "Hello you"},
    {"quotes_are_left_out", "Yes\n> why?\n>> because\nAnn", "Yes Ann"},
    {"rulers_are_left_out", "-----\nHello\n=====", "Hello"},
    {"signature_ends_it", "Hello\n-- \nAnn", "Hello"},
    {"cut_at_ten", "0123456789ABC", "0123456789"},
    {"cut_counts_characters", "中文中文中文中文中文中文", "中文中文中文中文中文"},
    {"cut_never_splits_a_letter_and_its_mark", "012345678e\u0301x", "012345678"},
    {"cut_never_splits_an_emoji_sequence", "01234567👨\u200D👩\u200D👧", "01234567"},
    {"cut_never_splits_a_flag", "012345678🇩🇪", "012345678"},
    {"two_flags_are_two", "01234567🇩🇪🇫🇷", "01234567🇩🇪"},
};

struct NameCase {
  const char* name;
  std::string given;
  std::string expected;
};
std::ostream& operator<<(std::ostream& out, const NameCase& c) { return out << c.name; }

const NameCase kNames[] = {
    {"plain", "report.pdf", "report.pdf"},
    {"unix_path", "../../etc/passwd", "passwd"},
    {"windows_path", "C:\\temp\\x.exe", "x.exe"},
    {"path_only", "/", "part-2.bin"},
    {"trailing_slash", "dir/", "dir"},
    {"control_characters",
     "a\tb\x01"
     "c.txt",
     "abc.txt"},
    {"c1_controls", "a\u0085b.txt", "ab.txt"},
    {"bidi_override", "invoice\u202Efdp.exe", "invoicefdp.exe"},
    {"isolates_and_zero_width", "a\u2066b\u200B\u2069.txt", "ab.txt"},
    {"forbidden_characters", "a<b>:\"|?*.txt", "a_b______.txt"},
    {"dots_and_blanks_at_the_edges", " ..a.txt. ", "a.txt"},
    {"only_dots", "...", "part-2.bin"},
    {"reserved", "CON.txt", "_CON.txt"},
    {"reserved_small", "lpt1", "_lpt1"},
    {"not_reserved", "console.txt", "console.txt"},
    {"empty", "", "part-2.bin"},
    {"composed", "cafe\u0301.pdf", "café.pdf"},
    {"chinese", "合同.docx", "合同.docx"},
};
}  // namespace mime_plain_test

BOOST_AUTO_TEST_SUITE(mime_plain_text)

using namespace mime_plain_test;

BOOST_DATA_TEST_CASE(line_ends_become_lf, data::make(kLineEnds), row) {
  std::string text = row.input;
  std::string scratch = "from before";
  haulier::mime::use_lf(text, scratch);
  BOOST_TEST(text == row.expected);
}

BOOST_AUTO_TEST_CASE(line_ends_of_every_distance_become_lf) {
  std::mt19937 random(3);
  for (int round = 0; round < 5000; ++round) {
    std::string text;
    std::string expected;
    for (std::size_t lines = random() % 8; lines != 0; --lines) {
      const std::string line(random() % 40, static_cast<char>('a' + random() % 26));
      const std::size_t end = random() % 4;
      text.append(line).append(end == 0 ? "\n" : end == 1 ? "\r" : "\r\n");
      expected.append(line).append("\n");
      if (end == 1) text.append("x"), expected.append("x");
    }
    std::string scratch = "from before";
    haulier::mime::use_lf(text, scratch);
    BOOST_REQUIRE_EQUAL(text, expected);
  }
}

BOOST_DATA_TEST_CASE(flowed_lines_are_joined, data::make(kFlowed), row) {
  std::string text = row.input;
  haulier::mime::unflow(text, false);
  BOOST_TEST(text == row.expected);
}

BOOST_AUTO_TEST_CASE(delsp_takes_the_blank_of_the_break_away) {
  std::string text = "中 \n文\n";
  haulier::mime::unflow(text, true);
  BOOST_TEST(text == "中文\n");
}

BOOST_DATA_TEST_CASE(previews_are_short_and_whole, data::make(kPreviews), row) {
  std::string out;
  haulier::mime::append_preview(out, row.input, 10);
  BOOST_TEST(out == row.expected);
}

BOOST_DATA_TEST_CASE(file_names_are_made_safe, data::make(kNames), row) {
  haulier::mime::SafeFileNames names;
  BOOST_TEST(names.make(row.given, "2", "application/x-thing") == row.expected);
}

BOOST_AUTO_TEST_CASE(a_long_name_keeps_its_extension) {
  haulier::mime::SafeFileNames names;
  std::string given;
  for (int i = 0; i < 100; ++i) given += "中";
  const std::string name = names.make(given + ".docx", "2", "");
  BOOST_TEST(name.size() <= haulier::mime::kMaxFileNameBytes);
  BOOST_TEST(name.ends_with("中.docx"));
  BOOST_TEST(haulier::mime::is_utf8(name));
}

BOOST_AUTO_TEST_CASE(equal_names_of_one_mail_are_told_apart) {
  haulier::mime::SafeFileNames names;
  BOOST_TEST(names.make("a.txt", "1", "") == "a.txt");
  BOOST_TEST(names.make("A.TXT", "2", "") == "A (2).TXT");
  BOOST_TEST(names.make("a.txt", "3", "") == "a (3).txt");
  for (int i = 4; i < 40; ++i) (void)names.make("a.txt", std::to_string(i), "");
  BOOST_TEST(names.make("a.txt", "40", "") == "a [40].txt");
  names.clear();
  BOOST_TEST(names.make("a.txt", "1", "") == "a.txt");
}

BOOST_AUTO_TEST_CASE(a_missing_name_is_made_of_the_type) {
  haulier::mime::SafeFileNames names;
  BOOST_TEST(names.make("", "2.1", "image/png") == "part-2.1.png");
  BOOST_TEST(names.make("", "3", "message/rfc822") == "part-3.eml");
  BOOST_TEST(names.make("", "4", "text/x-odd") == "part-4.txt");
}

BOOST_AUTO_TEST_CASE(uuencoded_files_are_found_in_text) {
  std::vector<haulier::mime::UuBlock> blocks;
  const std::string text = "Hi\nbegin 644 cat.txt\n#0V%T\n`\nend\nBye\nbegin 644 no end here\n#0V%T\n";
  haulier::mime::find_uu_blocks(text, 10, blocks);
  BOOST_REQUIRE(blocks.size() == 1u);
  BOOST_TEST(blocks[0].file_name == "cat.txt");
  BOOST_TEST(text.substr(blocks[0].begin, blocks[0].end - blocks[0].begin) == "begin 644 cat.txt\n#0V%T\n`\nend\n");
  blocks.clear();
  haulier::mime::find_uu_blocks("begin 644 x\nthis is a long line of prose and no data\nend\n", 10, blocks);
  BOOST_TEST(blocks.empty());
}

BOOST_AUTO_TEST_SUITE_END()
