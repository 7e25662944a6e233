#include "credentials/expiry_forecast.hpp"

#include <boost/test/unit_test.hpp>

#include "credential_fixtures.hpp"

BOOST_AUTO_TEST_SUITE(framework_credentials_expiry_forecast)
using namespace credential_tests;

constexpr std::int64_t kNow = 1'700'000'000;
constexpr std::int64_t kDay = 86'400;

static std::vector<std::string> warnings(const CredentialRecord& record, int days = 7) {
  return expiry_warnings("me@example.org", record, kNow, std::chrono::hours{24 * days});
}

BOOST_AUTO_TEST_CASE(nothing_known_is_nothing_said) {
  BOOST_TEST(expected_ends(oauth2_record(kNow, 3600)).empty());
  BOOST_TEST(warnings(oauth2_record(kNow, 3600)).empty());
  CredentialRecord password;
  password.method = Method::app_password;
  BOOST_TEST(warnings(password).empty());
}

BOOST_AUTO_TEST_CASE(what_the_provider_said_wins_over_its_general_rule) {
  CredentialRecord record = oauth2_record(kNow, 3600);
  record.provider = "google";
  BOOST_REQUIRE(expected_ends(record).size() == 1U);
  BOOST_TEST(expected_ends(record)[0].at == kNow + 180 * kDay);
  BOOST_TEST(expected_ends(record)[0].known_from.find("6 months") != std::string::npos);
  record.refresh_expires_at = kNow + 5 * kDay;
  BOOST_REQUIRE(expected_ends(record).size() == 1U);
  BOOST_TEST(expected_ends(record)[0].known_from == "the provider said so when it issued it");
}

BOOST_AUTO_TEST_CASE(an_end_is_warned_of_within_the_time_that_is_set) {
  CredentialRecord record = oauth2_record(kNow, 3600);
  record.refresh_expires_at = kNow + 7 * kDay + 1;
  BOOST_TEST(warnings(record).empty());
  BOOST_TEST(warnings(record, 8).size() == 1U);
  record.refresh_expires_at = kNow + 7 * kDay;
  BOOST_REQUIRE(warnings(record).size() == 1U);
  BOOST_TEST(warnings(record)[0] ==
             "me@example.org: the refresh token ends at 2023-11-21T22:13:20Z, in 7 days (the provider said so when it "
             "issued it). Sign in again: haulier auth login me@example.org");
  record.refresh_expires_at = kNow - 1;
  BOOST_TEST(warnings(record)[0].find("should have ended at 2023-11-14T22:13:19Z") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(secret_and_certificate_have_their_own_words_and_the_soonest_comes_first) {
  CredentialRecord record = oauth2_record(kNow, 3600);
  record.client_secret_expires_at = kNow + 3 * kDay;
  record.certificate_expires_at = kNow + 7200;
  const std::vector<std::string> all = warnings(record);
  BOOST_REQUIRE(all.size() == 2U);
  BOOST_TEST(all[0].find("the certificate ends at 2023-11-15T00:13:20Z, in 2 hours (it stands in the certificate). "
                         "Register a new one") != std::string::npos);
  BOOST_TEST(all[1].find("the client secret ends at 2023-11-17T22:13:20Z, in 3 days") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_access_token_that_cannot_be_renewed_is_always_warned_of) {
  CredentialRecord record = oauth2_record(kNow, 90 * kDay);
  record.refresh_token = Secret();
  BOOST_REQUIRE(warnings(record).size() == 1U);
  BOOST_TEST(warnings(record)[0].find("the access token, which cannot be renewed, ends at") != std::string::npos);
  record.expires_at = 0;
  BOOST_REQUIRE(warnings(record).size() == 1U);
  BOOST_TEST(warnings(record)[0].find("its end is not known") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(the_store_warns_once_per_process_and_lists_it_in_status, StoreFixture) {
  std::vector<std::string> warned;
  options.warn = [&](const std::string& words) { warned.push_back(words); };
  CredentialRecord record = oauth2_record(clock.unix_seconds, 3600);
  record.refresh_expires_at = clock.unix_seconds + 2 * kDay;
  const auto made = store_with(record);
  for (int use = 0; use < 3; ++use) {
    static_cast<void>(made->access("me@example.org", "imap.example.org", false));
    clock.advance(4000);
  }
  BOOST_REQUIRE(warned.size() == 1U);
  BOOST_TEST(warned[0].find("refresh-") == std::string::npos);
  BOOST_REQUIRE(made->status()[0].warnings.size() == 1U);
  BOOST_TEST(made->status()[0].ends[0].at == record.refresh_expires_at);
}

BOOST_FIXTURE_TEST_CASE(a_refresh_ahead_of_time_that_fails_is_warned_of, StoreFixture) {
  std::vector<std::string> warned;
  options.warn = [&](const std::string& words) { warned.push_back(words); };
  options.http = [](const HttpRequest&) { return json_response(503, ""); };
  const auto made = store_with(oauth2_record(clock.unix_seconds, 3600));
  clock.advance(3500);
  static_cast<void>(made->access("me@example.org", "imap.example.org", false));
  BOOST_REQUIRE(warned.size() == 1U);
  BOOST_TEST(warned[0].find("could not be renewed ahead of time (the token endpoint answered HTTP 503") !=
             std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
