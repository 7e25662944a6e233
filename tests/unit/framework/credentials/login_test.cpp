#include <Poco/URI.h>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <map>
#include <thread>

#include "credentials/authorization.hpp"
#include "credentials/discovery.hpp"
#include "credentials/login.hpp"
#include "loopback_server.hpp"

BOOST_AUTO_TEST_SUITE(framework_credentials_login)
using namespace credential_tests;

using Fields = std::map<std::string, std::string>;

static Fields fields_of(const std::string& query) {
  Poco::URI uri;
  uri.setRawQuery(query);
  Fields fields;
  for (const auto& [name, value] : uri.getQueryParameters()) fields[name] = value;
  return fields;
}

// An authorization server over loopback HTTP: metadata, and a token endpoint that checks code, verifier and redirect
// URI.
struct AuthorizationServer {
  AuthorizationServer()
      : http([this](auto& request, auto& response, const std::string& body) { answer(request, response, body); }) {}

  void answer(Poco::Net::HTTPServerRequest& request, Poco::Net::HTTPServerResponse& response, const std::string& body) {
    if (request.getURI() == "/.well-known/openid-configuration") {
      return reply(response, 200, "application/json",
                   R"({"issuer":")" + announced_issuer() + R"(","authorization_endpoint":")" + http.url("/auth") +
                       R"(","token_endpoint":")" + http.url("/token") + R"(","revocation_endpoint":")" +
                       http.url("/revoke") + R"(","authorization_response_iss_parameter_supported":true})");
    }
    if (request.getURI() != "/token") return reply(response, 404, "text/html", "no");
    ++exchanges;
    Fields fields = fields_of(body);
    if (fields["grant_type"] == "client_credentials") {
      const bool known = fields["client_secret"] == "app secret";
      return reply(response, known ? 200 : 401, "application/json",
                   known ? token_body : R"({"error":"invalid_client"})");
    }
    const bool good = fields.at("grant_type") == "authorization_code" && fields.at("code") == "the-code" &&
                      fields.at("redirect_uri") == asked["redirect_uri"] &&
                      pkce_challenge(fields.at("code_verifier")) == asked["code_challenge"];
    if (!good) return reply(response, 400, "application/json", R"({"error":"invalid_grant"})");
    reply(response, 200, "application/json", token_body);
  }
  [[nodiscard]] std::string announced_issuer() const { return issuer.empty() ? http.url("") : issuer; }

  // The person: opens the URL and comes back to the redirect URI with these parameters.
  ShowUrl person(const std::string& parameters) {
    return [this, parameters](const std::string& url) {
      asked = fields_of(url.substr(url.find('?') + 1));
      const std::string target = asked["redirect_uri"] + "?state=" + asked["state"] +
                                 "&iss=" + percent_encoded(http.url("")) + "&" + parameters;
      browser = std::thread([target] {
        static_cast<void>(exchange_http([&] {
          HttpRequest request;
          request.url = target;
          return request;
        }()));
      });
    };
  }
  ~AuthorizationServer() {
    if (browser.joinable()) browser.join();
  }

  std::string issuer;
  std::string token_body =
      R"({"access_token":"a-1","refresh_token":"r-1","token_type":"Bearer","expires_in":3600,"scope":"mail"})";
  std::atomic<int> exchanges = 0;
  Fields asked;
  std::thread browser;
  LoopbackServer http;
};

struct LoginFixture : StoreFixture {
  AuthorizationServer as;
  LoginFixture() {
    options.environment = system_environment();
    options.http = exchange_http;
  }
  LoginPlan plan(const std::string& scope = "mail offline_access") {
    LoginRequest request;
    request.account = "me@example.org";
    request.issuer = as.http.url("");
    request.client_id = "client";
    request.scope = scope;
    request.imap_hosts = {"imap.example.org"};
    return resolve_login(std::move(request), ProviderCatalogue::built_in(), exchange_http, std::nullopt);
  }
};

BOOST_FIXTURE_TEST_CASE(code_flow_stores_tokens_bound_to_issuer_and_host, LoginFixture) {
  const auto made = store();
  const LoginResult result = login_oauth2(*made, plan(), as.person("code=the-code"));
  BOOST_TEST(result.scope == "mail");
  BOOST_TEST(result.warnings.empty());
  BOOST_TEST(as.asked["code_challenge_method"] == "S256");
  BOOST_TEST(as.asked["prompt"] == "consent");
  BOOST_TEST(as.asked["redirect_uri"].starts_with("http://127.0.0.1:"));
  BOOST_TEST(as.asked["redirect_uri"].ends_with("/callback"));
  const CredentialRecord record = stored();
  BOOST_TEST(record.refresh_token.reveal() == "r-1");
  BOOST_TEST(record.issuer == as.http.url(""));
  BOOST_TEST(record.token_url == as.http.url("/token"));
  BOOST_TEST(record.revocation_url == as.http.url("/revoke"));
  BOOST_TEST(made->access("me@example.org", "imap.example.org", false).secret.reveal() == "a-1");
  BOOST_TEST(as.exchanges == 1);
}

BOOST_FIXTURE_TEST_CASE(no_refresh_token_fails_at_once_and_stores_nothing, LoginFixture) {
  as.token_body = R"({"access_token":"a-1","token_type":"Bearer","expires_in":3600})";
  const auto made = store();
  BOOST_CHECK_EXCEPTION(login_oauth2(*made, plan(), as.person("code=the-code")), Misconfigured,
                        [](const Misconfigured& error) {
                          return std::string(error.what()).find("no refresh token was issued") != std::string::npos;
                        });
  BOOST_TEST(made->status().empty());
}

BOOST_FIXTURE_TEST_CASE(a_missing_scope_is_a_warning, LoginFixture) {
  const auto made = store();
  const LoginResult result = login_oauth2(*made, plan("mail contacts offline_access"), as.person("code=the-code"));
  BOOST_REQUIRE(result.warnings.size() == 1U);
  BOOST_TEST(result.warnings[0] == "the provider did not grant the scope contacts");
}

BOOST_FIXTURE_TEST_CASE(a_wrong_state_or_issuer_reaches_no_token_endpoint, LoginFixture) {
  const auto made = store();
  const auto forged = [&](const std::string& state, const std::string& iss) {
    return [&, state, iss](const std::string& url) {
      as.asked = fields_of(url.substr(url.find('?') + 1));
      const std::string target = as.asked["redirect_uri"] +
                                 "?code=the-code&state=" + (state.empty() ? as.asked["state"] : state) + "&iss=" + iss;
      if (as.browser.joinable()) as.browser.join();
      as.browser = std::thread([target] {
        HttpRequest request;
        request.url = target;
        static_cast<void>(exchange_http(request));
      });
    };
  };
  BOOST_CHECK_THROW(login_oauth2(*made, plan(), forged("forged", as.http.url(""))), ProtocolFailure);
  BOOST_CHECK_THROW(login_oauth2(*made, plan(), forged("", "http://127.0.0.1:1")), ProtocolFailure);
  BOOST_TEST(as.exchanges == 0);
  BOOST_TEST(made->status().empty());
}

BOOST_FIXTURE_TEST_CASE(a_code_that_is_not_the_servers_needs_a_new_sign_in, LoginFixture) {
  const auto made = store();
  BOOST_CHECK_THROW(login_oauth2(*made, plan(), as.person("code=another")), SignInNeeded);
  BOOST_TEST(made->status().empty());
}

// --paste: what the person copies out of the browser's address line.
struct PasteFixture : LoginFixture {
  LoginResult paste(const std::function<std::string(const Fields&)>& pasted) {
    const auto made = store();
    LoginPlan by_paste = plan();
    by_paste.flow = Flow::paste;
    return login_by_paste(
        *made, by_paste, [&](const std::string& url) { as.asked = fields_of(url.substr(url.find('?') + 1)); },
        [&] { return Secret(pasted(as.asked)); });
  }
  [[nodiscard]] std::string good(const Fields& asked) const {
    return asked.at("redirect_uri") + "?code=the-code&state=" + asked.at("state") +
           "&iss=" + percent_encoded(as.http.url(""));
  }
};

BOOST_FIXTURE_TEST_CASE(a_pasted_address_signs_in_like_the_browser, PasteFixture) {
  paste([&](const Fields& asked) { return "  " + good(asked) + "#_\n"; });
  BOOST_TEST(as.asked["redirect_uri"] == "http://127.0.0.1:1/callback");
  BOOST_TEST(stored().refresh_token.reveal() == "r-1");
}

BOOST_FIXTURE_TEST_CASE(a_pasted_text_that_cannot_be_checked_is_refused, PasteFixture) {
  const auto refused = [&](const std::function<std::string(const Fields&)>& pasted) {
    BOOST_CHECK_THROW(paste(pasted), ProtocolFailure);
  };
  refused([](const Fields&) { return "the-code"; });
  refused([](const Fields&) { return ""; });
  refused([&](const Fields& asked) { return "https://evil.example/callback" + good(asked).substr(27); });
  refused([](const Fields& asked) { return asked.at("redirect_uri") + "?code=the-code"; });
  refused([](const Fields& asked) { return asked.at("redirect_uri") + "?code=the-code&state=other"; });
  refused([](const Fields& asked) {
    return asked.at("redirect_uri") + "?code=the-code&state=" + asked.at("state") + "&iss=https%3A%2F%2Fevil.example";
  });
  BOOST_TEST(as.exchanges == 0);
  BOOST_TEST(store()->status().empty());
}

BOOST_FIXTURE_TEST_CASE(metadata_of_another_issuer_is_refused, LoginFixture) {
  as.issuer = "https://evil.example";
  BOOST_CHECK_THROW(plan(), Misconfigured);
}

BOOST_AUTO_TEST_CASE(metadata_is_looked_for_where_the_rfcs_put_it) {
  std::vector<std::string> asked;
  const HttpExchange http = [&](const HttpRequest& request) {
    asked.push_back(request.url);
    return json_response(404, "");
  };
  BOOST_CHECK_THROW(static_cast<void>(discover(http, "https://as.example/tenant/a", "")), Misconfigured);
  BOOST_REQUIRE(asked.size() == 2U);
  BOOST_TEST(asked[0] == "https://as.example/.well-known/oauth-authorization-server/tenant/a");
  BOOST_TEST(asked[1] == "https://as.example/tenant/a/.well-known/openid-configuration");
}

BOOST_FIXTURE_TEST_CASE(an_application_signs_in_without_a_person_and_asks_again_by_itself, LoginFixture) {
  const auto sign_in = [&](const char* secret) {
    LoginRequest request;
    request.account = "team@example.org";
    request.flow = Flow::application;
    request.issuer = as.http.url("");
    request.client_id = "app";
    request.client_secret = Secret(std::string_view(secret));
    request.client_auth = ClientAuth::post;
    request.client_secret_expires_at = 4'000'000'000;
    request.scope = "mail";
    request.imap_hosts = {"imap.example.org"};
    const auto made = store();
    const LoginPlan plan =
        resolve_login(std::move(request), ProviderCatalogue::built_in(), exchange_http, std::nullopt);
    return login_without_person(*made, plan);
  };
  BOOST_CHECK_THROW(sign_in("wrong"), Misconfigured);
  BOOST_TEST(store()->status().empty());
  as.token_body = R"({"access_token":"a-1","token_type":"Bearer","expires_in":1})";
  sign_in("app secret");
  as.token_body = R"({"access_token":"a-2","token_type":"Bearer","expires_in":3600})";
  const auto made = store();
  BOOST_TEST(made->status()[0].can_refresh);
  BOOST_TEST(made->access("team@example.org", "imap.example.org", true).secret.reveal() == "a-2");
  BOOST_TEST(as.exchanges == 3);
}

BOOST_FIXTURE_TEST_CASE(an_app_password_is_stored_without_asking_anybody, LoginFixture) {
  options.http = [](const HttpRequest&) -> HttpResponse { throw HttpFailure("no network here", false, false); };
  LoginRequest request;
  request.account = "someone@gd.chinamobile.com";
  const LoginPlan plan = resolve_login(std::move(request), ProviderCatalogue::built_in(), options.http, std::nullopt);
  const auto made = store();
  BOOST_CHECK_THROW(login_app_password(*made, plan, Secret()), Misconfigured);
  login_app_password(*made, plan, Secret("0123456789abcdef0123"));
  const Access access = made->access("someone@gd.chinamobile.com", "imap.chinamobile.com", false);
  BOOST_TEST(access.secret.reveal() == "0123456789abcdef0123");
  BOOST_TEST((made->status()[0].method == Method::app_password));
}

BOOST_AUTO_TEST_SUITE_END()
