#include "mime/dates.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>

namespace mime_dates_test {
namespace data = boost::unit_test::data;

struct DateCase {
  const char* text;
  std::int64_t utc_s;
  int offset_min;
};
std::ostream& operator<<(std::ostream& out, const DateCase& c) { return out << c.text; }

const DateCase kDates[] = {
    {"Tue, 1 Jul 2003 10:52:37 +0200", 1057049557, 120},
    {"1 Jul 2003 10:52:37 +0200", 1057049557, 120},
    {"Fri, 21 Nov 1997 09(comment):   55  :  06 -0600", 880127706, -360},
    {"Tue,  1 Jul 2003 08:52:37 GMT", 1057049557, 0},
    {"Tue, 01 Jul 2003 03:52:37 -0500 (CDT)", 1057049557, -300},
    {"Tue, 1 Jul 03 10:52:37 +0200", 1057049557, 120},
    {"Tue, 1 Jul 103 10:52:37 +0200", 1057049557, 120},
    {"Tue, 1 July 2003 10:52:37 +0200", 1057049557, 120},
    {"Tue Jul  1 08:52:37 2003", 1057049557, 0},
    {"Tue Jul  1 10:52:37 2003 +0200", 1057049557, 120},
    {"Tue Jul  1 10:52:37 CEST 2003", 1057049557, 120},
    {"Tue, 1 Jul 2003 04:52:37 EDT", 1057049557, -240},
    {"Tue, 1 Jul 2003 17:52:37 JST", 1057049557, 540},
    {"Tue, 1 Jul 2003 08:52 +0000", 1057049520, 0},
    {"Tue, 1 Jul 2003 08:52:37 Z", 1057049557, 0},
    {"Tue, 1 Jul 2003 08:52:37 XYZ", 1057049557, 0},
    {"Tue, 1 Jul 2003 08:52:37", 1057049557, 0},
    {"Tue, 1 Jul 2003 10:52:37 GMT+0200", 1057049557, 120},
    {"Tue, 1 Jul 2003 10:52:37 +02:00", 1057049557, 120},
    {"Tue, 1 Jul 2003 10:52:37 +0200 (W. Europe (Berlin))", 1057049557, 120},
    {"Tue (x), 1 (y) Jul 2003 10:52:37 +0200", 1057049557, 120},
    {"2003-07-01T10:52:37+02:00", 1057049557, 120},
    {"2003-07-01 08:52:37", 1057049557, 0},
    {"2003-07-01T08:52:37.123Z", 1057049557, 0},
    {"01-Jul-2003 10:52:37 +0200", 1057049557, 120},
    {"Mon, 29 Feb 2016 00:00:00 +0000", 1456704000, 0},
    {"Sat, 31 Dec 2016 23:59:60 +0000", 1483228800, 0},
    {"Thu, 1 Jan 1970 00:00:01 +0000", 1, 0},
    {"Fri, 19 Jan 2038 03:14:08 +0000", 2147483648, 0},
    {"Tue, 1 Jul 2003 14:22:37 +0530", 1057049557, 330},
    {"\tTue,\r\n 1 Jul 2003 10:52:37 +0200", 1057049557, 120},
};

const char* const kNoDates[] = {"",
                                "never",
                                "Tue, 31 Feb 2003 10:52:37 +0000",
                                "Tue, 0 Jul 2003 10:52:37",
                                "Tue, 1 Jul",
                                "Tue, 1 Jul 2003 25:00:00",
                                "Tue, 1 Jul 2003 10:99:00",
                                "1 Jul 1960 00:00:00",
                                "((((",
                                "99999999999999999999",
                                "Tue, 1 Xxx 2003 10:52:37",
                                "::::::",
                                "Thu, 1 Jan 1970 00:00:01 +0100"};
}  // namespace mime_dates_test

BOOST_AUTO_TEST_SUITE(mime_dates)

using namespace mime_dates_test;

BOOST_DATA_TEST_CASE(dates_are_read, data::make(kDates), row) {
  const auto date = haulier::mime::parse_date(row.text);
  BOOST_REQUIRE(date.has_value());
  BOOST_TEST(date->utc_us == row.utc_s * 1'000'000);
  BOOST_TEST(date->offset_min == row.offset_min);
}

BOOST_DATA_TEST_CASE(no_date_is_made_up, data::make(kNoDates), text) {
  BOOST_TEST(!haulier::mime::parse_date(text).has_value());
}

// A comment in front makes the reader take the long way.
BOOST_AUTO_TEST_CASE(the_usual_way_to_write_a_date_is_read_as_any_other) {
  for (const std::string_view weekday : {"", "Tue, ", "sat, ", "Mar, ", "Tue ", "Tue,"}) {
    for (const std::string_view day : {"1", "01", "31", "00", "32", "1x", "111"}) {
      for (const std::string_view month : {" Jul ", " feb ", " Xyz ", "-Jul-", " July ", " 1ul "}) {
        for (const std::string_view time : {"2003 10:52:37", "2003 25:00:00", "2003 10:60:00", "0003 1:52:37",
                                            "12003 10:52:37", "2003 10:52:37.5", "1969 10:52:61", "2003 10:52"}) {
          for (const std::string_view zone : {" +0200", " -0930", " +2400", " +0060", " +02000", " +020", " GMT",
                                              "+0200", " +0200 (x) 12 Aug 2009 11:11:11 -0100", " +0200Z", ""}) {
            std::string text(weekday);
            text.append(day).append(month).append(time).append(zone);
            const auto usual = haulier::mime::parse_date(text);
            const auto other = haulier::mime::parse_date("(x) " + text);
            BOOST_TEST_CONTEXT(text) {
              BOOST_TEST(usual.has_value() == other.has_value());
              if (!usual || !other) continue;
              BOOST_TEST(usual->utc_us == other->utc_us);
              BOOST_TEST(usual->offset_min == other->offset_min);
            }
          }
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_received_field_has_its_date_behind_the_semicolon) {
  const auto date = haulier::mime::parse_received_date("from a (b; c) by d; Tue, 1 Jul 2003 10:52:37 +0200");
  BOOST_REQUIRE(date.has_value());
  BOOST_TEST(date->utc_us == 1057049557000000);
  BOOST_TEST(!haulier::mime::parse_received_date("from a by b").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
