#include "mime/byte_scan.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

namespace mime_byte_scan_test {
using namespace haulier::mime;

// Every place of what is looked for, in texts of every length around the width of a vector.
template <class Find, class Expected>
void check_every_place(std::string_view needle, char filler, Find&& find, Expected&& expected) {
  for (std::size_t size = 0; size < 70; ++size) {
    const std::string empty(size, filler);
    BOOST_TEST(find(empty) == size);
    for (std::size_t at = 0; at + needle.size() <= size; ++at) {
      std::string text = empty;
      text.replace(at, needle.size(), needle);
      BOOST_TEST_CONTEXT("size " << size << " at " << at) { BOOST_TEST(find(text) == expected(at)); }
    }
  }
}

BOOST_AUTO_TEST_SUITE(mime_byte_scan)

// What was passed is in `copy`.
std::size_t copied(std::string_view text, std::size_t from = 0) {
  std::string copy(text.size() + 16, '?');
  const std::size_t end = copy_until_escape_or_line_end(text, from, copy.data());
  BOOST_TEST(copy.substr(0, end - from) == text.substr(from, end - from));
  return end;
}

BOOST_AUTO_TEST_CASE(escapes_and_line_ends_are_found_at_every_place) {
  for (const std::string_view needle : {"=", "\r", "\n"}) {
    check_every_place(
        needle, 'a', [](std::string_view text) { return copied(text); }, [](std::size_t at) { return at; });
  }
  BOOST_TEST(copied("=a=", 1) == 2u);
}

BOOST_AUTO_TEST_CASE(what_stands_before_a_byte_is_copied_from_every_place) {
  check_every_place(
      "\r", 'a',
      [](std::string_view text) {
        std::string copy(text.size() + 16, '?');
        const std::size_t end = copy_until(text, 0, '\r', copy.data());
        BOOST_TEST(copy.substr(0, end) == text.substr(0, end));
        return end;
      },
      [](std::size_t at) { return at; });
}

BOOST_AUTO_TEST_CASE(what_is_not_printable_is_found_at_every_place) {
  for (const std::string_view other : {"\x1F", "\x7F", "\x80", "\xFF", "\n"}) {
    for (const char filler : {' ', '~', 'a'}) {
      check_every_place(
          other, filler, [](std::string_view text) { return printable_prefix(text); },
          [](std::size_t at) { return at; });
    }
  }
}

BOOST_AUTO_TEST_CASE(what_ends_a_field_name_is_found_at_every_place) {
  for (const std::string_view other : {":", " ", "\t", "\r", "\x7F", "\x80", "\xFF"}) {
    for (const char filler : {'!', '~', 'a', '9', ';'}) {
      check_every_place(
          other, filler, [](std::string_view text) { return find_name_end(text); }, [](std::size_t at) { return at; });
    }
  }
}

BOOST_AUTO_TEST_CASE(a_byte_is_found_at_every_place) {
  check_every_place(
      "\n", 'a', [](std::string_view text) { return find_near(text, '\n', 0); }, [](std::size_t at) { return at; });
  const std::string far = std::string(500, 'a') + "\nb";
  BOOST_TEST(find_near(far, '\n', 3) == 500u);
  BOOST_TEST(find_near(far, '\n', 501) == far.size());
  BOOST_TEST(find_near(far, '\n', far.size()) == far.size());
}

BOOST_AUTO_TEST_CASE(lines_of_dashes_are_found_at_every_place) {
  check_every_place(
      "\n--", 'a', [](std::string_view text) { return find_dash_line(text, 0); },
      [](std::size_t at) { return at + 1; });
}

BOOST_AUTO_TEST_CASE(near_misses_are_no_lines_of_dashes) {
  for (const std::string_view part : {"\n-", "--", "\n\n", "-\n-", "\na--"}) {
    std::string text;
    while (text.size() < 60) text.append(part).append("x");
    BOOST_TEST(find_dash_line(text, 0) == text.size());
  }
}

BOOST_AUTO_TEST_CASE(the_first_byte_above_ascii_ends_the_prefix) {
  check_every_place(
      "\x80", 'a', [](std::string_view text) { return ascii_prefix(text); }, [](std::size_t at) { return at; });
  BOOST_TEST(ascii_prefix(std::string(40, '\x7F')) == 40u);
}

BOOST_AUTO_TEST_CASE(html_text_ends_at_every_place_that_ends_it) {
  for (const std::string_view needle : {"<", "&", "  ", " <", "\n", "\xC2", "\xE2", "\xEF"}) {
    for (std::size_t at = 1; at < 50; ++at) {
      std::string text(60, 'a');
      text.replace(at, needle.size(), needle);
      // It may end too early near the end of the text, where the caller goes on byte by byte.
      const std::size_t end = find_html_text_end(text, 0, true);
      BOOST_TEST(end <= at);
      if (at + 16 < text.size() - 16) BOOST_TEST(end == at);
    }
  }
  BOOST_TEST(find_html_text_end(std::string(20, 'a') + " b" + std::string(60, 'a'), 0, true) > 60u);
  BOOST_TEST(find_html_text_end(std::string(20, 'a') + " b" + std::string(60, 'a'), 0, false) == 20u);
}

BOOST_AUTO_TEST_CASE(lines_that_may_begin_an_encoded_file_are_found_at_every_place) {
  for (const std::string_view needle : {"\nbe", "\n=y"}) {
    check_every_place(
        needle, 'a', [](std::string_view text) { return may_hold_encoded_file(text) ? std::size_t{1} : text.size(); },
        [](std::size_t) { return std::size_t{1}; });
  }
  BOOST_TEST(may_hold_encoded_file("begin 644 x"));
  BOOST_TEST(!may_hold_encoded_file("to be or not to be, abe"));
}

BOOST_AUTO_TEST_CASE(blanks_and_ideographs_are_told_byte_by_byte) {
  std::string text(64, 'a');
  text[0] = text[15] = text[63] = ' ';
  text[16] = '\xE3';
  text[62] = '\xE9';
  text[40] = '\xEA';
  const WordMasks masks = word_masks(text.data());
  BOOST_TEST(masks.blanks == (1ull | 1ull << 15 | 1ull << 63));
  BOOST_TEST(masks.ideographs == (1ull << 16 | 1ull << 62));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace mime_byte_scan_test
