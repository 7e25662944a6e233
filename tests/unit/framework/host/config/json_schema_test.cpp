#include "config/json_schema.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

namespace haulier::host::json_schema_test {

namespace data = boost::unit_test::data;

struct Case {
  const char* json;
  const char* fault;
};

std::ostream& operator<<(std::ostream& out, const Case& c) { return out << c.json; }

const Case kCases[] = {
    {"[]", "config schema at the top: must be an object"},
    {R"({"type":"text"})", "config schema at /type: \"text\" is not object, array, string, integer, number or boolean"},
    {R"({"oneOf":[]})",
     "config schema at the top: the keyword \"oneOf\" is not part of the supported subset of JSON Schema"},
    {R"({"type":"object","properties":{"a":{"typ":"string"}}})",
     "config schema at /properties/a: the keyword \"typ\" is not part of the supported subset of JSON Schema"},
    {R"({"type":"object","required":["a"]})", "config schema at /required: names a property that is not declared"},
    {R"({"type":"string","unit":"bytes"})", "config schema at /unit: only an integer has a unit"},
    {R"({"type":"integer","unit":"miles"})", "config schema at /unit: \"miles\" is not bytes, milliseconds or count"},
    {R"({"type":"integer","unit":"bytes","default":"x"})", "config schema at /default: \"x\" does not fit the unit"},
    {R"({"type":"string","pattern":"["})", "config schema at /pattern: is no valid regular expression"},
    {R"({"type":"string","minLength":-1})", "config schema at /minLength: must be a whole number, 0 or more"},
    {R"({"type":"string","minLength":"1"})", "config schema at /minLength: must be a whole number, 0 or more"},
    {R"({"type":"integer","minimum":"1"})", "config schema at /minimum: must be a number"},
    {R"({"type":"string","secret":1})", "config schema at /secret: must be true or false"},
    {R"({"items":3})", "config schema at /items: must be an object"},
};

BOOST_AUTO_TEST_SUITE(framework_host_config_json_schema)

BOOST_DATA_TEST_CASE(a_broken_schema_is_refused_with_its_pointer, data::make(kCases), one) {
  BOOST_CHECK_EXCEPTION((void)parse_schema(one.json), SchemaError, [&](const SchemaError& error) {
    BOOST_TEST(error.what() == std::string(one.fault));
    return true;
  });
}

BOOST_AUTO_TEST_CASE(text_that_is_no_json_is_refused) {
  BOOST_CHECK_THROW((void)parse_schema("{"), SchemaError);
  BOOST_CHECK_THROW((void)parse_schema(""), SchemaError);
}

BOOST_AUTO_TEST_CASE(properties_keep_their_order) {
  const Schema schema = parse_schema(R"({"properties":{"z":{},"a":{},"m":{}}})");
  BOOST_TEST(schema.properties.at(0).name == "z");
  BOOST_TEST(schema.properties.at(2).name == "m");
}

BOOST_AUTO_TEST_CASE(defaults_with_a_unit_become_numbers) {
  BOOST_TEST(parse_schema(R"({"type":"integer","unit":"bytes","default":"8MiB"})").default_json.value() == "8388608");
  BOOST_TEST(parse_schema(R"({"default":{"a":[1,true,null,"x",1.5]}})").default_json.value() ==
             R"({"a":[1,true,null,"x",1.5]})");
}

BOOST_AUTO_TEST_CASE(types_have_words) {
  BOOST_TEST(type_words(parse_schema(R"({"type":"array","items":{"type":"integer","unit":"bytes"}})")) ==
             "list of sizes in bytes");
  BOOST_TEST(type_words(parse_schema(R"({"type":"object"})")) == "map");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace haulier::host::json_schema_test
