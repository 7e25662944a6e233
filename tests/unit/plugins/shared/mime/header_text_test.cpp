#include "mime/header_text.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "mime/utf8.hpp"
#include "mime_case.hpp"

namespace mime_header_text_test {
namespace data = boost::unit_test::data;
using haulier::mime::DefectCode;
using haulier::mime::DefectList;
using haulier::mime::HeaderText;
using mime_test::Case;
using mime_test::hex;

struct Fixture {
  haulier::mime::Charsets charsets;
  haulier::mime::Limits limits;
  DefectList defects;
  HeaderText text{charsets, limits, defects};

  std::string decode(std::string_view value) {
    std::string out;
    text.append(out, value, 0);
    return out;
  }
};

const Case kCases[] = {
    {"no_word", "plain text", "plain text"},
    {"q_word", "=?utf-8?Q?caf=C3=A9_au_lait?=", "café au lait"},
    {"b_word", "=?utf-8?B?Y2Fmw6k=?=", "café"},
    {"small_letters_of_encoding", "=?utf-8?q?a=C3=A9?= =?utf-8?b?w6k=?=", "aéé"},
    {"blanks_between_words_go", "=?utf-8?Q?a?=  =?utf-8?Q?b?=", "ab"},
    {"folds_between_words_go", "=?utf-8?Q?a?=\r\n =?utf-8?Q?b?=", "ab"},
    {"blanks_beside_text_stay", "x =?utf-8?Q?a?= y", "x a y"},
    {"padded_words_are_joined", "=?utf-8?B?5Lit5paHIA==?= =?utf-8?B?6YKu5Lu2?=", "中文 邮件"},
    {"character_split_between_b_words", "=?utf-8?B?5Lit5g==?= =?utf-8?B?lofoqYI=?=", "中文詂"},
    {"character_split_between_q_words", "=?utf-8?Q?=E4=B8?=\r\n =?utf-8?Q?=AD?=", "中"},
    {"gbk_character_split", "=?gb2312?B?1tA=?= =?gb2312?Q?=CE?= =?gb2312?Q?=C4?=", "中文"},
    {"unpadded_b_word", "=?utf-8?B?Y2Fmw6k?=", "café"},
    {"inside_other_text", "foo=?utf-8?Q?=C3=A9?=bar", "fooébar"},
    {"inside_quotes", "\"=?utf-8?Q?caf=C3=A9?=\"", "\"café\""},
    {"language_suffix", "=?utf-8*en?Q?caf=C3=A9?=", "café"},
    {"unknown_charset_falls_back", "=?x-martian?Q?caf=C3=A9?=", "café"},
    {"blanks_inside_a_q_word", "=?utf-8?Q?a b=C3=A9?=", "a bé"},
    {"question_mark_in_a_q_word", "=?utf-8?Q?what?\?=", "what?"},
    {"word_that_never_ends_stays", "=?utf-8?Q?abc", "=?utf-8?Q?abc"},
    {"word_without_encoding_stays", "=?utf-8?X?abc?=", "=?utf-8?X?abc?="},
    {"empty_word", "a=?utf-8?Q?\?=b", "ab"},
    {"two_charsets", "=?iso-8859-1?Q?=E9?= =?koi8-r?B?8NI=?=", "éПр"},
    {"iso_2022_jp_words", "=?ISO-2022-JP?B?GyRCRnxLXBsoQg==?= =?ISO-2022-JP?B?GyRCOGwbKEI=?=", "日本語"},
    {"gb18030_word", "=?gb18030?B?sbG+qQ==?=", "北京"},
    {"windows_1252_under_latin1", "=?iso-8859-1?Q?=93x=94?=", "“x”"},
    {"utf_8_under_latin1", "=?iso-8859-1?Q?=C3=A9=C3=A8?=", "éè"},
    {"line_ends_that_were_encoded_are_blanks", "=?utf-8?Q?a=0D=0Ab?=", "a  b"},
    {"nul_that_was_encoded", "=?utf-8?Q?a=00b?=", "a\uFFFDb"},
    {"folded_text", "one\r\n two\n\tthree", "one two three"},
    {"raw_utf_8", "Grüße", "Grüße"},
    {"raw_latin1", hex("4772FCDF65"), "Grüße"},
    {"raw_gbk", hex("D6D0CEC4D3CABCFEB2E2CAD4"), "中文邮件测试"},
    {"raw_iso_2022_jp", "Re: \x1B$BF|K\\8l\x1B(B!", "Re: 日本語!"},
    {"raw_8_bit_beside_a_word", hex("E9") + " =?utf-8?Q?=C3=A9?=", "é é"},
    {"bad_escape_in_a_q_word", "=?utf-8?Q?a=ZZ?=", "a=ZZ"},
    {"dirty_b_word", "=?utf-8?B?Y2F-mw6k=?=", "café"},
};
}  // namespace mime_header_text_test

BOOST_AUTO_TEST_SUITE(mime_header_text)

using namespace mime_header_text_test;

BOOST_DATA_TEST_CASE(header_text_is_decoded, data::make(kCases), row) {
  Fixture f;
  const std::string out = f.decode(row.input);
  BOOST_TEST(out == row.expected);
  BOOST_TEST(haulier::mime::is_utf8(out));
}

BOOST_AUTO_TEST_CASE(words_above_the_limit_stay_raw) {
  Fixture f;
  f.limits.encoded_words = 2;
  BOOST_TEST(f.decode("=?utf-8?Q?a?= =?utf-8?Q?b?= =?utf-8?Q?c?=") == "ab =?utf-8?Q?c?=");
  BOOST_TEST(f.defects.has(DefectCode::encoded_word_limit));
}

BOOST_AUTO_TEST_CASE(a_raw_header_is_read_in_the_charset_of_the_body) {
  Fixture f;
  f.text.set_hint("koi8-r");
  BOOST_TEST(f.decode(hex("E4C1")) == "Да");
  BOOST_TEST(f.defects.has(DefectCode::header_8bit));
}

BOOST_AUTO_TEST_SUITE_END()
