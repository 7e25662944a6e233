#include "mime/utf8.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "mime_case.hpp"

namespace mime_utf8_test {
using mime_test::Case;
using mime_test::hex;

const Case kRepairs[] = {
    {"ascii_stays", "abc", "abc"},
    {"two_three_four_bytes_stay", "é中😀", "é中😀"},
    {"lone_continuation", hex("61 80 62"), "a\uFFFDb"},
    {"overlong_slash", hex("C0 AF"), "\uFFFD\uFFFD"},
    {"overlong_three_bytes", hex("E0 80 AF"), "\uFFFD\uFFFD\uFFFD"},
    {"surrogate", hex("ED A0 80"), "\uFFFD\uFFFD\uFFFD"},
    {"above_the_last_plane", hex("F4 90 80 80"), "\uFFFD\uFFFD\uFFFD\uFFFD"},
    {"cut_at_the_end_is_one_replacement", hex("E4 B8"), "\uFFFD"},
    {"cut_before_ascii_is_one_replacement", hex("F0 9F 98") + "x", "\uFFFDx"},
    {"latin1_among_ascii", hex("47 72 FC DF 65"), "Gr\uFFFD\uFFFDe"},
};
}  // namespace mime_utf8_test

BOOST_AUTO_TEST_SUITE(mime_utf8)

BOOST_DATA_TEST_CASE(invalid_sequences_become_replacements, boost::unit_test::data::make(mime_utf8_test::kRepairs),
                     row) {
  std::string out;
  haulier::mime::append_repaired_utf8(out, row.input);
  BOOST_TEST(out == row.expected);
  BOOST_TEST(haulier::mime::is_utf8(out));
  BOOST_TEST(haulier::mime::is_utf8(row.input) == (out == row.input));
}

BOOST_AUTO_TEST_CASE(a_high_byte_is_found_at_every_position) {
  for (std::size_t at = 0; at < 100; ++at) {
    std::string text(100, 'x');
    text[at] = '\x80';
    BOOST_TEST(haulier::mime::ascii_prefix(text) == at);
  }
}

BOOST_AUTO_TEST_CASE(a_cut_never_splits_a_character) {
  const std::string text = "a中😀";
  for (std::size_t bytes = 0; bytes <= text.size(); ++bytes) {
    const auto cut = haulier::mime::cut_utf8(text, bytes);
    BOOST_TEST(haulier::mime::is_utf8(cut));
    BOOST_TEST(cut.size() <= bytes);
    BOOST_TEST(bytes - cut.size() < 4u);
  }
}

BOOST_AUTO_TEST_CASE(every_nul_is_replaced) {
  std::string text("\0a\0\0b", 5);
  BOOST_TEST(haulier::mime::replace_nul(text));
  BOOST_TEST(text == "\uFFFDa\uFFFD\uFFFDb");
  BOOST_TEST(!haulier::mime::replace_nul(text));
}

BOOST_AUTO_TEST_CASE(every_code_point_is_encoded_as_itself_or_replaced) {
  for (char32_t c = 1; c < 0x110100; c += 7) {
    std::string text;
    haulier::mime::append_utf8(text, c);
    const bool exists = c < 0x110000 && !(c >= 0xD800 && c < 0xE000);
    BOOST_REQUIRE(haulier::mime::is_utf8(text));
    BOOST_REQUIRE(haulier::mime::first_code_point(text).value == (exists ? c : char32_t{0xFFFD}));
  }
}

BOOST_AUTO_TEST_SUITE_END()
