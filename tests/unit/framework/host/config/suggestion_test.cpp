#include "config/suggestion.hpp"

#include <boost/test/unit_test.hpp>

namespace haulier::host::suggestion_test {

BOOST_AUTO_TEST_SUITE(framework_host_config_suggestion)

BOOST_AUTO_TEST_CASE(distance_counts_insertions_deletions_replacements_and_swaps) {
  BOOST_TEST(edit_distance("host", "host") == 0u);
  BOOST_TEST(edit_distance("hsot", "host") == 1u);
  BOOST_TEST(edit_distance("hos", "host") == 1u);
  BOOST_TEST(edit_distance("hostt", "host") == 1u);
  BOOST_TEST(edit_distance("Host", "host") == 0u);
  BOOST_TEST(edit_distance("", "abc") == 3u);
  BOOST_TEST(edit_distance("kitten", "sitting") == 3u);
}

BOOST_AUTO_TEST_CASE(only_a_near_word_is_suggested) {
  const std::vector<std::string> known = {"host", "port", "mailboxes", "batch"};
  BOOST_TEST(nearest("hots", known) == "host");
  BOOST_TEST(nearest("mailbox", known) == "mailboxes");
  BOOST_TEST(nearest("quarantine", known) == "");
  BOOST_TEST(nearest("x", {"y"}) == "");
}

BOOST_AUTO_TEST_CASE(without_a_near_word_a_short_list_is_shown) {
  BOOST_TEST(did_you_mean("hots", {"host"}) == "; did you mean \"host\"?");
  BOOST_TEST(did_you_mean("zzz", {"host", "port"}) == "; known: host, port");
  BOOST_TEST(did_you_mean("zzz", {"a1", "b1", "c1", "d1", "e1", "f1", "g1"}) == "");
  BOOST_TEST(did_you_mean("zzz", {}) == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace haulier::host::suggestion_test
