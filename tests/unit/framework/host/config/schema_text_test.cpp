#include "config/schema_text.hpp"

#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>

#include <boost/test/unit_test.hpp>

#include "config/fake_catalog.hpp"

namespace haulier::host::schema_text_test {

BOOST_AUTO_TEST_SUITE(framework_host_config_schema_text)

const PluginDescription& letters() {
  static const testing::FakeCatalog kCatalog;
  return kCatalog.plugins().at(0);
}

BOOST_AUTO_TEST_CASE(the_markdown_table_has_a_row_per_key) {
  const std::string table = schema_markdown(parse_schema(letters().schema_json));
  BOOST_TEST(table ==
             "| key | type | default | meaning |\n"
             "|---|---|---|---|\n"
             "| `host` | string | required | name of the server; example: imap.example.org |\n"
             "| `port` | integer | `993` | port \\| TLS; 1 to 65535 |\n"
             "| `folders` | list of strings | `[\"INBOX\"]` |  |\n"
             "| `timeout` | duration | `30s` |  |\n"
             "| `batch` | map |  |  |\n"
             "| `batch.messages` | integer | `200` |  |\n"
             "| `batch.bytes` | size in bytes | `8MiB` | at least 1KiB |\n"
             "| `auth` | map |  |  |\n"
             "| `auth.password` | string |  | secret: never shown |\n"
             "| `auth.token` | string |  | secret: never shown |\n"
             "| `old` | string |  | deprecated: use host |\n");
}

BOOST_AUTO_TEST_CASE(the_description_names_every_key_with_its_default) {
  const std::string words = schema_words(parse_schema(letters().schema_json));
  BOOST_TEST(words.find("  host  (string, required)\n      name of the server") != std::string::npos);
  BOOST_TEST(words.find("  batch.bytes  (size in bytes, default 8MiB)\n") != std::string::npos);
  BOOST_TEST(schema_words(parse_schema("{}")) == "  (no settings)\n");
}

BOOST_AUTO_TEST_CASE(long_descriptions_are_wrapped) {
  std::string json = R"({"type":"object","properties":{"a":{"type":"string","description":")";
  for (int i = 0; i < 40; ++i) json += "words ";
  const std::string words = schema_words(parse_schema(json + "\"}}}"));
  std::size_t begin = 0;
  for (std::size_t end = words.find('\n'); end != std::string::npos; begin = end + 1, end = words.find('\n', begin)) {
    BOOST_TEST(end - begin <= 100u);
  }
}

Poco::JSON::Object::Ptr parsed(const std::string& json) {
  Poco::JSON::Parser parser;
  return parser.parse(json).extract<Poco::JSON::Object::Ptr>();
}

BOOST_AUTO_TEST_CASE(the_pipeline_schema_holds_every_plugin_and_refuses_other_keys) {
  const auto root = parsed(pipeline_json_schema(testing::FakeCatalog().plugins()));
  BOOST_TEST(!root->getValue<bool>("additionalProperties"));
  const auto properties = root->getObject("properties");
  const auto source = properties->getObject("source");
  BOOST_TEST(!source->getValue<bool>("additionalProperties"));
  BOOST_TEST(source->getObject("properties")->has("letters"));
  BOOST_TEST(!source->getObject("properties")->has("box"));
  const auto config = source->getObject("properties")->getObject("letters");
  BOOST_TEST(config->getValue<std::string>("description") == "letters from a server");
  const auto sinks = properties->getObject("sinks")->getObject("items");
  BOOST_TEST(sinks->getObject("properties")->has("box"));
  BOOST_TEST(properties->getObject("transforms")->getObject("items")->getObject("properties")->has("polish"));
}

BOOST_AUTO_TEST_CASE(the_editor_schema_accepts_units_and_references) {
  const auto root =
      parsed(schema_json(parse_schema(R"({"type":"integer","unit":"bytes","default":"8MiB","minimum":1})")));
  BOOST_TEST(root->getValue<std::string>("default") == "8MiB");
  const auto forms = root->getArray("anyOf");
  BOOST_TEST(forms->getObject(0)->getValue<std::string>("type") == "integer");
  BOOST_TEST(forms->getObject(0)->getValue<int>("minimum") == 1);
  BOOST_TEST(forms->getObject(1)->getValue<std::string>("type") == "string");
}

BOOST_AUTO_TEST_CASE(the_printed_schema_is_a_schema_for_the_same_checker) {
  const std::string json = R"({"type":"array","items":{"type":"string"},"minItems":1})";
  BOOST_TEST(type_words(parse_schema(schema_json(parse_schema(json)))) == "list of strings");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace haulier::host::schema_text_test
