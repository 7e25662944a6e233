// auth status and auth rekey: what they print, with which exit code, and that no key is taken from the command line.
#include <boost/test/unit_test.hpp>
#include <sstream>

#include "../../credentials/credential_fixtures.hpp"
#include "cli/command_auth.hpp"
#include "cli/program.hpp"
#include "credentials/redactor.hpp"

BOOST_AUTO_TEST_SUITE(framework_host_cli_command_auth_vault)
using namespace credential_tests;
namespace host = haulier::host;

struct VaultCommandFixture {
  TempDirectory directory;
  fs::path vault = directory / "tokens.vault";
  fs::path key = directory / "keys/vault.key";
  std::string out;
  std::string err;

  VaultCommandFixture() {
    fs::create_directory(directory / "keys");
    write_text(key, kRawKey);
  }
  void store(const std::string& account, const CredentialRecord& record) const {
    StoreOptions options;
    options.vault.path = vault;
    options.vault.key.key_file = key;
    options.protect_memory = false;
    Vault::Created created;
    CredentialStore::open_or_create(options, created)->save_login(account, record);
  }
  int run(std::vector<std::string> arguments, bool with_key = true) {
    const host::CommandLine table({host::auth_status_command(), host::auth_rekey_command()});
    arguments.insert(arguments.end(), {"--vault", vault.string()});
    if (with_key) arguments.insert(arguments.end(), {"--vault-key-file", key.string()});
    host::SystemClock clock;
    host::CrashPoints crash_points;
    host::StopEvent stop;
    Redactor redactor;
    host::ProgramParts parts{.clock = clock, .crash_points = crash_points, .stop = stop};
    parts.redactor = &redactor;
    parts.redact = [&redactor](std::string_view line) { return redactor.mask(line); };
    std::istringstream in;
    std::ostringstream output;
    std::ostringstream errors;
    const int code = host::run_program(table, arguments, {.in = in, .out = output, .err = errors}, parts);
    out = output.str();
    err = errors.str();
    return code;
  }
  [[nodiscard]] static bool has(const std::string& text, const std::string& words) {
    return text.find(words) != std::string::npos;
  }
};

static CredentialRecord ending_record() {
  CredentialRecord record = oauth2_record(::time(nullptr), 3600);
  record.provider = "custom";
  record.client_secret = Secret("client-secret-0");
  record.refresh_expires_at = ::time(nullptr) + 3 * 86'400;
  record.client_secret_expires_at = ::time(nullptr) + 30 * 86'400;
  return record;
}

BOOST_FIXTURE_TEST_CASE(status_says_what_ends_when_and_how_that_is_known, VaultCommandFixture) {
  store("me@example.org", ending_record());
  BOOST_TEST(run({"auth", "status"}) == 0);
  BOOST_TEST(has(out, "me@example.org  oauth2  custom    imap.example.org  mail"));
  BOOST_TEST(has(out, "me@example.org: refresh token until 2"));
  BOOST_TEST(has(out, "Z (the provider said so when it issued it)"));
  BOOST_TEST(has(out, "me@example.org: client secret until 2"));
  BOOST_TEST(has(out, "Z (it was told at the sign-in)"));
  BOOST_TEST(has(err, "warning auth: me@example.org: the refresh token ends at"));
  BOOST_TEST(!has(err, "client secret ends"));  // in 30 days
  BOOST_TEST(run({"auth", "status", "--warn-within", "60d"}) == 0);
  BOOST_TEST(has(err, "the client secret ends at"));
  BOOST_TEST(run({"auth", "status", "--warn-within", "1h"}) == 0);
  BOOST_TEST(!has(err, "ends at"));
}

BOOST_FIXTURE_TEST_CASE(status_is_json_for_scripts_and_holds_no_secret, VaultCommandFixture) {
  store("me@example.org", ending_record());
  BOOST_TEST(run({"auth", "status", "--json"}) == 0);
  for (const char* part : {R"("scope":"mail")", R"("expected_ends":[{"what":"refresh_token","at":"2)",
                           R"("known_from":"the provider said so when it issued it")", R"("access_expires_at":"2)",
                           R"("warnings":["me@example.org: the refresh token ends at)"}) {
    BOOST_TEST(has(out, part), part);
  }
  for (const char* secret : {"access-0", "refresh-0", "client-secret-0"}) BOOST_TEST(!has(out + err, secret));
}

BOOST_FIXTURE_TEST_CASE(status_ends_with_77_when_a_person_is_needed, VaultCommandFixture) {
  CredentialRecord dead = ending_record();
  dead.state = RecordState::sign_in_needed;
  dead.state_reason = "the password was changed";
  store("me@example.org", dead);
  BOOST_TEST(run({"auth", "status"}) == 77);
  BOOST_TEST(has(out, "sign in again: the password was changed"));
}

BOOST_FIXTURE_TEST_CASE(rekey_gives_the_present_key_file_a_new_key, VaultCommandFixture) {
  store("me@example.org", ending_record());
  BOOST_TEST(run({"auth", "rekey"}) == 0);
  BOOST_TEST(read_text(key) != kRawKey);
  BOOST_TEST(has(err, "now opens with key file " + key.string() + " and no longer with the former key"));
  BOOST_TEST(run({"auth", "status"}) == 0);
  BOOST_TEST(run({"auth", "rekey", "--data", "--json"}) == 0);
  BOOST_TEST(has(out, R"("key_changed":false,"key_file_made":false,"data_key_changed":true,"accounts":1)"));
  BOOST_TEST(run({"auth", "status"}) == 0);
}

BOOST_FIXTURE_TEST_CASE(rekey_moves_to_a_passphrase_and_says_what_stops_it, VaultCommandFixture) {
  store("me@example.org", ending_record());
  write_text(directory / "keys/empty", "");
  const std::string before = read_text(vault);
  BOOST_TEST(run({"auth", "rekey", "--new-passphrase-file", (directory / "keys/empty").string()}) == 78);
  BOOST_TEST(run({"auth", "rekey", "--new-passphrase-file", (directory / "keys/empty").string(), "--new-key-file",
                  (directory / "keys/other").string()}) == 78);
  BOOST_TEST(has(err, "more than one key source is set"));
  BOOST_TEST(run({"auth", "rekey", "--new-key-file", key.string()}) == 78);
  BOOST_TEST(has(err, "is the present one; nothing was changed"));
  BOOST_TEST(read_text(vault) == before);
  write_text(directory / "keys/passphrase", "correct horse battery\n");
  BOOST_TEST(run({"auth", "rekey", "--json", "--new-passphrase-file", (directory / "keys/passphrase").string()}) == 0);
  BOOST_TEST(has(out, R"("key_changed":true)"));
  BOOST_TEST(run({"auth", "status"}) == 78);
  BOOST_TEST(run({"auth", "status", "--vault-passphrase-file", (directory / "keys/passphrase").string()}, false) == 0);
}

BOOST_FIXTURE_TEST_CASE(a_key_on_the_command_line_is_refused, VaultCommandFixture) {
  store("me@example.org", ending_record());
  for (const char* option : {"--vault-key="
                             "0123456789abcdef0123456789abcdef",
                             "--vault-passphrase=secret words"}) {
    BOOST_TEST(run({"auth", "status", option}, false) == 64);
    BOOST_TEST(!has(out + err, "0123456789abcdef"));
    BOOST_TEST(!has(out + err, "secret words"));
  }
}

BOOST_FIXTURE_TEST_CASE(a_program_may_print_the_key_and_gets_no_shell, VaultCommandFixture) {
  store("me@example.org", ending_record());
  BOOST_TEST(run({"auth", "status", "--vault-key-command", "cat", "--vault-key-command", key.string()}, false) == 0);
  BOOST_TEST(run({"auth", "status", "--vault-key-command", "cat " + key.string()}, false) == 78);
}

BOOST_AUTO_TEST_SUITE_END()
