#include "config/config_check.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "config/yaml_document.hpp"

namespace haulier::host::config_check_test {

namespace data = boost::unit_test::data;

struct Case {
  const char* schema;
  const char* yaml;
  const char* result;  // JSON, or the words of the first fault
};

std::ostream& operator<<(std::ostream& out, const Case& c) { return out << c.schema << " <- " << c.yaml; }

std::string checked(const std::string& schema, const std::string& yaml) {
  Faults faults;
  Faults warnings;
  const CheckedConfig config = check_config(parse_yaml(yaml, "t"), parse_schema(schema), faults, warnings);
  return faults.empty() ? config.json : faults.front().words;
}

constexpr const char* kString = R"({"type":"string"})";
constexpr const char* kInteger = R"({"type":"integer"})";
constexpr const char* kNumber = R"({"type":"number"})";
constexpr const char* kBoolean = R"({"type":"boolean"})";
constexpr const char* kBytes = R"({"type":"integer","unit":"bytes"})";
constexpr const char* kTime = R"({"type":"integer","unit":"milliseconds"})";
constexpr const char* kAny = "{}";
constexpr const char* kLevels = R"({"type":"integer","enum":[1,2]})";
constexpr const char* kShort = R"({"type":"string","minLength":2,"maxLength":3})";
constexpr const char* kName = R"({"type":"string","pattern":"^[a-z]+$"})";
constexpr const char* kMap = R"({"type":"object","additionalProperties":{"type":"integer"}})";

const Case kCases[] = {
    {kString, "no", R"("no")"},
    {kString, "012", R"("012")"},
    {kString, "1.0", R"("1.0")"},
    {kString, "true", R"("true")"},
    {kString, "\"a\\nb\"", R"("a\nb")"},
    {kString, "~", "this has no value; give it a string or remove the key"},
    {kString, "[a]", "this must be a string, not a list"},
    {kString, "{a: b}", "this must be a string, not a map"},
    {kInteger, "12", "12"},
    {kInteger, "-9223372036854775808", "-9223372036854775808"},
    {kInteger, "9223372036854775808", "this must be an integer, not \"9223372036854775808\""},
    {kInteger, "012", "this must be an integer, not \"012\"; a leading zero is ambiguous (octal?)"},
    {kInteger, "0x1F", "this must be an integer, not \"0x1F\""},
    {kInteger, "1_000", "this must be an integer, not \"1_000\""},
    {kInteger, "1e3", "this must be an integer, not \"1e3\""},
    {kInteger, "\"12\"", "this must be an integer, not the text \"12\"; remove the quotes"},
    {kInteger, "0", "0"},
    {kLevels, "3", "this must be one of: 1, 2, not \"3\""},
    {kNumber, "1.5", "1.5"},
    {kNumber, "2", "2"},
    {kNumber, "1e3", "1000"},
    {kNumber, ".5", "this must be a number, not \".5\""},
    {kNumber, ".inf", "this must be a number, not \".inf\""},
    {kNumber, "nan", "this must be a number, not \"nan\""},
    {kBoolean, "true", "true"},
    {kBoolean, "False", "false"},
    {kBoolean, "no", "this must be a boolean, not \"no\"; write true or false"},
    {kBoolean, "on", "this must be a boolean, not \"on\"; write true or false"},
    {kBoolean, "1", "this must be a boolean, not \"1\""},
    {kBoolean, "\"true\"", "this must be a boolean, not the text \"true\"; remove the quotes"},
    {kBytes, "8MiB", "8388608"},
    {kBytes, "\"8 MiB\"", "8388608"},
    {kBytes, "1000", "1000"},
    {kBytes, "-5", "-5"},
    {kBytes, "8MiBs", "this must be a size in bytes, not \"8MiBs\"; write for example 8MiB"},
    {kTime, "1h30m", "5400000"},
    {kTime, "0", "0"},
    {kTime, "30", "this must be a duration, not \"30\"; write it with its unit, for example 500ms, 30s, 1h30m"},
    {kTime, "\"30\"",
     "this must be a duration, not the text \"30\"; write it with its unit, for example 500ms, 30s, 1h30m"},
    {kShort, "a", "this must have at least 2 characters"},
    {kShort, "邮件们", "\"邮件们\""},
    {kShort, "abcd", "this may have at most 3 characters"},
    {kName, "aB", "this must match ^[a-z]+$, \"aB\" does not"},
    {kMap, "{a: 1, b: 2}", R"({"a":1,"b":2})"},
    {kMap, "{a: 1, b: x}", "\"b\" must be an integer, not \"x\""},
    {kAny, "{a: [1, 1.5, true, no, \"1\", 012, ~, x]}", R"({"a":[1,1.5,true,"no","1","012",null,"x"]})"},
};

BOOST_AUTO_TEST_SUITE(framework_host_config_config_check)

BOOST_DATA_TEST_CASE(scalars_mean_what_the_schema_says, data::make(kCases), one) {
  BOOST_TEST(checked(one.schema, one.yaml) == one.result);
}

BOOST_AUTO_TEST_CASE(a_map_that_is_left_out_is_filled_only_when_nothing_in_it_is_required) {
  const std::string optional = R"({"type":"object","properties":{"m":{"type":"object","properties":{
      "a":{"type":"integer","default":1},"n":{"type":"object","properties":{"b":{"type":"boolean","default":true}}}}}}})";
  BOOST_TEST(checked(optional, "{}") == R"({"m":{"a":1,"n":{"b":true}}})");
  const std::string needed = R"({"type":"object","properties":{"m":{"type":"object","required":["a"],"properties":{
      "a":{"type":"integer"},"b":{"type":"integer","default":2}}}}})";
  BOOST_TEST(checked(needed, "{}") == "{}");
  BOOST_TEST(checked(needed, "{m: {}}") == "key \"a\" is missing in \"m\"");
}

BOOST_AUTO_TEST_CASE(a_quoted_reference_may_become_a_number_and_is_never_shown) {
  ConfigNode node = parse_yaml("\"993\"", "t");
  node.interpolated = true;
  Faults faults;
  Faults warnings;
  BOOST_TEST(check_config(node, parse_schema(kInteger), faults, warnings).json == "993");
  node.text = "hunter2";
  (void)check_config(node, parse_schema(kInteger), faults, warnings);
  BOOST_TEST(faults.at(0).words == "this must be an integer, not another value");
}

BOOST_AUTO_TEST_CASE(pointers_escape_tilde_and_slash) {
  Faults faults;
  Faults warnings;
  const CheckedConfig config = check_config(
      parse_yaml("a/b~c: 1", "t"), parse_schema(R"({"type":"object","additionalProperties":true})"), faults, warnings);
  BOOST_TEST(config.places.find("/a~1b~0c").text() == "t:1:8");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace haulier::host::config_check_test
