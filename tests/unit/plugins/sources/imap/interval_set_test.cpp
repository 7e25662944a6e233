#include "proto/interval_set.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <random>
#include <set>

namespace interval_set_test {
using haulier::imap::IntervalSet;

IntervalSet set_of(std::string_view text) { return IntervalSet::parse(text).value(); }

std::set<std::uint32_t> numbers(const IntervalSet& set) {
  std::set<std::uint32_t> out;
  for (const auto& [lo, hi] : set.intervals()) {
    for (std::uint32_t n = lo; n <= hi; ++n) out.insert(n);
  }
  return out;
}

BOOST_AUTO_TEST_SUITE(interval_set)

struct ParseRow {
  const char* text;
  const char* canonical;  // null: refused
};
std::ostream& operator<<(std::ostream& out, const ParseRow& row) { return out << row.text; }
const ParseRow kParse[] = {{"", ""},
                           {"7", "7"},
                           {"1:3,4", "1:4"},
                           {"9,1:3,2:5", "1:5,9"},
                           {"5:1", "1:5"},
                           {"1:4294967295", "1:4294967295"},
                           {"4294967294,4294967295", "4294967294:4294967295"},
                           {"0", nullptr},
                           {"1:*", nullptr},
                           {"4294967296", nullptr},
                           {"1,", nullptr},
                           {",1", nullptr},
                           {"1:", nullptr},
                           {"-1", nullptr},
                           {"1 2", nullptr}};
BOOST_DATA_TEST_CASE(text_is_parsed_and_written_in_canonical_form, boost::unit_test::data::make(kParse), row) {
  const auto set = IntervalSet::parse(row.text);
  BOOST_REQUIRE_EQUAL(set.has_value(), row.canonical != nullptr);
  if (!set) return;
  BOOST_TEST(set->to_text() == row.canonical);
  BOOST_TEST((IntervalSet::parse(set->to_text()) == set));
}

BOOST_AUTO_TEST_CASE(a_set_of_all_uids_takes_one_interval) {
  const auto all = set_of("1:4294967295");
  BOOST_TEST(all.intervals().size() == 1U);
  BOOST_TEST(all.count() == 4294967295ULL);
  BOOST_TEST(all.minus(set_of("5")).to_text() == "1:4,6:4294967295");
}

BOOST_AUTO_TEST_CASE(algebra_agrees_with_a_set_of_numbers) {
  std::mt19937 random(42);
  for (int round = 0; round < 300; ++round) {
    IntervalSet a, b;
    for (int i = 0; i < 12; ++i) {
      const auto lo = static_cast<std::uint32_t>(random() % 60 + 1);
      (i % 2 ? a : b).insert(lo, lo + static_cast<std::uint32_t>(random() % 5));
    }
    std::set<std::uint32_t> minus, both, either = numbers(a);
    for (const auto n : numbers(a)) (b.contains(n) ? both : minus).insert(n);
    for (const auto n : numbers(b)) either.insert(n);
    auto joined = a;
    joined.insert(b);
    BOOST_TEST((numbers(a.minus(b)) == minus));
    BOOST_TEST((numbers(a.intersect(b)) == both));
    BOOST_TEST((numbers(joined) == either));
    BOOST_TEST(a.count() == numbers(a).size());
    BOOST_TEST((IntervalSet::parse(joined.to_text()).value() == joined));
  }
}

BOOST_AUTO_TEST_CASE(taking_the_first_numbers_leaves_the_rest) {
  auto set = set_of("1:5,10,20:30");
  BOOST_TEST(set.take_first(3, 1000).to_text() == "1:3");
  BOOST_TEST(set.take_first(4, 1000).to_text() == "4:5,10,20");
  BOOST_TEST(set.to_text() == "21:30");
}

BOOST_AUTO_TEST_CASE(taking_stops_at_the_command_line_limit_but_always_makes_progress) {
  auto set = set_of("1,3,5,7");
  BOOST_TEST(set.take_first(100, 3).to_text() == "1,3");
  BOOST_TEST(set.take_first(100, 0).to_text() == "5");
  BOOST_TEST(set.to_text() == "7");
}

BOOST_AUTO_TEST_CASE(tail_gives_the_highest_numbers) { BOOST_TEST(set_of("1:5,9").tail(3).to_text() == "4:5,9"); }

BOOST_AUTO_TEST_CASE(a_reversed_list_of_many_numbers_is_merged_in_one_pass) {
  std::vector<IntervalSet::Interval> reversed;
  for (std::uint32_t n = 400000; n > 0; n -= 2) reversed.push_back({n, n});
  BOOST_TEST(IntervalSet::from_unsorted(std::move(reversed)).count() == 200000U);
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace interval_set_test
