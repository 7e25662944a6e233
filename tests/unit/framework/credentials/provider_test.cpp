#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "credential_fixtures.hpp"
#include "credentials/login.hpp"
#include "credentials/provider.hpp"

BOOST_AUTO_TEST_SUITE(framework_credentials_provider)
using namespace credential_tests;

struct AddressRow {
  const char* address;
  const char* provider;
  const char* host;
};
static std::ostream& operator<<(std::ostream& out, const AddressRow& row) { return out << row.address; }

static const std::vector<AddressRow> kAddresses{
    {"me@gmail.com", "google", "imap.gmail.com"},
    {"me@GoogleMail.com", "google", "imap.gmail.com"},
    {"me@outlook.com", "microsoft", "outlook.office365.com"},
    {"someone@gd.chinamobile.com", "chinamobile", "imap.chinamobile.com"},
    {"someone@chinamobile.com", "chinamobile", "imap.chinamobile.com"},
    {"13800138000@139.com", "chinamobile", "imap.139.com"},
    {"me@163.com", "163", "imap.163.com"},
    {"me@126.com", "163", "imap.126.com"},
    {"me@yeah.net", "163", "imap.yeah.net"},
};
BOOST_DATA_TEST_CASE(address_picks_provider_and_host, kAddresses, row) {
  const ProviderCatalogue catalogue = ProviderCatalogue::built_in();
  const Provider* provider = catalogue.by_address(row.address);
  BOOST_REQUIRE((provider != nullptr));
  BOOST_TEST(provider->name == row.provider);
  BOOST_TEST(provider->server_for(row.address).host == row.host);
}

BOOST_AUTO_TEST_CASE(look_alike_domains_pick_nothing) {
  const ProviderCatalogue catalogue = ProviderCatalogue::built_in();
  for (const char* address :
       {"me@evilgmail.com", "me@gmail.com.evil.example", "me@fake163.com", "me@example.org", "me", ""}) {
    BOOST_TEST((catalogue.by_address(address) == nullptr));
  }
}

BOOST_AUTO_TEST_CASE(presets_hold_what_the_providers_need) {
  const ProviderCatalogue catalogue = ProviderCatalogue::built_in();
  const Provider& google = *catalogue.by_name("google");
  BOOST_TEST(google.authorize_params.at("access_type") == "offline");
  BOOST_TEST(google.authorize_params.at("prompt") == "consent");
  const Provider microsoft = catalogue.by_name("microsoft")->with_tenant("");
  BOOST_TEST(microsoft.token_url == "https://login.microsoftonline.com/common/oauth2/v2.0/token");
  BOOST_TEST(microsoft.issuer == "");
  BOOST_TEST(catalogue.by_name("microsoft")->with_tenant("contoso.example").issuer ==
             "https://login.microsoftonline.com/contoso.example/v2.0");
  const ServerPreset& mobile = catalogue.by_name("chinamobile")->server_for("1@139.com");
  BOOST_TEST(mobile.tls_profile == "compatible");
  BOOST_TEST(catalogue.by_name("163")->servers[0].quirks[0] == "id_after_login");
  for (const Provider& provider : catalogue.all()) {
    if (provider.method == Method::app_password) {
      // The two kinds of authorization code must not be taken for each other.
      BOOST_TEST(provider.note.find("授权码, an app password given by the provider") != std::string::npos);
    }
  }
}

static LoginPlan resolve(LoginRequest request, std::optional<Method> method = std::nullopt) {
  const HttpExchange nobody = [](const HttpRequest&) -> HttpResponse {
    throw HttpFailure("no network here", false, false);
  };
  return resolve_login(std::move(request), ProviderCatalogue::built_in(), nobody, method);
}

BOOST_AUTO_TEST_CASE(an_address_alone_is_enough_for_an_app_password_provider) {
  LoginRequest request;
  request.account = "someone@gd.chinamobile.com";
  const LoginPlan plan = resolve(std::move(request));
  BOOST_TEST((plan.method == Method::app_password));
  BOOST_TEST(plan.user == "someone@gd.chinamobile.com");
  BOOST_REQUIRE(plan.imap_hosts.size() == 1U);
  BOOST_TEST(plan.imap_hosts[0] == "imap.chinamobile.com");
}

BOOST_AUTO_TEST_CASE(every_value_of_a_preset_can_be_overridden) {
  LoginRequest request;
  request.account = "me@gmail.com";
  request.user = "other";
  request.client_id = "mine";
  request.scope = "less";
  request.token_url = "https://proxy.example/token";
  request.provider = "google";
  request.imap_hosts = {"IMAP.Example.org"};
  request.client_auth = ClientAuth::basic;
  const LoginPlan plan = resolve(std::move(request));
  BOOST_TEST(plan.token_url == "https://proxy.example/token");
  BOOST_TEST(plan.authorize_url == "https://accounts.google.com/o/oauth2/v2/auth");
  BOOST_TEST(plan.scope == "less");
  BOOST_TEST(plan.user == "other");
  BOOST_TEST((plan.client_auth == ClientAuth::basic));
  BOOST_TEST(plan.imap_hosts[0] == "imap.example.org");
}

struct MissingRow {
  const char* account;
  const char* provider;
  const char* token_url;
  const char* host;
  const char* words;
};
static std::ostream& operator<<(std::ostream& out, const MissingRow& row) { return out << row.words; }
static const std::vector<MissingRow> kMissing{
    {"me@example.org", "", "", "", "--host"},
    {"me@example.org", "", "", "h", "--provider, --issuer"},
    {"me@gmail.com", "", "", "", "--client-id"},
    {"me@example.org", "nobody", "", "h", "google microsoft chinamobile 163"},
    {"me@example.org", "google", "http://as.example/token", "h", "must be https"},
    {"me@example.org", "google", "https://u:p@as.example/token", "h", "user name or password"},
    {"me@example.org", "google", "ftp://as.example/token", "h", "not an https URL"},
    {"", "google", "", "h", "account name"},
};
BOOST_DATA_TEST_CASE(what_is_missing_is_named, kMissing, row) {
  LoginRequest request;
  request.account = row.account;
  request.provider = row.provider;
  request.token_url = row.token_url;
  if (row.host[0] != '\0') request.imap_hosts = {row.host};
  BOOST_CHECK_EXCEPTION(resolve(std::move(request)), Misconfigured, [&](const Misconfigured& error) {
    BOOST_TEST_MESSAGE(error.what());
    return std::string(error.what()).find(row.words) != std::string::npos;
  });
}

BOOST_AUTO_TEST_SUITE_END()
