#include "cli/command_line.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "cli/command_plugins.hpp"
#include "cli/command_version.hpp"
#include "cli/help.hpp"

namespace haulier::host::command_line_test {

namespace data = boost::unit_test::data;

int do_nothing(Invocation&) { return 0; }

CommandLine table() {
  Command run{.name = "run", .summary = "run it"};
  run.arguments = {{"PIPELINE.yaml"}};
  run.options = {{"limit", "N", "stop after N"}, {"watch", "", "stay"}, {"set", "P=V", "set", true}};
  run.exit_codes = {ExitCode::ok};
  run.examples = {{"haulier run a.yaml", "runs"}};
  run.run = do_nothing;
  return CommandLine({run, plugins_list_command(), plugins_describe_command(), version_command()});
}

std::string fault_of(const std::vector<std::string>& arguments) {
  try {
    (void)table().parse(arguments);
  } catch (const UsageError& error) {
    return error.what() + (error.command().empty() ? std::string() : " [" + error.command() + "]");
  }
  return "no fault";
}

struct Case {
  std::vector<std::string> arguments;
  const char* fault;
};

std::ostream& operator<<(std::ostream& out, const Case& c) {
  for (const std::string& argument : c.arguments) out << argument << ' ';
  return out;
}

const Case kCases[] = {
    {{}, "no command given"},
    {{"rnu", "a"}, "unknown command \"rnu\"; did you mean \"run\"?"},
    {{"doctor", "a"}, "the command \"doctor\" does not exist in this version"},
    {{"frobnicate"}, "unknown command \"frobnicate\""},
    {{"plugins"}, "\"plugins\" needs one more word [plugins]"},
    {{"plugins", "lst"}, "unknown command \"plugins lst\"; did you mean \"plugins list\"? [plugins]"},
    {{"run"}, "\"run\" needs PIPELINE.yaml [run]"},
    {{"run", "a", "b"}, "\"b\" is one argument too many [run]"},
    {{"run", "a", "--limt", "3"}, "unknown option --limt; did you mean --limit? [run]"},
    {{"run", "a", "--lim", "3"}, "unknown option --lim; did you mean --limit? [run]"},
    {{"run", "a", "--Limit=3"}, "unknown option --Limit; did you mean --limit? [run]"},
    {{"run", "a", "--limit"}, "--limit needs a value [run]"},
    {{"run", "a", "--limit="}, "--limit= has no value behind it [run]"},
    {{"run", "a", "--limit=1", "--limit=2"}, "--limit is given twice [run]"},
    {{"run", "a", "--watch=yes"}, "--watch takes no value [run]"},
    {{"run", "a", "-x"}, "unknown option -x [run]"},
    {{"run", "a", "-limit", "3"}, "unknown option -limit; did you mean --limit? [run]"},
    {{"--limit", "3", "run", "a"}, "unknown option --limit"},
    {{"--log-level", "loud", "run", "a"}, "--log-level cannot be \"loud\"; known: debug, info, warning, error, none"},
    {{"run", "a", "--log-format=jsn"}, "--log-format cannot be \"jsn\"; did you mean \"json\"?"},
    {{"help", "nothing"}, "unknown command \"nothing\""},
};

BOOST_AUTO_TEST_SUITE(framework_host_cli_command_line)

BOOST_DATA_TEST_CASE(a_wrong_line_is_explained, data::make(kCases), one) {
  BOOST_TEST(fault_of(one.arguments) == one.fault);
}

BOOST_AUTO_TEST_CASE(options_may_stand_anywhere_behind_the_command) {
  for (const auto& arguments : std::vector<std::vector<std::string>>{{"run", "a.yaml", "--limit", "5", "--watch"},
                                                                     {"run", "--watch", "--limit=5", "a.yaml"}}) {
    const CommandLine commands = table();
    const ParsedLine line = commands.parse(arguments);
    BOOST_TEST(line.command->name == "run");
    BOOST_TEST(line.arguments.at(0) == "a.yaml");
    BOOST_TEST(line.options.at("limit").at(0) == "5");
    BOOST_TEST(line.options.count("watch") == 1u);
  }
}

BOOST_AUTO_TEST_CASE(repeatable_options_keep_their_order_and_their_text) {
  const CommandLine commands = table();
  const ParsedLine line = commands.parse({"run", "a", "--set", "x=1", "--set=y=a:b", "--set", "--strange"});
  BOOST_TEST(line.options.at("set") == (std::vector<std::string>{"x=1", "y=a:b", "--strange"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(global_options_stand_before_or_behind_the_command) {
  const CommandLine commands = table();
  const ParsedLine line = commands.parse(
      {"--plugin-path", "p", "--log-level=debug", "run", "a", "--plugin-path=q", "--log-format", "json", "--no-color"});
  BOOST_TEST(line.global.plugin_paths == (std::vector<std::string>{"p", "q"}), boost::test_tools::per_element());
  BOOST_TEST((line.global.log_level == LogLevel::debug));
  BOOST_TEST((line.global.log_format == LogFormat::json));
  BOOST_TEST(line.global.no_color);
  BOOST_TEST(line.options.empty());
  BOOST_TEST((commands.parse({"run", "a", "--quiet"}).global.log_level == LogLevel::error));
}

BOOST_AUTO_TEST_CASE(behind_two_dashes_everything_is_an_argument) {
  const CommandLine commands = table();
  BOOST_TEST(commands.parse({"run", "--", "--watch"}).arguments.at(0) == "--watch");
  BOOST_TEST(commands.parse({"run", "-"}).arguments.at(0) == "-");
}

BOOST_AUTO_TEST_CASE(two_word_commands_are_found) {
  const CommandLine commands = table();
  BOOST_TEST(commands.parse({"plugins", "describe", "imap", "--markdown"}).command->name == "plugins describe");
}

BOOST_AUTO_TEST_CASE(help_is_reached_in_every_usual_way) {
  const CommandLine commands = table();
  const std::string all = commands.parse({"--help"}).print;
  BOOST_TEST(all.find("  plugins list ") != std::string::npos);
  BOOST_TEST(commands.parse({"help"}).print == all);
  BOOST_TEST(commands.parse({"-h"}).print == all);
  const std::string one = commands.parse({"run", "--help"}).print;
  BOOST_TEST(one.find("Usage: haulier run [options] PIPELINE.yaml\n") != std::string::npos);
  BOOST_TEST(one.find("  --limit N") != std::string::npos);
  BOOST_TEST(commands.parse({"--help", "run"}).print == one);
  BOOST_TEST(commands.parse({"help", "run"}).print == one);
  BOOST_TEST(commands.parse({"run", "-h"}).print == one);
  BOOST_TEST(commands.parse({"plugins", "--help"}).print.find("plugins describe") != std::string::npos);
  BOOST_TEST(commands.parse({"--version"}).print == version_line());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace haulier::host::command_line_test
