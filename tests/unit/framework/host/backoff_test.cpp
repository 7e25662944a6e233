#include "backoff.hpp"

#include <boost/test/unit_test.hpp>

namespace haulier::host::backoff_test {

BOOST_AUTO_TEST_SUITE(framework_host_backoff)

BOOST_AUTO_TEST_CASE(the_ceiling_doubles_up_to_the_cap) {
  const BackoffPolicy policy{.first_wait_ms = 1000, .max_wait_ms = 5000};
  BOOST_TEST(backoff_ms(policy, 1, 1.0) == 1000);
  BOOST_TEST(backoff_ms(policy, 2, 1.0) == 2000);
  BOOST_TEST(backoff_ms(policy, 3, 1.0) == 4000);
  BOOST_TEST(backoff_ms(policy, 4, 1.0) == 5000);
  BOOST_TEST(backoff_ms(policy, 1'000'000'000, 1.0) == 5000);
}

BOOST_AUTO_TEST_CASE(jitter_covers_everything_from_zero_to_the_ceiling) {
  const BackoffPolicy policy{.first_wait_ms = 1000, .max_wait_ms = 5000};
  BOOST_TEST(backoff_ms(policy, 3, 0.0) == 0);
  BOOST_TEST(backoff_ms(policy, 3, 0.5) == 2000);
  BOOST_TEST(backoff_ms(policy, 3, 7.0) == 4000);
  BOOST_TEST(backoff_ms(policy, 3, -1.0) == 0);
}

BOOST_AUTO_TEST_CASE(a_hint_wins_but_is_capped) {
  const BackoffPolicy policy{.first_wait_ms = 1000, .max_wait_ms = 5000, .max_hint_ms = 60'000};
  BOOST_TEST(backoff_ms(policy, 1, 0.0, 30'000) == 30'000);
  BOOST_TEST(backoff_ms(policy, 1, 0.5, 30'000) == 30'500);
  BOOST_TEST(backoff_ms(policy, 1, 0.0, 999'000'000) == 60'000);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace haulier::host::backoff_test
