#include "json_writer.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>

namespace haulier::host::json_writer_test {

BOOST_AUTO_TEST_SUITE(framework_host_json_writer)

BOOST_AUTO_TEST_CASE(compact_text_keeps_the_order_it_is_told) {
  JsonWriter json;
  json.begin_object().member("z", 1).member("a", "x").key("l").begin_list().value(true).null().value(1.5).end_list();
  json.key("e").begin_object().end_object().end_object();
  BOOST_TEST(json.text() == R"({"z":1,"a":"x","l":[true,null,1.5],"e":{}})");
}

BOOST_AUTO_TEST_CASE(pretty_text_is_indented) {
  JsonWriter json(2);
  json.begin_object()
      .member("a", 1)
      .key("l")
      .begin_list()
      .value(1)
      .value(2)
      .end_list()
      .key("e")
      .begin_list()
      .end_list();
  json.end_object();
  BOOST_TEST(json.text() == "{\n  \"a\": 1,\n  \"l\": [\n    1,\n    2\n  ],\n  \"e\": []\n}");
}

BOOST_AUTO_TEST_CASE(strings_are_escaped_and_repaired) {
  BOOST_TEST(json_string("a\"b\\c\n\r\t\x01\x7F") == R"("a\"b\\c\n\r\t\u0001\u007f")");
  BOOST_TEST(json_string("\xE9\x82\xAE/") == "\"\xE9\x82\xAE/\"");
  BOOST_TEST(json_string("x\xFFy") == "\"x\xEF\xBF\xBDy\"");
}

BOOST_AUTO_TEST_CASE(numbers_are_short_and_exact) {
  BOOST_TEST(json_number(3) == "3");
  BOOST_TEST(json_number(-0.25) == "-0.25");
  BOOST_TEST(json_number(0.1) == "0.1");
  BOOST_TEST(json_number(1e300) == "1e+300");
  BOOST_TEST(json_number(std::numeric_limits<double>::quiet_NaN()) == "null");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace haulier::host::json_writer_test
