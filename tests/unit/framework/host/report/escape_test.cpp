#include "report/escape.hpp"

#include <boost/test/unit_test.hpp>

namespace haulier::host::escape_test {

BOOST_AUTO_TEST_SUITE(framework_host_report_escape)

BOOST_AUTO_TEST_CASE(harmless_text_stays) {
  BOOST_TEST(escape_for_terminal("Grüße, 邮件 \\ \"x\"") == "Grüße, 邮件 \\ \"x\"");
}

BOOST_AUTO_TEST_CASE(what_could_move_a_cursor_or_fake_a_line_is_shown) {
  BOOST_TEST(escape_for_terminal("a\nb\r\t\x1b[31m\x7f") == "a\\nb\\r\\t\\x1b[31m\\x7f");
  BOOST_TEST(escape_for_terminal(std::string("\0", 1)) == "\\x00");
  BOOST_TEST(escape_for_terminal("\xC2\x9B"
                                 "31m") == "\\x9b31m");  // C1 control: CSI
  BOOST_TEST(escape_for_terminal("exe.\xE2\x80\xAE"
                                 "gpj") == "exe.\\u{202e}gpj");  // right-to-left override
  BOOST_TEST(escape_for_terminal("\xE2\x81\xA6\xE2\x80\xA8") == "\\u{2066}\\u{2028}");
  BOOST_TEST(escape_for_terminal("\xFF\xC3") == "\\xff\\xc3");
}

BOOST_AUTO_TEST_CASE(time_is_utc_with_microseconds) {
  BOOST_TEST(format_utc(0) == "1970-01-01T00:00:00.000000Z");
  BOOST_TEST(format_utc(1'700'000'000'123'456) == "2023-11-14T22:13:20.123456Z");
  BOOST_TEST(format_utc(-1) == "1969-12-31T23:59:59.999999Z");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace haulier::host::escape_test
