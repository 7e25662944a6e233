#include "haulier/json.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

namespace {
namespace data = boost::unit_test::data;
using haulier::Json;

const char* const kBroken[] = {"",    "{",       "[1,]",        "{\"a\"}",   "{\"a\":}", "\"open", "tru",
                               "1 2", "\"\\x\"", "\"\\ud800\"", "\"\\u12\"", "nan",      "1e999",  "{a:1}"};
}  // namespace

BOOST_AUTO_TEST_SUITE(sdk_json)

BOOST_AUTO_TEST_CASE(values_of_every_kind_are_read) {
  const Json json = Json::parse(R"( {"a": [1, -2.5, true, null], "b": {"c": "x\n\"\u4e2d\ud83d\ude00"}} )");
  BOOST_TEST(json["a"].items().size() == 4u);
  BOOST_TEST(json["a"].items()[0].integer() == 1);
  BOOST_TEST(json["a"].items()[1].number() == -2.5);
  BOOST_TEST(json["a"].items()[2].boolean());
  BOOST_TEST(json["a"].items()[3].is_null());
  BOOST_TEST(json["b"]["c"].text() == "x\n\"\xE4\xB8\xAD\xF0\x9F\x98\x80");
}

BOOST_AUTO_TEST_CASE(large_integers_keep_every_digit) {
  BOOST_TEST(Json::parse("9007199254740993").integer() == 9007199254740993);
}

BOOST_DATA_TEST_CASE(broken_text_is_refused, data::make(kBroken), text) {
  BOOST_CHECK_THROW(Json::parse(text), haulier::Error);
}

BOOST_AUTO_TEST_CASE(deep_nesting_is_refused_and_not_followed) {
  BOOST_CHECK_THROW(Json::parse(std::string(100000, '[')), haulier::Error);
}

BOOST_AUTO_TEST_CASE(written_strings_read_back) {
  const std::string text = std::string("quote\" back\\ line\n tab\t ctl\x01 ") + "\xE4\xB8\xAD";
  std::string out;
  haulier::append_json_string(out, text);
  BOOST_TEST(Json::parse(out).text() == text);
}

BOOST_AUTO_TEST_SUITE_END()
