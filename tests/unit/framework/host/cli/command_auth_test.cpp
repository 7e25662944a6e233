#include "cli/command_auth.hpp"

#include <Poco/URI.h>

#include <boost/test/unit_test.hpp>
#include <functional>
#include <sstream>
#include <thread>

#include "../../credentials/loopback_server.hpp"
#include "cli/program.hpp"
#include "credentials/redactor.hpp"

BOOST_AUTO_TEST_SUITE(framework_host_cli_command_auth)
using namespace credential_tests;
namespace host = haulier::host;

// Standard output that tells a reader at every flush, as a pipe would.
struct WatchedBuffer : std::stringbuf {
  std::function<void(const std::string&)> on_flush;
  int sync() override {
    if (on_flush) on_flush(str());
    return 0;
  }
};

struct AuthFixture {
  TempDirectory directory;
  haulier::credentials::Redactor redactor;
  std::function<void(const std::string&)> on_flush;
  std::string out;
  std::string err;

  int run(std::vector<std::string> arguments) {
    const host::CommandLine table(
        {host::auth_login_command(), host::auth_status_command(), host::auth_logout_command()});
    if (!fs::exists(directory / "vault.key")) write_text(directory / "vault.key", kRawKey);
    for (const char* option : {"--vault", "--vault-key-file"}) {
      arguments.emplace_back(option);
      arguments.push_back((directory / (std::string(option) == "--vault" ? "tokens.vault" : "vault.key")).string());
    }
    host::SystemClock clock;
    host::CrashPoints crash_points;
    host::StopEvent stop;
    host::ProgramParts parts{.clock = clock, .crash_points = crash_points, .stop = stop};
    parts.redactor = &redactor;
    parts.redact = [this](std::string_view line) { return redactor.mask(line); };
    std::istringstream in;
    WatchedBuffer buffer;
    buffer.on_flush = on_flush;
    std::ostream output(&buffer);
    std::ostringstream errors;
    const int code = host::run_program(table, arguments, {.in = in, .out = output, .err = errors}, parts);
    out = buffer.str();
    err = errors.str();
    return code;
  }
  [[nodiscard]] std::string file(const std::string& name, const std::string& text) const {
    write_text(directory / name, text);
    return (directory / name).string();
  }
  [[nodiscard]] bool said(const std::string& words) const { return err.find(words) != std::string::npos; }
};

BOOST_FIXTURE_TEST_CASE(an_app_password_is_stored_listed_and_removed, AuthFixture) {
  const std::string account = "someone@gd.chinamobile.com";
  BOOST_TEST(run({"auth", "login", account, "--password-file", file("code", "0123456789abcdef0123\n")}) == 0);
  BOOST_TEST(said("mail server imap.chinamobile.com"));
  BOOST_TEST(said("授权码, an app password given by the provider"));
  BOOST_TEST(out == "");
  BOOST_TEST(run({"auth", "status", "--json"}) == 0);
  BOOST_TEST(out.find(R"("method":"app_password","provider":"chinamobile")") != std::string::npos);
  BOOST_TEST(out.find("0123456789abcdef0123") == std::string::npos);
  BOOST_TEST(run({"auth", "status"}) == 0);
  BOOST_TEST(out.find("imap.chinamobile.com") != std::string::npos);
  BOOST_TEST(run({"auth", "status", "nobody@example.org"}) == 77);
  BOOST_TEST(run({"auth", "logout", account}) == 0);
  BOOST_TEST(run({"auth", "logout", account}) == 78);
}

BOOST_FIXTURE_TEST_CASE(what_is_wrong_ends_with_its_exit_code_and_keeps_the_vault, AuthFixture) {
  BOOST_TEST(run({"auth", "status"}) == 77);
  BOOST_TEST(said("does not exist. Create it with: haulier auth login ACCOUNT"));
  BOOST_TEST(run({"auth", "login", "me@example.org"}) == 78);
  BOOST_TEST(said("name it with --host"));
  BOOST_TEST(run({"auth", "login", "me@example.org", "--provider", "nobody"}) == 78);
  BOOST_TEST(run({"auth", "login", "me@gmail.com"}) == 78);
  BOOST_TEST(said("--client-id is missing"));
  BOOST_TEST(run({"auth", "login", "me@gmail.com", "--client-id", "x", "--client-auth", "none"}) == 64);
  BOOST_TEST(run({"auth", "login"}) == 64);
  BOOST_TEST(!fs::exists(directory / "tokens.vault"));
  BOOST_TEST(run({"auth", "login", "me@163.com", "--password-file", file("code", "ABCDEFGHIJKLMNOP")}) == 0);
  const std::string before = read_text(directory / "tokens.vault");
  write_text(directory / "vault.key", std::string(32, 'w'));
  BOOST_TEST(run({"auth", "login", "me@163.com", "--password-file", (directory / "code").string()}) == 78);
  BOOST_TEST(said("does not open"));
  BOOST_TEST(read_text(directory / "tokens.vault") == before);
}

BOOST_FIXTURE_TEST_CASE(the_url_alone_is_on_standard_output_and_the_browser_can_be_a_script, AuthFixture) {
  const LoopbackServer server([](auto& request, auto& response, const std::string&) {
    const bool token = request.getURI() == "/token";
    reply(response, token ? 200 : 404, "application/json",
          R"({"access_token":"canary-access","refresh_token":"canary-refresh","token_type":"Bearer","expires_in":5})");
  });
  std::string url;
  std::thread browser;
  on_flush = [&](const std::string& printed) {
    if (!url.empty() || printed.find('\n') == std::string::npos) return;
    url = printed.substr(0, printed.find('\n'));
    browser = std::thread([&] {
      std::map<std::string, std::string> fields;
      for (const auto& [name, value] : Poco::URI(url).getQueryParameters()) fields[name] = value;
      HttpRequest request;
      request.url = fields["redirect_uri"] + "?code=c&state=" + fields["state"];
      static_cast<void>(exchange_http(request));
    });
  };
  const int code = run({"auth", "login", "me@example.org", "--authorize-url", server.url("/auth"), "--token-url",
                        server.url("/token"), "--client-id", "client", "--host", "imap.example.org", "--no-browser"});
  if (browser.joinable()) browser.join();
  BOOST_TEST(code == 0);
  BOOST_TEST(out == url + "\n");
  BOOST_TEST(url.starts_with(server.url("/auth?")));
  BOOST_TEST(said("signed in: me@example.org"));
  BOOST_TEST(!said("canary"));
  on_flush = {};
  BOOST_TEST(run({"auth", "status", "me@example.org"}) == 0);
  BOOST_TEST(out.find("canary") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
