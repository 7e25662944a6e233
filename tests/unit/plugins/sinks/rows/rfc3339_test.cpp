#include "rfc3339.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <limits>
#include <string>
#include <tuple>
#include <vector>

namespace rfc3339 = haulier::rfc3339;

BOOST_AUTO_TEST_SUITE(rows_rfc3339)

namespace {
using TimeAndText = std::tuple<std::int64_t, const char*>;
const std::vector<TimeAndText> kTimes = {
    {0, "1970-01-01T00:00:00.000000Z"},
    {-1, "1969-12-31T23:59:59.999999Z"},
    {951'782'400'000'000, "2000-02-29T00:00:00.000000Z"},
    {1'795'341'600'123'456, "2026-11-22T10:00:00.123456Z"},
    {4'107'542'399'000'000, "2100-02-28T23:59:59.000000Z"},
    {4'107'542'400'000'000, "2100-03-01T00:00:00.000000Z"},
    {-62'167'219'200'000'000, "0000-01-01T00:00:00.000000Z"},
    {253'402'300'799'999'999, "9999-12-31T23:59:59.999999Z"},
};
}  // namespace

BOOST_DATA_TEST_CASE(times_have_one_text_and_come_back, boost::unit_test::data::make(kTimes), us, expected) {
  char text[rfc3339::kSize];
  BOOST_REQUIRE(rfc3339::format(us, text));
  BOOST_TEST(std::string(text, sizeof text) == expected);
  BOOST_TEST(rfc3339::parse(expected).value() == us);
}

BOOST_AUTO_TEST_CASE(texts_sort_as_the_times_do) {
  std::string before;
  for (std::int64_t us = -62'167'219'200'000'000; us < 253'402'300'799'999'999; us += 1'234'567'890'123'457) {
    char text[rfc3339::kSize];
    BOOST_REQUIRE(rfc3339::format(us, text));
    BOOST_TEST(before < std::string(text, sizeof text));
    before.assign(text, sizeof text);
    BOOST_TEST(rfc3339::parse(before).value() == us);
  }
}

BOOST_AUTO_TEST_CASE(times_without_four_digit_year_have_no_text) {
  char text[rfc3339::kSize];
  for (const std::int64_t us : {std::numeric_limits<std::int64_t>::min(), std::int64_t{-62'167'219'200'000'001},
                                std::int64_t{253'402'300'800'000'000}, std::numeric_limits<std::int64_t>::max()}) {
    BOOST_TEST(!rfc3339::format(us, text));
  }
}

BOOST_AUTO_TEST_CASE(other_texts_are_no_times) {
  for (const char* text :
       {"", "2026-11-22", "2026-11-22T10:00:00Z", "2026-11-22 10:00:00.123456Z", "2026-13-22T10:00:00.123456Z",
        "2026-11-22T24:00:00.123456Z", "2026-11-22T10:0x:00.123456Z"}) {
    BOOST_TEST(!rfc3339::parse(text).has_value());
  }
}

BOOST_AUTO_TEST_SUITE_END()
