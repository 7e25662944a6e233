#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>

#include "credential_fixtures.hpp"
#include "credentials/login.hpp"
#include "credentials/provider.hpp"

BOOST_AUTO_TEST_SUITE(framework_credentials_provider)
using namespace credential_tests;

struct AddressRow {
  const char* address;
  const char* provider;
  const char* method;
  const char* host;
  const char* tls_profile;
};
static std::ostream& operator<<(std::ostream& out, const AddressRow& row) { return out << row.address; }

static const std::vector<AddressRow> kAddresses{
    {"me@gmail.com", "google", "oauth2", "imap.gmail.com", "modern"},
    {"me@GoogleMail.com", "google", "oauth2", "imap.gmail.com", "modern"},
    {"me@outlook.com", "microsoft", "oauth2", "outlook.office365.com", "modern"},
    {"me@hotmail.com", "microsoft", "oauth2", "outlook.office365.com", "modern"},
    {"me@contoso.onmicrosoft.com", "microsoft", "oauth2", "outlook.office365.com", "modern"},
    {"me@contoso.partner.onmschina.cn", "microsoft-21vianet", "oauth2", "partner.outlook.cn", "modern"},
    {"me@yahoo.com", "yahoo", "oauth2", "imap.mail.yahoo.com", "modern"},
    {"me@ymail.com", "yahoo", "oauth2", "imap.mail.yahoo.com", "modern"},
    {"me@yahoo.co.uk", "yahoo", "oauth2", "imap.mail.yahoo.com", "modern"},
    {"me@aol.com", "aol", "oauth2", "imap.aol.com", "modern"},
    {"me@fastmail.com", "fastmail", "oauth2", "imap.fastmail.com", "modern"},
    {"me@fastmail.fm", "fastmail", "oauth2", "imap.fastmail.com", "modern"},
    {"me@yandex.ru", "yandex", "oauth2", "imap.yandex.com", "modern"},
    {"me@ya.ru", "yandex", "oauth2", "imap.yandex.com", "modern"},
    {"me@mail.ru", "mail.ru", "oauth2", "imap.mail.ru", "modern"},
    {"me@bk.ru", "mail.ru", "oauth2", "imap.mail.ru", "modern"},
    {"me@comcast.net", "comcast", "oauth2", "imap.comcast.net", "modern"},
    {"someone@gd.chinamobile.com", "chinamobile", "app_password", "imap.chinamobile.com", "compatible"},
    {"someone@chinamobile.com", "chinamobile", "app_password", "imap.chinamobile.com", "compatible"},
    {"someone@mail.gd.chinamobile.com", "chinamobile", "app_password", "imap.chinamobile.com", "compatible"},
    {"13800138000@139.com", "chinamobile", "app_password", "imap.139.com", "compatible"},
    {"me@163.com", "163", "app_password", "imap.163.com", "modern"},
    {"me@126.com", "163", "app_password", "imap.126.com", "modern"},
    {"me@yeah.net", "163", "app_password", "imap.yeah.net", "modern"},
    {"me@188.com", "163", "app_password", "imap.188.com", "modern"},
    {"me@vip.163.com", "163", "app_password", "imap.vip.163.com", "modern"},
    {"10001@qq.com", "qq", "app_password", "imap.qq.com", "modern"},
    {"me@vip.qq.com", "qq", "app_password", "imap.qq.com", "modern"},
    {"me@foxmail.com", "qq", "app_password", "imap.qq.com", "modern"},
    {"me@exmail.qq.com", "exmail", "app_password", "imap.exmail.qq.com", "modern"},
    {"me@aliyun.com", "aliyun", "app_password", "imap.aliyun.com", "modern"},
    {"me@sina.com", "sina", "app_password", "imap.sina.com", "modern"},
    {"me@sina.cn", "sina", "app_password", "imap.sina.cn", "modern"},
    {"me@sohu.com", "sohu", "app_password", "imap.sohu.com", "modern"},
    {"me@189.cn", "189", "app_password", "imap.189.cn", "modern"},
    {"me@21cn.com", "189", "app_password", "imap.21cn.com", "modern"},
    {"me@263.net", "263", "app_password", "imap.263.net", "modern"},
    {"me@vip.sina.com", "sina", "app_password", "imap.vip.sina.com", "modern"},
    {"me@icloud.com", "icloud", "app_password", "imap.mail.me.com", "modern"},
    {"me@me.com", "icloud", "app_password", "imap.mail.me.com", "modern"},
    {"me@mac.com", "icloud", "app_password", "imap.mail.me.com", "modern"},
    {"me@zoho.com", "zoho", "app_password", "imap.zoho.com", "modern"},
    {"me@zohomail.eu", "zoho", "app_password", "imap.zoho.eu", "modern"},
    {"me@zohomail.in", "zoho", "app_password", "imap.zoho.in", "modern"},
};
BOOST_DATA_TEST_CASE(address_picks_provider_method_and_server, kAddresses, row) {
  const ProviderCatalogue catalogue = ProviderCatalogue::built_in();
  const Provider* provider = catalogue.by_address(row.address);
  BOOST_REQUIRE((provider != nullptr));
  BOOST_TEST(provider->name == row.provider);
  BOOST_TEST(method_name(provider->method) == row.method);
  const ServerPreset& server = provider->server_for(row.address);
  BOOST_TEST(server.host == row.host);
  BOOST_TEST(server.port == 993);
  BOOST_TEST(server.security == "tls");
  BOOST_TEST(server.tls_profile == row.tls_profile);
}

// A new preset has to come with a row above.
BOOST_AUTO_TEST_CASE(every_provider_has_a_row_in_the_table) {
  const ProviderCatalogue catalogue = ProviderCatalogue::built_in();
  for (const Provider& provider : catalogue.all()) {
    const bool shown = std::any_of(kAddresses.begin(), kAddresses.end(),
                                   [&](const AddressRow& row) { return provider.name == row.provider; });
    BOOST_TEST(shown, provider.name);
  }
}

BOOST_AUTO_TEST_CASE(every_preset_is_complete_and_bound_to_https) {
  const std::vector<std::string> profiles{"modern", "compatible", "legacy"};
  const ProviderCatalogue catalogue = ProviderCatalogue::built_in();
  for (const Provider& named : catalogue.all()) {
    const Provider provider = named.with_tenant("");
    BOOST_TEST(!provider.title.empty(), provider.name);
    BOOST_TEST(!provider.note.empty(), provider.name);
    for (const std::string& url : {provider.authorize_url, provider.token_url, provider.device_url,
                                   provider.revocation_url, provider.issuer, provider.redirect_uri}) {
      BOOST_TEST((url.empty() || url.starts_with("https://")), url);
      BOOST_TEST((url.find('{') == std::string::npos), url);
    }
    if (provider.method == Method::oauth2) {
      BOOST_TEST(!provider.authorize_url.empty(), provider.name);
      BOOST_TEST(!provider.token_url.empty(), provider.name);
      BOOST_TEST(!provider.scope.empty(), provider.name);
    }
    for (const ServerPreset& server : provider.servers) {
      BOOST_TEST(!server.domains.empty(), server.host);
      BOOST_TEST((server.security == "tls" || server.security == "starttls"), server.host);
      BOOST_TEST((std::find(profiles.begin(), profiles.end(), server.tls_profile) != profiles.end()), server.host);
      BOOST_TEST(!server.sasl.empty(), server.host);
    }
  }
}

BOOST_AUTO_TEST_CASE(look_alike_domains_pick_nothing) {
  const ProviderCatalogue catalogue = ProviderCatalogue::built_in();
  for (const char* address : {"me@evilgmail.com", "me@gmail.com.evil.example", "me@fake163.com",
                              "me@notchinamobile.com", "me@yahoo.co.jp", "me@example.org", "me", ""}) {
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
      BOOST_TEST(provider.note.find("授权码, an app password given by the provider") != std::string::npos,
                 provider.name);
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
  BOOST_TEST(plan.server.host == "imap.example.org");
}

BOOST_AUTO_TEST_CASE(server_values_of_a_preset_can_be_overridden_one_by_one) {
  const auto server = [](const char* host, std::uint16_t port, const char* security, const char* profile) {
    LoginRequest request;
    request.account = "me@139.com";
    if (host[0] != '\0') request.imap_hosts = {host};
    request.port = port;
    request.security = security;
    request.tls_profile = profile;
    const ServerPreset made = resolve(std::move(request)).server;
    return made.host + " " + std::to_string(made.port) + " " + made.security + " " + made.tls_profile;
  };
  BOOST_TEST(server("", 0, "", "") == "imap.139.com 993 tls compatible");
  BOOST_TEST(server("", 1993, "", "modern") == "imap.139.com 1993 tls modern");
  BOOST_TEST(server("", 0, "starttls", "") == "imap.139.com 143 starttls compatible");
  // What was only true of the preset's host is left behind with it.
  BOOST_TEST(server("mail.example.org", 0, "", "") == "mail.example.org 993 tls modern");
}

BOOST_AUTO_TEST_CASE(an_app_password_can_be_had_where_oauth2_is_usual) {
  LoginRequest request;
  request.account = "me@gmail.com";
  const LoginPlan plan = resolve(std::move(request), Method::app_password);
  BOOST_TEST(plan.imap_hosts[0] == "imap.gmail.com");
  BOOST_TEST(plan.note.find("The web password does not work") != std::string::npos);
}

struct FormRow {
  const char* account;
  const char* password;
  bool looks_right;
};
static std::ostream& operator<<(std::ostream& out, const FormRow& row) { return out << row.account; }
static const std::vector<FormRow> kForms{
    {"me@gmail.com", "abcdefghijklmnop", true},
    {"me@gmail.com", "abcd efgh ijkl mnop", true},
    {"me@gmail.com", "My web password 1!", false},
    {"me@163.com", "ABCDEFGHIJ012345", true},
    {"me@163.com", "hunter2", false},
    {"1@qq.com", "abcdefghijklmnop", true},
    {"1@qq.com", "Abcdefghijklmnop", false},
    {"me@icloud.com", "abcd-efgh-ijkl-mnop", true},
    {"me@icloud.com", "Secret123", false},
    {"a@gd.chinamobile.com", "0123456789abcdef0123", true},
    {"a@gd.chinamobile.com", "Password2024", false},
    {"me@sina.com", "whatever it is", true},
};
BOOST_DATA_TEST_CASE(a_password_that_does_not_look_like_the_providers_is_doubted, kForms, row) {
  LoginRequest request;
  request.account = row.account;
  const LoginPlan plan = resolve(std::move(request), Method::app_password);
  const std::string doubt = doubt_about(plan, Secret(std::string_view(row.password)));
  BOOST_TEST(doubt.empty() == row.looks_right);
  BOOST_TEST((doubt.find(row.password) == std::string::npos));
}

BOOST_AUTO_TEST_CASE(an_application_of_microsoft_needs_one_tenant_and_its_own_proof) {
  const auto plan_of = [](const char* tenant, const char* secret) {
    LoginRequest request;
    request.account = "team@contoso.com";
    request.provider = "microsoft";
    request.flow = Flow::application;
    request.tenant = tenant;
    request.client_id = "id";
    request.client_secret = Secret(std::string_view(secret));
    return resolve(std::move(request));
  };
  BOOST_CHECK_THROW(static_cast<void>(plan_of("", "s")), Misconfigured);
  BOOST_CHECK_THROW(static_cast<void>(plan_of("organizations", "s")), Misconfigured);
  BOOST_CHECK_THROW(static_cast<void>(plan_of("contoso.com", "")), Misconfigured);
  const LoginPlan plan = plan_of("contoso.com", "s");
  BOOST_TEST(plan.scope == "https://outlook.office365.com/.default");
  BOOST_TEST(plan.note.find("ENTERPRISE APPLICATION") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_provider_that_takes_https_only_is_signed_in_to_by_paste) {
  LoginRequest request;
  request.account = "me@yahoo.com";
  request.client_id = "id";
  const LoginPlan plan = resolve(std::move(request));
  BOOST_TEST((plan.flow == Flow::paste));
  BOOST_TEST(plan.redirect_uri == "https://localhost/");
}

BOOST_AUTO_TEST_CASE(a_way_the_provider_does_not_have_is_refused_with_the_way_it_has) {
  const auto words_for = [](const char* account, Flow flow) -> std::string {
    LoginRequest request;
    request.account = account;
    request.client_id = "id";
    request.flow = flow;
    try {
      static_cast<void>(resolve(std::move(request), Method::oauth2));
    } catch (const Misconfigured& error) {
      return error.what();
    }
    return "";
  };
  BOOST_TEST(words_for("me@163.com", Flow::browser).find("--app-password") != std::string::npos);
  BOOST_TEST(words_for("me@gmail.com", Flow::device).find("--paste") != std::string::npos);
  BOOST_TEST(words_for("me@gmail.com", Flow::service_account).find("--service-account") != std::string::npos);
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
    {"me@example.org", "nobody", "", "h", "google microsoft microsoft-21vianet yahoo aol"},
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
