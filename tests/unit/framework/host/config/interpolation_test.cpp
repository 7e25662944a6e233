#include "config/interpolation.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "config/yaml_document.hpp"

namespace haulier::host::interpolation_test {

namespace data = boost::unit_test::data;

struct Case {
  const char* text;
  const char* result;  // the text afterwards, or "! " and the fault
};

std::ostream& operator<<(std::ostream& out, const Case& c) { return out << c.text; }

InterpolationSources sources() {
  InterpolationSources sources;
  sources.env = [](const char* name) -> const char* {
    if (std::string_view(name) == "HOST") return "imap.example.org";
    if (std::string_view(name) == "EMPTY") return "";
    if (std::string_view(name) == "NESTED") return "${env:HOST}";
    if (std::string_view(name) == "BYTES") return "\xFF";
    return nullptr;
  };
  sources.file = [](const std::string& path) {
    return path == "/run/secret" ? Lookup{"from file", {}} : Lookup{std::nullopt, "cannot read the file " + path};
  };
  sources.credential = [](const std::string& name) {
    return name == "me@example.org" ? Lookup{"pass: {word}", {}} : Lookup{std::nullopt, "no credential " + name};
  };
  return sources;
}

const Case kCases[] = {
    {"${env:HOST}", "imap.example.org"},
    {"a ${env:HOST} b ${env:HOST}", "a imap.example.org b imap.example.org"},
    {"${env:NONE:-fallback}", "fallback"},
    {"${env:EMPTY:-fallback}", "fallback"},
    {"${env:EMPTY}", ""},
    {"${env:NONE:-}", ""},
    {"${env:NONE:-a:-b}", "a:-b"},
    {"${env:NESTED}", "${env:HOST}"},
    {"${file:/run/secret}", "from file"},
    {"${credential:me@example.org}", "pass: {word}"},
    {"$${env:HOST}", "${env:HOST}"},
    {"$$${env:HOST}", "$${env:HOST}"},
    {"$5 and $HOME", "$5 and $HOME"},
    {"${env:NONE}", "! the environment variable NONE is not set"},
    {"${env:}", "! ${env:} names no variable"},
    {"${file:}", "! ${file:} names no file"},
    {"${credential:}", "! ${credential:} names no credential"},
    {"${file:/gone}", "! cannot read the file /gone"},
    {"${credential:you}", "! no credential you"},
    {"${HOST}", "! ${HOST} names no kind; write ${env:HOST}, or $${ for a literal ${"},
    {"${secret:x}", "! ${secret:...} is not known; use env, file or credential"},
    {"${env:HOST", "! \"${\" without \"}\"; write $${ for a literal ${"},
    {"${env:BYTES}", "! ${env:BYTES} is not valid UTF-8"},
};

BOOST_AUTO_TEST_SUITE(framework_host_config_interpolation)

BOOST_DATA_TEST_CASE(references_are_replaced_or_explained, data::make(kCases), one) {
  ConfigNode node(ConfigNode::Kind::scalar, {});
  node.text = one.text;
  Faults faults;
  std::vector<std::string> secrets;
  interpolate(node, sources(), faults, secrets);
  BOOST_TEST((faults.empty() ? node.text : "! " + faults.at(0).words) == one.result);
}

BOOST_AUTO_TEST_CASE(what_comes_in_never_changes_the_structure) {
  ConfigNode node = parse_yaml("a: [\"${credential:me@example.org}\", { \"${env:HOST}\": x }]", "t");
  Faults faults;
  std::vector<std::string> secrets;
  interpolate(node, sources(), faults, secrets);
  BOOST_TEST(faults.empty());
  const ConfigNode& list = node.entries.at(0).value;
  BOOST_TEST(list.items.size() == 2u);
  BOOST_TEST(list.items.at(0).text == "pass: {word}");
  BOOST_TEST(list.items.at(1).entries.at(0).key == "${env:HOST}");
}

BOOST_AUTO_TEST_CASE(values_of_files_and_credentials_are_secrets_and_every_fault_is_told) {
  ConfigNode node = parse_yaml("a: ${env:HOST}\nb: ${file:/run/secret}\nc: ${env:NO1}\nd: x${env:NO2}\n", "t");
  Faults faults;
  std::vector<std::string> secrets;
  interpolate(node, sources(), faults, secrets);
  BOOST_TEST(secrets.size() == 1u);
  BOOST_TEST(secrets.at(0) == "from file");
  BOOST_TEST(faults.size() == 2u);
  BOOST_TEST(faults.at(1).text() == "t:4:4: the environment variable NO2 is not set");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace haulier::host::interpolation_test
