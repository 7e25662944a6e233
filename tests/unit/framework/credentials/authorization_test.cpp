#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocket.h>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <thread>

#include "credential_fixtures.hpp"
#include "credentials/authorization.hpp"
#include "credentials/loopback_listener.hpp"

BOOST_AUTO_TEST_SUITE(framework_credentials_authorization)
using namespace credential_tests;

BOOST_AUTO_TEST_CASE(pkce_challenge_matches_rfc_7636_appendix_b) {
  BOOST_TEST(pkce_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") ==
             "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

BOOST_AUTO_TEST_CASE(verifier_and_state_are_new_each_time_and_43_characters) {
  const Environment environment = system_environment();
  const Pkce first = make_pkce(environment);
  BOOST_TEST(first.verifier.size() == 43U);
  BOOST_TEST(first.challenge == pkce_challenge(first.verifier.reveal()));
  BOOST_TEST(!first.verifier.equals(make_pkce(environment).verifier));
  BOOST_TEST(make_state(environment).size() == 43U);
  BOOST_TEST(make_state(environment) != make_state(environment));
}

BOOST_AUTO_TEST_CASE(url_carries_s256_and_encodes_every_value) {
  AuthorizationRequest request;
  request.authorize_url = "https://as.example/auth?tenant=1";
  request.client_id = "a&b";
  request.redirect_uri = "http://127.0.0.1:4711/callback";
  request.scope = "mail offline_access";
  request.state = "s";
  request.challenge = "c";
  request.extra = {{"prompt", "consent"}, {"state", "forged"}};
  BOOST_TEST(
      authorization_url(request) ==
      "https://as.example/auth?tenant=1&client_id=a%26b&code_challenge=c&code_challenge_method=S256&prompt=consent"
      "&redirect_uri=http%3A%2F%2F127.0.0.1%3A4711%2Fcallback&response_type=code&scope=mail%20offline_access"
      "&state=s");
}

static const ExpectedAnswer kExpected{"the-state", "https://as.example", true};

BOOST_AUTO_TEST_CASE(code_is_taken_when_state_and_issuer_fit) {
  const Secret code = code_from_answer("code=a%2Fb&state=the-state&iss=https%3A%2F%2Fas.example", kExpected);
  BOOST_TEST(code.reveal() == "a/b");
  BOOST_TEST(code_from_answer("code=c&state=s", {"s", "", false}).reveal() == "c");
  BOOST_TEST(code_from_answer("code=c&state=s", {"s", "https://as.example", false}).reveal() == "c");
}

static const std::vector<std::string> kForged{
    "code=c&state=other&iss=https%3A%2F%2Fas.example",
    "code=c&iss=https%3A%2F%2Fas.example",
    "code=c&state=the-state&iss=https%3A%2F%2Fas.example%2F",
    "code=c&state=the-state&iss=https%3A%2F%2Fevil.example",
    "code=c&state=the-state",
    "code=c&code=d&state=the-state&iss=https%3A%2F%2Fas.example",
    "error=access_denied&state=other&iss=https%3A%2F%2Fas.example",
    "state=the-state&iss=https%3A%2F%2Fas.example",
    "",
};
BOOST_DATA_TEST_CASE(an_answer_that_does_not_belong_to_this_sign_in_is_refused, kForged, query) {
  BOOST_CHECK_THROW(static_cast<void>(code_from_answer(query, kExpected)), ProtocolFailure);
}

BOOST_AUTO_TEST_CASE(a_refusal_by_the_person_is_not_a_fault_of_the_protocol) {
  const std::string rest = "&state=the-state&iss=https%3A%2F%2Fas.example";
  BOOST_CHECK_THROW(static_cast<void>(code_from_answer("error=access_denied" + rest, kExpected)), SignInNeeded);
  BOOST_CHECK_THROW(static_cast<void>(code_from_answer("error=invalid_scope" + rest, kExpected)), Misconfigured);
  BOOST_CHECK_THROW(static_cast<void>(code_from_answer("error=temporarily_unavailable" + rest, kExpected)),
                    TryAgainLater);
}

// One request on a connection of its own; the whole answer.
static std::string browse(std::uint16_t port, const std::string& request) {
  Poco::Net::StreamSocket socket(Poco::Net::SocketAddress("127.0.0.1", port));
  socket.setReceiveTimeout(Poco::Timespan(10, 0));  // a listener that has gone away must fail the test, not hang it
  socket.sendBytes(request.data(), static_cast<int>(request.size()));
  std::string answer;
  char piece[1024];
  try {
    for (int count = 0; (count = socket.receiveBytes(piece, sizeof piece)) > 0;) {
      answer.append(piece, static_cast<std::size_t>(count));
    }
  } catch (const Poco::Exception&) {
    answer += "(broken off)";
  }
  return answer;
}

BOOST_AUTO_TEST_CASE(listener_ignores_everything_but_its_own_path) {
  LoopbackListener listener("/callback");
  std::vector<std::string> answers;
  std::thread browser([&] {
    const Poco::Net::StreamSocket unused(Poco::Net::SocketAddress("127.0.0.1", listener.port()));  // a preconnect
    for (const char* line :
         {"GET /favicon.ico HTTP/1.1", "GET /callback HTTP/1.1", "POST /callback?code=x HTTP/1.1",
          "GET /callback/deeper?code=x HTTP/1.1", "nonsense", "GET /callback?code=1&state=2 HTTP/1.1"}) {
      answers.push_back(browse(listener.port(), std::string(line) + "\r\nHost: x\r\n\r\n"));
    }
  });
  const std::string query = listener.wait(std::chrono::seconds{30}, system_environment());
  browser.join();
  BOOST_TEST(query == "code=1&state=2");
  BOOST_REQUIRE(answers.size() == 6U);
  for (std::size_t i = 0; i < 4; ++i) BOOST_TEST(answers[i].starts_with("HTTP/1.1 404"));
  BOOST_TEST(answers[4].starts_with("HTTP/1.1 400"));
  BOOST_TEST(answers[5].starts_with("HTTP/1.1 200"));
  BOOST_TEST(answers[5].find("Cache-Control: no-store\r\n") != std::string::npos);
  BOOST_TEST(answers[5].find("<script") == std::string::npos);
  BOOST_TEST(answers[5].find("code") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(listener_reads_a_request_that_comes_byte_by_byte) {
  LoopbackListener listener("/");
  std::thread browser([&] {
    Poco::Net::StreamSocket socket(Poco::Net::SocketAddress("127.0.0.1", listener.port()));
    socket.setNoDelay(true);
    for (const char byte : std::string("GET /?code=1 HTTP/1.1\r\n\r\n")) socket.sendBytes(&byte, 1);
    char piece[512];
    while (socket.receiveBytes(piece, sizeof piece) > 0) {
    }
  });
  BOOST_TEST(listener.wait(std::chrono::seconds{30}, system_environment()) == "code=1");
  browser.join();
}

BOOST_AUTO_TEST_CASE(listener_gives_up_in_time_and_on_cancellation) {
  LoopbackListener listener("/callback");
  BOOST_CHECK_THROW(static_cast<void>(listener.wait(std::chrono::milliseconds{5}, system_environment())),
                    TryAgainLater);
  Environment cancelled = system_environment();
  cancelled.cancelled = [] { return true; };
  BOOST_CHECK_THROW(static_cast<void>(listener.wait(std::chrono::hours{1}, cancelled)), TryAgainLater);
}

BOOST_AUTO_TEST_SUITE_END()
