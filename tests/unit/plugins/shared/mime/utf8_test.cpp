#include "mime/utf8.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <random>
#include <string>

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

// The fast way and the plain one agree on where the first damage is and how many characters stand before it.
void check_as_scalar(std::string_view bytes) {
  const auto fast = haulier::mime::check_utf8(bytes);
  const auto plain = haulier::mime::utf8_kernel::scalar(bytes);
  BOOST_REQUIRE_EQUAL(fast.valid_bytes, plain.valid_bytes);
  BOOST_REQUIRE_EQUAL(fast.multibyte_chars, plain.multibyte_chars);
}

BOOST_AUTO_TEST_CASE(valid_text_of_every_length_and_alignment_is_checked_as_the_plain_way_does) {
  std::mt19937 random(11);
  std::string text;
  while (text.size() < 700) {
    constexpr char32_t kLast[] = {0x7F, 0x7FF, 0xFFFF, 0x10FFFF};
    haulier::mime::append_utf8(text, static_cast<char32_t>(random() % (kLast[random() % 4] + 1)));
  }
  for (std::size_t offset = 0; offset < 40; ++offset) {
    for (std::size_t size = 0; size <= 300; ++size) check_as_scalar(std::string_view(text).substr(offset, size));
  }
}

BOOST_AUTO_TEST_CASE(damage_is_found_where_the_plain_way_finds_it) {
  std::mt19937 random(12);
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    const std::size_t size = 40 + random() % 200;
    const char32_t most = round % 3 == 0 ? 0x7FF : round % 3 == 1 ? 0xFFFF : 0x10FFFF;
    while (text.size() < size) haulier::mime::append_utf8(text, static_cast<char32_t>(random() % most));
    for (std::size_t damage = random() % 3; damage != 0; --damage) {
      constexpr unsigned char kTelling[] = {0x20, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1,
                                            0xC2, 0xDF, 0xE0, 0xED, 0xEF, 0xF0, 0xF4, 0xF5, 0xFF};
      text[random() % text.size()] = static_cast<char>(kTelling[random() % sizeof kTelling]);
    }
    check_as_scalar(text);
  }
}

BOOST_AUTO_TEST_CASE(every_pair_and_triple_of_telling_bytes_is_judged_alike) {
  constexpr unsigned char kTelling[] = {0x41, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0,
                                        0xE1, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xF8, 0xFF};
  for (const std::size_t at : {1u, 29u, 30u, 31u, 62u}) {
    for (const unsigned char first : kTelling) {
      for (const unsigned char second : kTelling) {
        for (const unsigned char third : kTelling) {
          std::string text = "\u00E9" + std::string(100, 'x');
          text[at + 1] = static_cast<char>(first);
          text[at + 2] = static_cast<char>(second);
          text[at + 3] = static_cast<char>(third);
          text[at + 4] = static_cast<char>(0x80);
          check_as_scalar(text);
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_high_byte_is_found_at_every_position) {
  for (std::size_t at = 0; at < 200; ++at) {
    std::string text(200, 'x');
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
