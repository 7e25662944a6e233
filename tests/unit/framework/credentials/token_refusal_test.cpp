#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "credential_fixtures.hpp"
#include "credentials/token_endpoint.hpp"
#include "credentials/token_refusal.hpp"

BOOST_AUTO_TEST_SUITE(framework_credentials_token_refusal)
using namespace credential_tests;

struct RefusalRow {
  int status;
  const char* body;
  RefusalKind kind;
};
static std::ostream& operator<<(std::ostream& out, const RefusalRow& row) {
  return out << row.status << " " << row.body;
}

static const std::vector<RefusalRow> kRows{
    {500, "<html>", RefusalKind::transient},
    {504, "<html>", RefusalKind::transient},
    {503, R"({"error":"invalid_grant"})", RefusalKind::transient},  // an overloaded server is not believed
    {429, "", RefusalKind::transient},
    {408, "", RefusalKind::transient},
    {400, R"({"error":"temporarily_unavailable"})", RefusalKind::transient},
    {400, R"({"error":"invalid_grant","error_description":"AADSTS50196: loop"})", RefusalKind::transient},
    {400, R"({"error":"server_error","error_description":"AADSTS90033: passing"})", RefusalKind::transient},
    {400, R"({"error":"invalid_grant"})", RefusalKind::person},
    {400, R"({"error":"invalid_grant","error_description":"AADSTS700082: expired"})", RefusalKind::person},
    {400, R"({"error":"invalid_grant","error_description":"AADSTS70008: expired"})", RefusalKind::person},
    {400, R"({"error":"invalid_grant","error_description":"AADSTS50173: password"})", RefusalKind::person},
    {400, R"({"error":"invalid_grant","error_description":"AADSTS65001: consent"})", RefusalKind::person},
    {400, R"({"error":"interaction_required","error_description":"AADSTS50076: MFA"})", RefusalKind::person},
    {400, R"({"error":"interaction_required","error_description":"AADSTS50079: MFA"})", RefusalKind::person},
    {400, R"({"error":"interaction_required","error_description":"AADSTS53003: policy"})", RefusalKind::person},
    {400, R"({"error":"login_required"})", RefusalKind::person},
    {401, R"({"error":"invalid_client"})", RefusalKind::configuration},
    {401, R"({"error":"invalid_client","error_description":"AADSTS7000215: secret"})", RefusalKind::configuration},
    {401, R"({"error":"invalid_client","error_description":"AADSTS7000222: secret"})", RefusalKind::configuration},
    {400, R"({"error":"unauthorized_client","error_description":"AADSTS700016: id"})", RefusalKind::configuration},
    {400, R"({"error":"invalid_request","error_description":"AADSTS90002: tenant"})", RefusalKind::configuration},
    {401, "", RefusalKind::configuration},
    {404, "<html>not here</html>", RefusalKind::configuration},
    {302, "", RefusalKind::configuration},
    {204, "", RefusalKind::protocol},
};
BOOST_DATA_TEST_CASE(every_row_of_the_decision_table, kRows, row) {
  const TokenRefusal refusal = classify_refusal(json_response(row.status, row.body), 0);
  BOOST_TEST((refusal.kind == row.kind), refusal.words);
  BOOST_TEST(!refusal.words.empty());
  // A fault in the middle of the work: the refresh token may have been replaced.
  BOOST_TEST(refusal.outcome_unknown == (row.status == 500 || row.status == 504));
}

BOOST_AUTO_TEST_CASE(retry_after_is_read_as_seconds_and_as_a_date) {
  BOOST_TEST((parse_retry_after("120", 0) == std::chrono::seconds{120}));
  BOOST_TEST((parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", 784111777 - 30) == std::chrono::seconds{30}));
  BOOST_TEST((parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", 784111777 + 30) == std::chrono::seconds{0}));
  BOOST_TEST((parse_retry_after("999999", 0) == std::chrono::seconds{3600}));
  BOOST_TEST((parse_retry_after("-5", 0) == std::chrono::seconds{0}));
  BOOST_TEST((!parse_retry_after("soon", 0)));
  BOOST_TEST((!parse_retry_after("", 0)));
}

BOOST_AUTO_TEST_CASE(a_request_that_got_no_answer_has_an_unknown_outcome) {
  const TokenRefusal sent = classify_failure(HttpFailure("no answer in time", true, false));
  BOOST_TEST((sent.kind == RefusalKind::transient && sent.outcome_unknown));
  const TokenRefusal unsent = classify_failure(HttpFailure("refused", false, false));
  BOOST_TEST((unsent.kind == RefusalKind::transient && !unsent.outcome_unknown));
  BOOST_TEST((classify_failure(HttpFailure("bad certificate", false, true)).kind == RefusalKind::protocol));
}

static TokenAnswer ask(const HttpResponse& response, const Secret& client_secret, ClientAuth how, HttpRequest* seen) {
  const std::string url = "https://as.example/token";
  const std::string client = "id:1";
  const std::string ca;
  const HttpExchange http = [&](const HttpRequest& request) {
    if (seen != nullptr) {
      seen->form = request.form.clone();
      seen->authorization = request.authorization.clone();
    }
    return json_response(response.status, std::string(response.body.reveal()));
  };
  return ask_token_endpoint(http, system_environment(), {url, client, client_secret, how, ca}, {{"grant_type", "x y"}});
}

BOOST_AUTO_TEST_CASE(client_proves_itself_as_it_was_registered) {
  HttpRequest seen;
  const HttpResponse ok = json_response(200, R"({"access_token":"a","token_type":"bearer"})");
  BOOST_TEST(ask(ok, Secret(), ClientAuth::basic, &seen).index() == 0U);
  BOOST_TEST(seen.form.reveal() == "grant_type=x+y&client_id=id%3A1");
  BOOST_TEST(ask(ok, Secret("p w"), ClientAuth::basic, &seen).index() == 0U);
  BOOST_TEST(seen.form.reveal() == "grant_type=x+y");
  BOOST_TEST(seen.authorization.reveal() == "Basic aWQlM0ExOnArdw==");  // id%3A1:p+w
  BOOST_TEST(ask(ok, Secret("p w"), ClientAuth::post, &seen).index() == 0U);
  BOOST_TEST(seen.form.reveal() == "grant_type=x+y&client_id=id%3A1&client_secret=p+w");
}

static const std::vector<std::string> kNoTokens{"<html>welcome</html>",
                                                "",
                                                "{}",
                                                R"({"access_token":"a"})",
                                                R"({"access_token":"","token_type":"Bearer"})",
                                                R"({"access_token":"a","token_type":"mac"})",
                                                R"({"access_token":{"x":1},"token_type":"Bearer"})"};
BOOST_DATA_TEST_CASE(a_success_without_a_token_is_a_protocol_fault_with_unknown_outcome, kNoTokens, body) {
  const TokenAnswer answer = ask(json_response(200, body), Secret(), ClientAuth::basic, nullptr);
  BOOST_REQUIRE(answer.index() == 1U);
  BOOST_TEST((std::get<TokenRefusal>(answer).kind == RefusalKind::protocol));
  BOOST_TEST(std::get<TokenRefusal>(answer).outcome_unknown);
}

BOOST_AUTO_TEST_SUITE_END()
