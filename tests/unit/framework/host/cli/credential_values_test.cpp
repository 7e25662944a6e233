#include "cli/credential_values.hpp"

#include <boost/test/unit_test.hpp>

#include <sstream>

#include "../../credentials/credential_fixtures.hpp"
#include "cli/command_auth.hpp"
#include "cli/command_validate.hpp"
#include "cli/program.hpp"
#include "config/fake_catalog.hpp"

namespace haulier::host::credential_values_test {

using credential_tests::TempDirectory;
using credential_tests::write_text;

struct Fixture {
  Fixture() {
    write_text(key_file(), credential_tests::kRawKey);
    write_text(file("word"), "correct horse\n");
  }
  [[nodiscard]] std::string file(const std::string& name) const { return (folder / name).string(); }
  [[nodiscard]] std::string key_file() const { return file("vault.key"); }

  int run(const std::vector<std::string>& arguments) {
    SystemClock clock;
    CrashPoints crash_points;
    StopEvent stop;
    ProgramParts parts{.clock = clock, .crash_points = crash_points, .stop = stop};
    parts.open_catalog = [](const std::vector<std::string>&) { return std::make_unique<testing::FakeCatalog>(); };
    parts.open_credentials = credential_values(crash_points, stop, redactor);
    parts.connect = [](Invocation& invocation, PipelineConfig& config, PluginCatalog&) {
      invocation.out << config.source.checked.json << "\n";
      return 0;
    };
    parts.redactor = &redactor;
    std::istringstream in;
    std::ostringstream out_stream;
    std::ostringstream err_stream;
    const int code = run_program(CommandLine({validate_command(), auth_login_command()}), arguments,
                                 {.in = in, .out = out_stream, .err = err_stream}, parts);
    out = out_stream.str();
    err = err_stream.str();
    return code;
  }
  int store(const std::string& name, const std::string& host) {
    return run({"auth", "login", name, "--password-file", file("word"), "--host", host, "--vault", file("v"),
                "--vault-key-file", key_file()});
  }
  // Validates a file whose fifth line, column 46, names the credential.
  int validate(const std::string& name) {
    write_text(file("p.yaml"),
               "haulier: 1\nname: a\nsinks: [{box: {path: x}}]\nauth: {vault: {file: " + file("v") + ", key_file: " +
                   key_file() + "}}\nsource: {letters: {host: a, auth: {password: \"${credential:" + name + "}\"}}}\n");
    return run({"validate", "--connect", file("p.yaml")});
  }
  [[nodiscard]] bool said(const std::string& words) const { return err.find(words) != std::string::npos; }

  TempDirectory folder;
  credentials::Redactor redactor;
  std::string out;
  std::string err;
};

BOOST_FIXTURE_TEST_SUITE(framework_host_cli_credential_values, Fixture)

BOOST_AUTO_TEST_CASE(a_password_stored_for_pipelines_becomes_the_setting_and_is_secret) {
  BOOST_TEST(store("reports-db", "pipeline") == 0);
  BOOST_TEST(validate("reports-db") == 0);
  BOOST_TEST(out.find(R"("password":"correct horse")") != std::string::npos, out);
  BOOST_TEST(redactor.mask("it is correct horse") == "it is ***");
}

BOOST_AUTO_TEST_CASE(one_that_is_not_there_is_a_fault_with_its_place_and_the_command_that_stores_it) {
  BOOST_TEST(store("reports-db", "pipeline") == 0);
  BOOST_TEST(validate("reports") == 78);
  BOOST_TEST(said(file("p.yaml") + ":5:46: the vault holds no credential \"reports\"; store it with: "
                                   "haulier auth login reports --app-password --host pipeline"),
             err);
}

BOOST_AUTO_TEST_CASE(the_password_of_a_mailbox_is_not_given_to_a_setting) {
  BOOST_TEST(store("me@example.org", "imap.example.org") == 0);
  BOOST_TEST(validate("me@example.org") == 78);
  BOOST_TEST(said("\"me@example.org\" was stored for imap.example.org only"), err);
  BOOST_TEST(err.find("correct horse") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_oauth2_sign_in_is_refused_in_words) {
  credentials::StoreOptions options;
  options.vault = credential_tests::raw_key_options(folder);
  options.vault.path = file("v");
  credentials::Vault::Created created;
  credentials::CredentialStore::open_or_create(std::move(options), created)
      ->save_login("me@example.org", credential_tests::oauth2_record(0, 3600));
  BOOST_TEST(validate("me@example.org") == 78);
  BOOST_TEST(said("\"me@example.org\" is an OAuth2 sign-in, whose tokens end"), err);
  BOOST_TEST(err.find("access-0") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_vault_that_is_missing_is_a_fault_with_its_place) {
  BOOST_TEST(validate("reports-db") == 78);
  BOOST_TEST(said(":5:46: ${credential:reports-db}: "), err);
  BOOST_TEST(said("does not exist"), err);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace haulier::host::credential_values_test
