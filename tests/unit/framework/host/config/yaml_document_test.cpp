#include "config/yaml_document.hpp"

#include <boost/test/unit_test.hpp>

#include "cli/failure.hpp"

namespace haulier::host::yaml_document_test {

std::string fault_of(const std::string& text, const YamlLimits& limits = {}) {
  try {
    (void)parse_yaml(text, "t.yaml", limits);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no fault";
}

bool begins(const std::string& text, const std::string& start) { return text.starts_with(start); }

BOOST_AUTO_TEST_SUITE(framework_host_config_yaml_document)

BOOST_AUTO_TEST_CASE(places_are_one_based_and_count_characters) {
  const ConfigNode root = parse_yaml("a: 1\n\"发送\": { \"邮\": 件, b: 2 }\n", "t.yaml");
  const ConfigEntry& second = root.entries.at(1);
  BOOST_TEST(root.entries.at(0).value.place.text() == "t.yaml:1:4");
  BOOST_TEST(second.key_place.text() == "t.yaml:2:1");
  BOOST_TEST(second.value.entries.at(0).value.place.text() == "t.yaml:2:14");
  BOOST_TEST(second.value.entries.at(1).key_place.text() == "t.yaml:2:17");
}

BOOST_AUTO_TEST_CASE(scalars_stay_text_and_know_their_quotes) {
  const ConfigNode list = parse_yaml("- no\n- 012\n- \"yes\"\n- 'x'\n- |\n  block\n- ~\n-\n", "t.yaml");
  BOOST_TEST(list.items.at(0).text == "no");
  BOOST_TEST(list.items.at(1).text == "012");
  BOOST_TEST(!list.items.at(1).quoted);
  BOOST_TEST(list.items.at(2).quoted);
  BOOST_TEST(list.items.at(3).quoted);
  BOOST_TEST(list.items.at(4).quoted);
  BOOST_TEST((list.items.at(5).kind == ConfigNode::Kind::null));
  BOOST_TEST((list.items.at(6).kind == ConfigNode::Kind::null));
}

BOOST_AUTO_TEST_CASE(a_byte_order_mark_is_skipped_and_does_not_move_columns) {
  BOOST_TEST(parse_yaml("\xEF\xBB\xBFname: x", "t.yaml").entries.at(0).key_place.text() == "t.yaml:1:1");
}

BOOST_AUTO_TEST_CASE(invalid_utf8_and_nul_are_refused_with_their_place) {
  BOOST_TEST(fault_of("a: 1\nb: x\xC3\x28\n") == "t.yaml:2:5: not valid UTF-8");
  BOOST_TEST(fault_of("a: \xED\xA0\x80") == "t.yaml:1:4: not valid UTF-8");
  BOOST_TEST(fault_of(std::string("a: b\0c", 6)) == "t.yaml:1:5: a NUL byte");
}

BOOST_AUTO_TEST_CASE(aliases_are_expanded_and_keep_the_place_of_the_anchor) {
  const ConfigNode root = parse_yaml("a: &x { k: v }\nb: *x\n", "t.yaml");
  BOOST_TEST(root.entries.at(1).value.entries.at(0).value.text == "v");
  BOOST_TEST(root.entries.at(1).value.place.line == 1);
}

BOOST_AUTO_TEST_CASE(an_alias_bomb_ends_at_the_node_budget) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int j = 1; j < 10; ++j) bomb += ", " + before;
    bomb += "]\n";
  }
  BOOST_TEST(begins(fault_of(bomb), "t.yaml:"));
  BOOST_TEST(fault_of(bomb).find("more than 100000 values") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_alias_to_itself_ends_at_the_depth_limit) {
  BOOST_TEST(fault_of("a: &a [ *a ]").find("nested deeper than 64") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(limits_are_exact) {
  YamlLimits limits;
  limits.nodes = 4;  // the list and three items
  BOOST_TEST(fault_of("[a, b, c]", limits) == "no fault");
  BOOST_TEST(fault_of("[a, b, c, d]", limits) == "t.yaml:1:11: more than 4 values once aliases are expanded");
  limits = {};
  limits.depth = 3;
  BOOST_TEST(fault_of("[[a]]", limits) == "no fault");
  BOOST_TEST(fault_of("[[[a]]]", limits) == "t.yaml:1:4: nested deeper than 3 levels");
  limits = {};
  limits.size_bytes = 4;
  BOOST_TEST(fault_of("a: 1", limits) == "no fault");
  BOOST_TEST(begins(fault_of("a: 12", limits), "t.yaml: larger than 4 bytes"));
}

BOOST_AUTO_TEST_CASE(deep_flow_nesting_is_a_fault_and_no_crash) {
  BOOST_TEST(begins(fault_of(std::string(100'000, '[')), "t.yaml:1:"));
}

BOOST_AUTO_TEST_CASE(a_quoted_merge_key_is_an_ordinary_key) {
  BOOST_TEST(parse_yaml("\"<<\": 1", "t.yaml").entries.at(0).key == "<<");
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_read_is_a_configuration_failure) {
  for (const char* path : {"no/such/file.yaml", "/"}) {
    BOOST_CHECK_EXCEPTION((void)read_yaml_file(path), Failed, [](const Failed& failed) {
      return failed.failure().exit_code == ExitCode::bad_config && !failed.failure().what.empty();
    });
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace haulier::host::yaml_document_test
