#include "mime/charsets.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "mime/utf8.hpp"
#include "mime_case.hpp"

namespace mime_charset_test {
namespace data = boost::unit_test::data;
using haulier::mime::charset_of_label;
using haulier::mime::Charsets;
using mime_test::hex;

struct Row {
  const char* name;
  const char* label;
  const char* bytes;  // hex
  const char* expected;
};
std::ostream& operator<<(std::ostream& out, const Row& row) { return out << row.name; }

const Row kRightLabels[] = {
    {"gb2312_label_means_gb18030", "gb2312", "B1B1BEA9E946", "北京镕"},
    {"gbk_label_means_gb18030", "GBK", "87D688D2", "囍堃"},
    {"gb18030_four_bytes", "gb18030", "8139EE3995328236", "㐀𠀀"},
    {"big5_plain", "big5", "A4A4A4E5B66CA5F3", "中文郵件"},
    {"big5_hkscs_characters", "big5", "9DEF9DF79DF8", "嘅咗啲"},
    {"shift_jis_means_cp932", "shift_jis", "8740EEE0ED95", "①髙﨑"},
    {"euc_jp", "euc-jp", "C6FCCBDCB8ECA5E1A1BCA5EB", "日本語メール"},
    {"euc_kr_means_cp949", "euc-kr", "8C63B9E6B0A2C7CF", "똠방각하"},
    {"ks_c_5601", "ks_c_5601-1987", "BEC8B3E7C7CFBCBCBFE4", "안녕하세요"},
    {"koi8_r", "koi8-r", "F0D2C9D7C5D4", "Привет"},
    {"koi8_u", "koi8-u", "B7D6C1CB", "Їжак"},
    {"windows_1251", "windows-1251", "CFF0E8E2E5F2", "Привет"},
    {"windows_1250", "windows-1250", "8E6C759D6F75E86BFD", "Žluťoučký"},
    {"windows_1252_under_latin1", "iso-8859-1", "9371756F7465649420962080", "“quoted” – €"},
    {"windows_1252_under_ascii", "us-ascii", "636166E9", "café"},
    {"iso_8859_2", "iso-8859-2", "A3F364BC", "Łódź"},
    {"iso_8859_5", "iso-8859-5", "BFE0D8D2D5E2", "Привет"},
    {"iso_8859_7", "iso-8859-7", "CAE1EBE7ECDDF1E1", "Καλημέρα"},
    {"iso_8859_8_i", "iso-8859-8-i", "F9ECE5ED", "שלום"},
    {"iso_8859_9_means_1254", "iso-8859-9", "FDFEF0", "ışğ"},
    {"iso_8859_15", "iso-8859-15", "A4BD", "€œ"},
    {"iso_8859_16", "iso-8859-16", "DE6172E320BA", "Țară ș"},
    {"windows_874", "windows-874", "C0D2C9D2E4B7C2", "ภาษาไทย"},
    {"tis_620", "tis-620", "E4B7C2", "ไทย"},
    {"windows_1255", "windows-1255", "F9ECE5ED", "שלום"},
    {"windows_1256", "windows-1256", "E3D1CDC8C7", "مرحبا"},
    {"windows_1257", "windows-1257", "C0FE756F6C6173", "Ąžuolas"},
    {"ibm437", "cp437", "8090B0", "ÇÉ░"},
    {"ibm866", "ibm866", "8FE0A8A2A5E2", "Привет"},
    {"macintosh", "macintosh", "83A0A1", "É†°"},
    {"utf_8", "utf-8", "47 72 C3 BC", "Grü"},
    {"utf_8_with_mark", "utf-8", "EFBBBF 61", "a"},
    {"utf_16_with_mark", "utf-16", "FFFE47007200FC00DF00650020002D4E", "Grüße 中"},
    {"utf_16_without_mark_big_endian", "utf-16", "0047007200FC", "Grü"},
    {"utf_16le", "utf-16le", "47007200FC00DF00650020002D4E", "Grüße 中"},
    {"utf_16be_with_surrogates", "utf-16be", "0047007200FC00DF00650020D840DC00", "Grüße 𠀀"},
    {"utf_16_lone_surrogate", "utf-16be", "0041D8400042", "A\uFFFDB"},
    {"utf_7", "utf-7", "47722B4150774133772D65202B5469302D", "Grüße 中"},
    {"hz", "hz-gb-2312", "7E7B44633A437E7D", "你好"},
    {"iso_2022_kr", "iso-2022-kr", "1B2429430E3E4833670F", "안녕"},
    {"iso_2022_jp", "iso-2022-jp", "1B2442467C4B5C386C1B284220616263", "日本語 abc"},
    {"iso_2022_jp_nec_row_13", "iso-2022-jp", "1B24422D212D6A1B2842", "①㈱"},
    {"iso_2022_jp_katakana", "iso-2022-jp", "1B284931 32331B2842", "ｱｲｳ"},
    {"iso_2022_jp_1_has_jis_212", "iso-2022-jp-1", "1B24284430211B2842", "丂"},
    {"iso_2022_jp_line_end_ends_the_kanji", "iso-2022-jp", "1B2442467C0A61", "日\na"},
};

const Row kWrongLabels[] = {
    {"utf_8_labelled_latin1", "iso-8859-1", "4772C3BCC39F65", "Grüße"},
    {"utf_8_labelled_gb2312", "gb2312", "E4B8ADE69687E982AEE4BBB6", "中文邮件"},
    {"utf_8_labelled_ascii", "us-ascii", "E4B8ADE69687", "中文"},
    {"utf_8_labelled_utf_16", "utf-16", "4772C3BCC39F6521", "Grüße!"},
    {"utf_8_labelled_iso_2022_jp", "iso-2022-jp", "E697A5E69CACE8AA9E", "日本語"},
    {"iso_2022_jp_labelled_utf_8", "utf-8", "1B2442467C4B5C386C1B2842", "日本語"},
    {"gbk_labelled_utf_8", "utf-8", "C4FABAC3A3ACD5E2CAC7D2BBB7E2B2E2CAD4D3CABCFEA1A3", "您好，这是一封测试邮件。"},
    {"latin1_labelled_utf_8", "utf-8", "4772FCDF652061757320BA6C6E", "Grüße aus ºln"},
    {"gbk_without_label", "", "C4FABAC3A3ACD5E2CAC7D2BBB7E2B2E2CAD4D3CABCFEA1A3", "您好，这是一封测试邮件。"},
    {"gbk_four_characters_without_label", "", "B2E2CAD4D3CABCFE", "测试邮件"},
    {"gbk_single_characters_among_ascii", "", "32303039C4EA34D4C23238C8D5", "2009年4月28日"},
    {"shift_jis_kana_among_ascii", "", "546F3A20834A83938347", "To: カンエ"},
    {"koi8_r_word_without_label", "", "F0D2C9D7C5D4", "Привет"},
    {"windows_1251_word_without_label", "", "CFF0E8E2E5F2", "Привет"},
    {"latin1_without_label", "", "4772FCDF6520617573204BF66C6E", "Grüße aus Köln"},
    {"unknown_label_and_utf_8", "x-unknown", "4772C3BC", "Grü"},
    {"utf_8_with_one_damaged_character", "utf-8", "C3A4C3B6C3BCC3A4FFC3B6C3BC", "äöüä\uFFFDöü"},
};

const char* const kForgivenLabels[] = {"UTF-8",   "utf8",    "\"utf-8\"",           "utf-8;", " utf-8 ",
                                       "'utf-8'", "x-utf-8", "utf-8 format=flowed", "UTF_8",  "unicode-1-1-utf-8"};
}  // namespace mime_charset_test

BOOST_AUTO_TEST_SUITE(mime_charsets)

using namespace mime_charset_test;

BOOST_DATA_TEST_CASE(the_label_decides, data::make(kRightLabels), row) {
  Charsets charsets;
  std::string out;
  charsets.append(out, hex(row.bytes), row.label);
  BOOST_TEST(out == row.expected);
  BOOST_TEST(haulier::mime::is_utf8(out));
}

BOOST_DATA_TEST_CASE(bytes_that_are_something_else_win_over_the_label, data::make(kWrongLabels), row) {
  Charsets charsets;
  std::string out;
  charsets.append(out, hex(row.bytes), row.label);
  BOOST_TEST(out == row.expected);
}

BOOST_DATA_TEST_CASE(sloppy_labels_are_understood, data::make(kForgivenLabels), label) {
  BOOST_TEST(charset_of_label(label).name == "utf-8");
}

BOOST_AUTO_TEST_CASE(labels_mean_what_browsers_take_them_for) {
  const std::pair<const char*, const char*> pairs[] = {
      {"gb2312", "gb18030"},     {"x-gbk", "gb18030"},           {"latin1", "windows-1252"},
      {"ascii", "windows-1252"}, {"ks_c_5601-1987", "euc-kr"},   {"csshiftjis", "shift_jis"},
      {"big5-hkscs", "big5"},    {"iso-8859-11", "windows-874"}, {"logical", "iso-8859-8"},
      {"l5", "windows-1254"},    {"unicode", "utf-16"},          {"cp1251", "windows-1251"}};
  for (const auto& [label, name] : pairs) BOOST_TEST(charset_of_label(label).name == name);
  BOOST_TEST(charset_of_label("no-such-charset").name.empty());
  BOOST_TEST(charset_of_label("../../etc/passwd").name.empty());
  BOOST_TEST(charset_of_label(std::string(1000, 'x')).name.empty());
}

BOOST_AUTO_TEST_CASE(every_encoding_of_the_table_has_a_converter) {
  const char* const names[] = {
      "ibm866",       "iso-8859-2",   "iso-8859-3",   "iso-8859-4",   "iso-8859-5",     "iso-8859-6",   "iso-8859-7",
      "iso-8859-8",   "iso-8859-10",  "iso-8859-13",  "iso-8859-14",  "iso-8859-15",    "iso-8859-16",  "koi8-r",
      "koi8-u",       "macintosh",    "windows-874",  "windows-1250", "windows-1251",   "windows-1253", "windows-1254",
      "windows-1255", "windows-1256", "windows-1257", "windows-1258", "x-mac-cyrillic", "cp437",        "cp850",
      "cp852",        "cp855",        "cp857",        "cp858",        "cp862"};
  std::string all;
  for (int byte = 0x80; byte < 0x100; ++byte) all.push_back(static_cast<char>(byte));
  for (const char* name : names) {
    Charsets charsets;
    std::string out;
    const auto done = charsets.append(out, all, name);
    BOOST_TEST_CONTEXT(name) {
      BOOST_TEST(haulier::mime::is_utf8(out));
      BOOST_TEST(done.invalid < 60u);
      // A table that is missing would give the Latin-1 characters or replacements only.
      std::string latin;
      for (char32_t c = 0x80; c < 0x100; ++c) haulier::mime::append_utf8(latin, c);
      BOOST_TEST(out != latin);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_raw_header_follows_the_hint_of_the_body) {
  Charsets charsets;
  std::string out;
  charsets.append_unlabelled(out, hex("B4FA"), "big5");
  BOOST_TEST(out == "測");
}

BOOST_AUTO_TEST_CASE(what_was_done_is_told) {
  Charsets charsets;
  std::string out;
  auto done = charsets.append(out, "abc", "x-martian");
  BOOST_TEST(done.unknown_label);
  BOOST_TEST(done.used == "us-ascii");
  done = charsets.append(out, hex("C3BC"), "iso-8859-1");
  BOOST_TEST(done.mismatch);
  BOOST_TEST(done.used == "utf-8");
  done = charsets.append(out, hex("81"), "iso-2022-kr");
  BOOST_TEST(done.invalid == 1u);
}

// The table for double-byte text is made after a while; from then on it must say what ICU said before.
BOOST_AUTO_TEST_CASE(much_double_byte_text_converts_as_little_does) {
  for (const char* label : {"gb18030", "big5", "shift_jis", "euc-jp", "euc-kr"}) {
    std::string all;
    for (int lead = 0x81; lead < 0xFF; ++lead) {
      for (int trail = 0x40; trail < 0xFF; ++trail) {
        all.push_back(static_cast<char>(lead));
        all.push_back(static_cast<char>(trail));
        all.append("\n");
      }
    }
    Charsets charsets;
    std::string before;
    const auto first = charsets.append(before, std::string_view(all).substr(0, 60000), label);
    std::string filled;
    charsets.append(filled, all, label);
    std::string after;
    const auto second = charsets.append(after, std::string_view(all).substr(0, 60000), label);
    BOOST_TEST_CONTEXT(label) {
      BOOST_TEST((before == after));
      BOOST_TEST(first.invalid == second.invalid);
    }
    for (std::size_t at = 0; at + 300 <= all.size(); at += 300) {
      std::string by_table;
      std::string by_icu;
      Charsets fresh;
      charsets.begin_message();  // a share of detections of its own
      static_cast<void>(charsets.append(by_table, all.substr(at, 300), label));
      static_cast<void>(fresh.append(by_icu, all.substr(at, 300), label));
      if (by_table != by_icu) BOOST_TEST(by_table == by_icu, label << " at " << at);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
