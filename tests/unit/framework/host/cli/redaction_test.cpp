// A canary in every form a secret travels in must not come out anywhere: log, terminal, error text, run report, audit.
#include <Poco/Base64Encoder.h>
#include <Poco/URI.h>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <sstream>

#include "../../credentials/credential_fixtures.hpp"
#include "cli/command_run.hpp"
#include "cli/failure.hpp"
#include "cli/program.hpp"
#include "engine/plugin_registry.hpp"
#include "report/audit.hpp"
#include "report/run_report.hpp"

namespace haulier::host::redaction_test {

namespace data = boost::unit_test::data;
using credential_tests::read_text;
using credential_tests::TempDirectory;
using credential_tests::write_text;

const std::string kCanary = "c4nary/p+ss w%rd";
const std::string kUser = "me@example.org";

std::string base64(const std::string& text) {
  std::ostringstream out;
  Poco::Base64Encoder encoder(out);
  encoder.rdbuf()->setLineLength(0);
  encoder << text;
  encoder.close();
  return out.str();
}

std::string url_form(const std::string& text) {
  std::string out;
  Poco::URI::encode(text, "/+% ", out);
  return out;
}

struct Form {
  const char* name;
  std::string text;
};
std::ostream& operator<<(std::ostream& out, const Form& form) { return out << form.name; }

const Form kForms[] = {
    {"plain", kCanary},
    {"base64", base64(kCanary)},
    {"url", url_form(kCanary)},
    {"xoauth2", base64("user=" + kUser +
                       "\x01"
                       "auth=Bearer " +
                       kCanary + "\x01\x01")},
    {"sasl_plain", base64(std::string(1, '\0') + kUser + std::string(1, '\0') + kCanary)},
};

struct Fixture {
  Fixture() { redactor.add(credentials::Secret(kCanary), kUser); }
  [[nodiscard]] Redact redact() {
    return [this](std::string_view text) { return redactor.mask(text); };
  }
  int run(const CommandLine& table, const std::vector<std::string>& arguments) {
    SystemClock clock;
    CrashPoints crash_points;
    StopEvent stop;
    ProgramParts parts{.clock = clock, .crash_points = crash_points, .stop = stop};
    parts.redact = redact();
    parts.open_catalog = [](const std::vector<std::string>&) {
      return std::make_unique<PluginRegistry>(std::vector<std::string>{TEST_PLUGINS});
    };
    std::istringstream in;
    std::ostringstream out_stream;
    std::ostringstream err_stream;
    const int code = run_program(table, arguments, {.in = in, .out = out_stream, .err = err_stream}, parts);
    out = out_stream.str();
    err = err_stream.str();
    return code;
  }

  credentials::Redactor redactor;
  TempDirectory folder;
  std::string out;
  std::string err;
};

// Says its argument everywhere a command can.
Command parrot() {
  Command command{.name = "parrot", .summary = "s", .arguments = {{"TEXT"}}};
  command.run = [](Invocation& invocation) -> int {
    const std::string& text = invocation.arguments.at(0);
    invocation.services.log.log(LogLevel::info, "host", "log " + text, {{"field", text}});
    invocation.out << "out " << text << "\n";
    throw Failed({.exit_code = ExitCode::protocol, .what = "what " + text, .details = {"detail " + text}});
  };
  return command;
}

bool is_clean(const std::string& text, const std::string& secret) {
  return text.find(secret) == std::string::npos && text.find("***") != std::string::npos;
}

BOOST_AUTO_TEST_SUITE(framework_host_cli_redaction)

BOOST_DATA_TEST_CASE_F(Fixture, terminal_log_and_error_text_hide_it, data::make(kForms), form) {
  for (const char* format : {"text", "json"}) {
    BOOST_TEST(run(CommandLine({parrot()}), {"parrot", form.text, "--log-format", format}) == 76);
    BOOST_TEST(is_clean(out, form.text), out);
    BOOST_TEST(is_clean(err, form.text), err);
  }
}

BOOST_DATA_TEST_CASE_F(Fixture, the_audit_log_hides_it_and_its_chain_stays_good, data::make(kForms), form) {
  const std::string file = (folder / "audit.log").string();
  VirtualClock clock;
  {
    Audit audit({.file = file, .redact = redact()}, clock);
    audit.record("said", {{"text", "before " + form.text + " behind"}});
    audit.record("more", {{"text", form.text}});
  }
  BOOST_TEST(is_clean(read_text(file), form.text), read_text(file));
  BOOST_TEST(verify_audit(file).words == "2 lines, all intact");
}

BOOST_DATA_TEST_CASE_F(Fixture, the_run_report_hides_it, data::make(kForms), form) {
  RunReport report;
  report.warnings = {"warning " + form.text};
  report.partitions = {{form.text, {}, "error " + form.text}};
  report.failure = Failure{.exit_code = ExitCode::protocol, .what = form.text, .command = "x " + form.text};
  const std::string json = run_report_json(report, redact());
  BOOST_TEST(is_clean(json, form.text), json);
}

BOOST_FIXTURE_TEST_CASE(a_secret_that_looks_like_a_number_leaves_numbers_times_and_hashes_alone, Fixture) {
  redactor.add(credentials::Secret("2023"));
  redactor.add(credentials::Secret("4096"));
  RunReport report;
  report.started_at_us = 1'700'000'000'000'000;
  report.peak_memory_bytes = 4096;
  report.warnings = {"pin 4096"};
  const std::string json = run_report_json(report, redact());
  BOOST_TEST(json.find(R"("started_at": "2023-11-14)") != std::string::npos, json);
  BOOST_TEST(json.find(R"("peak_memory_bytes": 4096)") != std::string::npos, json);
  BOOST_TEST(json.find("pin ***") != std::string::npos, json);
}

// The name of a pipeline stands in the log, the report and the audit log of its run.
BOOST_FIXTURE_TEST_CASE(a_run_hides_it_in_the_log_the_report_and_the_audit_log, Fixture) {
  const std::string name = "canary-2f6c81d0";
  redactor.add(credentials::Secret(name));
  const auto path = [&](const char* file) { return (folder / file).string(); };
  write_text(path("p.yaml"),
             "haulier: 1\nname: " + name +
                 "\nsource: { counter: { last: 3 } }\nsinks: [ { line_file: { path: " + path("out.txt") +
                 " } } ]\nstate: { directory: " + path("state") + " }\naudit: { file: " + path("audit.log") + " }\n");
  BOOST_TEST(run(CommandLine({run_command()}), {"run", path("p.yaml"), "--report", path("report.json")}) == 0);
  BOOST_TEST(read_text(path("out.txt")) == "1\n2\n3\n");
  for (const std::string& text : {err, read_text(path("report.json")), read_text(path("audit.log"))}) {
    BOOST_TEST(is_clean(text, name), text);
  }
  BOOST_TEST(verify_audit(path("audit.log")).intact);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace haulier::host::redaction_test
