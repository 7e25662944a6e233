// What servers say when they refuse a password, as they were seen saying it.
#include "sync/login_refusal.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <ostream>

#include "haulier/json.hpp"
#include "provider_presets_text.hpp"
#include "server_preset.hpp"

namespace login_refusal_test {
using namespace haulier::imap;

struct Row {
  const char* text;
  PasswordRefusal why;
};
std::ostream& operator<<(std::ostream& out, const Row& row) { return out << row.text; }

const Row kRows[] = {
    {"Application-specific password required: https://support.google.com/accounts/answer/185833 (Failure)",
     PasswordRefusal::kAppPasswordWanted},
    {"NEOBHODIM parol prilozheniya https://help.mail.ru/mail/security/protection/external / Aplication password is "
     "REQUIRED",
     PasswordRefusal::kAppPasswordWanted},
    {"Login Fail. Please enter your authorization code to login. More information in http://service.mail.qq.com/",
     PasswordRefusal::kAppPasswordWanted},
    {"请使用授权码登录", PasswordRefusal::kAppPasswordWanted},
    {"LOGIN Login error or password error", PasswordRefusal::kUnknown},
    {"LOGIN Login error password error", PasswordRefusal::kUnknown},
    {"Login fail. Account is abnormal, service is not open, password is incorrect, login frequency limited, or system "
     "is busy",
     PasswordRefusal::kUnknown},
    {"[AUTHENTICATIONFAILED] LOGIN invalid credentials or IMAP is disabled", PasswordRefusal::kImapOff},
    {"You are yet to enable IMAP for your account.", PasswordRefusal::kImapOff},
    {"Your account is not enabled for IMAP use. Please visit your Gmail settings page", PasswordRefusal::kImapOff},
    {"LOGIN Login error user suspended", PasswordRefusal::kBlocked},
    {"Please log in via your web browser: https://support.google.com/mail/accounts/answer/78754 (Failure)",
     PasswordRefusal::kBlocked},
    {"LOGIN failed, login frequency limited", PasswordRefusal::kTooOften},
    {"Authentication failed.", PasswordRefusal::kUnknown},
    {"", PasswordRefusal::kUnknown}};

BOOST_AUTO_TEST_SUITE(login_refusal)

BOOST_DATA_TEST_CASE(servers_words_tell_why_a_password_was_refused, boost::unit_test::data::make(kRows), row) {
  BOOST_TEST((why_refused(row.text) == row.why));
  BOOST_TEST(!refusal_words(row.why, false).empty());
}

BOOST_AUTO_TEST_CASE(a_web_password_given_by_mistake_is_named_as_such) {
  const auto says = [](PasswordRefusal why, bool only, const char* what) {
    return refusal_words(why, only).find(what) != std::string_view::npos;
  };
  BOOST_TEST(says(PasswordRefusal::kAppPasswordWanted, false, "the web password was given"));
  BOOST_TEST(says(PasswordRefusal::kUnknown, true, "takes only an app password"));
  BOOST_TEST(says(PasswordRefusal::kUnknown, true, "授权码"));
  BOOST_TEST(says(PasswordRefusal::kUnknown, false, "it may be wrong"));
}

BOOST_AUTO_TEST_CASE(only_microsofts_words_get_microsofts_causes) {
  BOOST_TEST(not_connected_words("User is authenticated but not connected.").find("FullAccess") !=
             std::string_view::npos);
  BOOST_TEST(not_connected_words("LIST failed") == "");
}

// Every server of the presets is found by each of its domains and by its host, with quirks this program knows.
BOOST_AUTO_TEST_CASE(every_preset_is_usable_here) {
  const auto presets = haulier::Json::parse(provider_presets);
  int servers = 0;
  for (const auto& provider : presets["providers"].items()) {
    const bool by_password = provider["credential"]["method"].text() == "app_password";
    for (const auto& server : provider["servers"].items()) {
      ++servers;
      const auto& host = server["host"].text();
      const auto by_host = find_preset_of_host(presets, host);
      BOOST_REQUIRE(by_host.has_value());
      BOOST_TEST(by_host->only_app_password == by_password, host);
      BOOST_TEST(by_host->compatible_tls == (server["tls_profile"].text() == "compatible"), host);
      for (const auto& quirk : server["quirks"].items()) BOOST_TEST(quirk_by_name(quirk.text()).bits != 0U, host);
      for (const auto& domain : server["domains"].items()) {
        for (const char* before : {"me@", "me@sub."}) {
          const auto found = find_server_preset(presets, "", before + domain.text());
          BOOST_REQUIRE(found.has_value());
          BOOST_TEST(found->host == host, domain.text());
        }
      }
    }
  }
  BOOST_TEST(servers >= 30);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace login_refusal_test
