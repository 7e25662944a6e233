#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <deque>

#include "credential_fixtures.hpp"
#include "credentials/credential_error.hpp"
#include "credentials/login.hpp"

BOOST_AUTO_TEST_SUITE(framework_credentials_device_login)
using namespace credential_tests;

// The server's answers in order; the clock moves only while the program waits, so every wait can be measured.
struct DeviceFixture : StoreFixture {
  std::deque<HttpResponse> answers;
  std::vector<std::int64_t> asked_at;  // seconds after the beginning
  std::vector<std::string> forms;
  DevicePrompt shown;
  std::string code_answer =
      R"({"device_code":"dc","user_code":"ABCD-EFGH","verification_uri":"https://as.example/device","expires_in":600})";

  DeviceFixture() {
    const std::int64_t begin = clock.monotonic_ms;
    options.http = [this, begin](const HttpRequest& request) {
      forms.emplace_back(request.form.reveal());
      if (request.url.ends_with("/device")) return json_response(200, code_answer);
      asked_at.push_back((clock.monotonic_ms - begin) / 1000);
      HttpResponse answer = std::move(answers.front());
      answers.pop_front();
      if (answer.status == 0) throw HttpFailure("no answer in time", true, false);
      return answer;
    };
  }
  void answer(const std::string& error) { answers.push_back(json_response(400, R"({"error":")" + error + R"("})")); }
  void grant(const std::string& refresh = R"("refresh_token":"r",)") {
    answers.push_back(json_response(200, R"({"access_token":"a",)" + refresh + R"("token_type":"Bearer"})"));
  }
  LoginResult run() {
    LoginRequest request;
    request.account = "me@example.org";
    request.flow = Flow::device;
    request.device_url = "https://as.example/device";
    request.token_url = "https://as.example/token";
    request.client_id = "client";
    request.scope = "mail";
    request.imap_hosts = {"imap.example.org"};
    const LoginPlan plan = resolve_login(std::move(request), ProviderCatalogue::built_in(), options.http, std::nullopt);
    const auto made = store();
    return login_by_device(*made, plan, [&](const DevicePrompt& prompt) { shown = prompt; });
  }
};

BOOST_FIXTURE_TEST_CASE(pending_is_asked_again_every_five_seconds_and_slow_down_adds_five, DeviceFixture) {
  answer("authorization_pending");
  answer("slow_down");
  answer("authorization_pending");
  grant();
  run();
  BOOST_TEST(shown.user_code == "ABCD-EFGH");
  BOOST_TEST(forms[0] == "scope=mail&client_id=client");
  BOOST_TEST(forms[1] ==
             "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code=dc&client_id=client");
  const std::vector<std::int64_t> expected{5, 10, 20, 30};
  BOOST_TEST(asked_at == expected, boost::test_tools::per_element());
  BOOST_TEST(stored().refresh_token.reveal() == "r");
}

BOOST_FIXTURE_TEST_CASE(the_servers_interval_and_retry_after_are_obeyed, DeviceFixture) {
  code_answer =
      R"({"device_code":"dc","user_code":"A","verification_url":"https://g.example/d","interval":2,"expires_in":600})";
  answer("authorization_pending");
  answers.push_back(json_response(429, ""));
  answers.back().retry_after = "30";
  answers.emplace_back();  // a request without an answer
  grant();
  run();
  BOOST_TEST(shown.url == "https://g.example/d");
  const std::vector<std::int64_t> expected{2, 4, 34, 94};
  BOOST_TEST(asked_at == expected, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(denied_and_expired_end_it_and_store_nothing, DeviceFixture) {
  answer("access_denied");
  BOOST_CHECK_EXCEPTION(run(), SignInNeeded, [](const SignInNeeded& error) {
    return std::string(error.what()).find("denied on the other device") != std::string::npos;
  });
  answer("expired_token");
  BOOST_CHECK_EXCEPTION(run(), SignInNeeded, [](const SignInNeeded& error) {
    return std::string(error.what()).find("it has expired") != std::string::npos;
  });
  BOOST_TEST(store()->status().empty());
}

BOOST_FIXTURE_TEST_CASE(a_code_nobody_types_in_ends_by_our_own_clock_too, DeviceFixture) {
  code_answer = R"({"device_code":"dc","user_code":"A","verification_uri":"https://as.example/d","expires_in":12})";
  answer("authorization_pending");
  answer("authorization_pending");
  BOOST_CHECK_THROW(run(), SignInNeeded);
  BOOST_TEST(asked_at.size() == 2U);
}

BOOST_FIXTURE_TEST_CASE(no_refresh_token_fails_here_as_well, DeviceFixture) {
  grant("");
  BOOST_CHECK_THROW(run(), Misconfigured);
  BOOST_TEST(store()->status().empty());
}

static const std::vector<std::string> kBroken{"<html>", "{}", R"({"device_code":"dc","user_code":"A"})",
                                              R"({"user_code":"A","verification_uri":"https://as.example/d"})"};
BOOST_DATA_TEST_CASE_F(DeviceFixture, an_answer_without_a_code_is_a_protocol_fault, kBroken, body) {
  code_answer = body;
  BOOST_CHECK_THROW(run(), ProtocolFailure);
}

BOOST_FIXTURE_TEST_CASE(an_address_that_is_not_https_is_not_shown_to_anybody, DeviceFixture) {
  code_answer = R"({"device_code":"dc","user_code":"A","verification_uri":"http://evil.example/d"})";
  BOOST_CHECK_THROW(run(), Misconfigured);
  BOOST_TEST(shown.url == "");
}

BOOST_AUTO_TEST_SUITE_END()
