#include "haulier/config.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(sdk_config)

BOOST_AUTO_TEST_CASE(an_error_names_the_place_of_its_setting) {
  const haulier::Config config(R"({"accounts": [{"user": "a"}, {"user": "b/c", "a/b~": 1}]})");
  const auto accounts = config.list("accounts");
  BOOST_TEST(accounts.size() == 2u);
  BOOST_TEST(accounts[1].text("user") == "b/c");
  BOOST_TEST(accounts[1].error("a/b~", "no").pointer() == "/accounts/1/a~1b~0");
  BOOST_TEST(accounts[1].error("user", "no").status() == HAULIER_BAD_CONFIG);
}

BOOST_AUTO_TEST_CASE(missing_members_give_the_caller_s_value) {
  const haulier::Config config(R"({"port": 993, "none": null})");
  BOOST_TEST(config.integer("port", 1) == 993);
  BOOST_TEST(config.integer("other", 7) == 7);
  BOOST_TEST(!config.has("none"));
  BOOST_TEST(config.at("deep").text("x", "y") == "y");
}

BOOST_AUTO_TEST_SUITE_END()
