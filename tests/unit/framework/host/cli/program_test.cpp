#include "cli/program.hpp"

#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "cli/command_plugins.hpp"
#include "cli/command_schema.hpp"
#include "cli/command_validate.hpp"
#include "cli/command_version.hpp"
#include "cli/failure.hpp"
#include "cli/help.hpp"
#include "config/fake_catalog.hpp"

namespace haulier::host::program_test {

const std::string kSmall = std::string(HAULIER_SOURCE_DIR) + "/tests/data/yaml/valid/small.yaml";
const std::string kBad = std::string(HAULIER_SOURCE_DIR) + "/tests/data/yaml/invalid/scalars.yaml";

int fail_badly(Invocation&) { throw std::runtime_error("vector::at with hunter2"); }

int fail_later(Invocation&) { throw Failed({.exit_code = ExitCode::try_again, .what = "the server is away"}); }

int log_a_secret(Invocation& invocation) {
  invocation.services.hide({"hunter2"});
  invocation.services.log.log(LogLevel::info, "host", "password is hunter2");
  return 0;
}

int say_connected(Invocation& invocation, PipelineConfig& config, PluginCatalog&) {
  invocation.out << "connected " << config.source.id << "\n";
  return 0;
}

struct Result {
  int exit_code = -1;
  std::string out;
  std::string err;
};

Result run(const std::vector<std::string>& arguments, bool with_plugins = true) {
  Command bug{.name = "bug", .summary = "s"};
  bug.run = fail_badly;
  Command later{.name = "later", .summary = "s"};
  later.run = fail_later;
  Command secret{.name = "secret", .summary = "s"};
  secret.run = log_a_secret;
  const CommandLine table({validate_command(), plugins_list_command(), plugins_describe_command(), schema_command(),
                           version_command(), bug, later, secret});
  VirtualClock clock;
  CrashPoints crash_points;
  StopEvent stop;
  ProgramParts parts{.clock = clock, .crash_points = crash_points, .stop = stop};
  if (with_plugins) {
    parts.open_catalog = [](const std::vector<std::string>&) { return std::make_unique<testing::FakeCatalog>(); };
  }
  parts.connect = say_connected;
  parts.hide = [](const std::vector<std::string>&) {};
  parts.redact = [](std::string_view line) {
    std::string text(line);
    const auto at = text.find("hunter2");
    return at == std::string::npos ? text : text.replace(at, 7, "***");
  };
  std::istringstream in;
  std::ostringstream out;
  std::ostringstream err;
  const ProgramStreams streams{.in = in, .out = out, .err = err};
  Result result;
  result.exit_code = run_program(table, arguments, streams, parts);
  result.out = out.str();
  result.err = err.str();
  return result;
}

BOOST_AUTO_TEST_SUITE(framework_host_cli_program)

BOOST_AUTO_TEST_CASE(help_and_version_go_to_stdout) {
  BOOST_TEST(run({"--help"}).exit_code == 0);
  BOOST_TEST(run({"--help"}).err.empty());
  BOOST_TEST(run({"version"}).out == version_line());
  BOOST_TEST(version_line().starts_with("haulier "));
}

BOOST_AUTO_TEST_CASE(a_wrong_command_line_exits_64_on_stderr) {
  const Result result = run({"validat"});
  BOOST_TEST(result.exit_code == 64);
  BOOST_TEST(result.out.empty());
  BOOST_TEST(result.err.starts_with("error: unknown command \"validat\"; did you mean \"validate\"?\n"));
  BOOST_TEST(result.err.find("  try:   haulier --help\n") != std::string::npos);
  BOOST_TEST(run({"validate", "--log-format=json"}).err.starts_with("{\"error\":{\"exit_code\":64,"));
}

BOOST_AUTO_TEST_CASE(a_good_file_validates) {
  const Result result = run({"validate", kSmall});
  BOOST_TEST(result.exit_code == 0);
  BOOST_TEST(result.out == kSmall + ": ok (small: letters -> box)\n");
  BOOST_TEST(run({"validate", kSmall, "--connect"}).out.ends_with("connected letters\n"));
}

BOOST_AUTO_TEST_CASE(a_bad_file_exits_78_and_tells_every_fault) {
  const Result result = run({"validate", kBad});
  BOOST_TEST(result.exit_code == 78);
  BOOST_TEST(result.out.empty());
  BOOST_TEST(result.err.starts_with("error: the pipeline file has 8 faults\n"));
  BOOST_TEST(result.err.find(kBad + ":5:5: \"host\" has no value") != std::string::npos);
  BOOST_TEST(result.err.find("  data:  nothing was read or written\n") != std::string::npos);
  BOOST_TEST(run({"validate", "no/such.yaml"}).exit_code == 78);
  BOOST_TEST(run({"validate", kSmall, "--set", "limits.memory=x"}).exit_code == 78);
  BOOST_TEST(run({"validate", kSmall}, false).exit_code == 78);
}

BOOST_AUTO_TEST_CASE(what_a_command_throws_becomes_its_exit_code) {
  BOOST_TEST(run({"later"}).exit_code == 75);
  const Result bug = run({"bug"});
  BOOST_TEST(bug.exit_code == 70);
  BOOST_TEST(bug.err.starts_with("error: unexpected: vector::at with ***\n"));
}

BOOST_AUTO_TEST_CASE(a_hidden_value_never_reaches_the_log) {
  const Result result = run({"secret"});
  BOOST_TEST(result.err.find("hunter2") == std::string::npos);
  BOOST_TEST(result.err.find("password is ***") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(plugins_are_listed_and_described) {
  const Result list = run({"plugins", "list"});
  BOOST_TEST(list.out ==
             "source     letters  1.0.0  letters from a server\n"
             "transform  polish   1.1.0  makes letters shine\n"
             "sink       box      2.0.0  a box for letters\n");
  BOOST_TEST(list.err.find("/p/broken.so is not used: built for ABI 9") != std::string::npos);
  BOOST_TEST(run({"plugins", "list", "--json"}).out.find("\"id\": \"polish\"") != std::string::npos);
  const Result one = run({"plugins", "describe", "box"});
  BOOST_TEST(
      one.out.starts_with("box 2.0.0 - sink\na box for letters\n/p/box.so\n\nSettings:\n  path  (string, required)"));
  BOOST_TEST(run({"plugins", "describe", "box", "--markdown"}).out.starts_with("| key |"));
  BOOST_TEST(run({"plugins", "describe", "box", "--json"}).out.starts_with("{\n"));
  const Result none = run({"plugins", "describe", "bx"});
  BOOST_TEST(none.exit_code == 78);
  BOOST_TEST(none.err.starts_with("error: there is no plugin \"bx\"; did you mean \"box\"?"));
}

BOOST_AUTO_TEST_CASE(the_schema_goes_to_stdout) {
  const Result result = run({"schema"});
  BOOST_TEST(result.exit_code == 0);
  BOOST_TEST(result.out.starts_with("{\n  \"$schema\": "));
  BOOST_TEST(result.out.ends_with("}\n"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace haulier::host::program_test
