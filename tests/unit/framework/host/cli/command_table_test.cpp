#include "cli/command_table.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cctype>
#include <set>
#include <sstream>

#include "cli/help.hpp"

namespace haulier::host {
// For the names of the data-driven cases.
std::ostream& operator<<(std::ostream& out, const Command& command) { return out << command.name; }
}  // namespace haulier::host

namespace haulier::host::command_table_test {

namespace data = boost::unit_test::data;

std::vector<Command> all() { return command_table().commands(); }

std::vector<std::string> words_of(const std::string& name) {
  std::istringstream in(name);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// What is counted or measured has a default, and a time or size shows how it is written.
std::string fault_of(const OptionSpec& option) {
  if (option.summary.empty()) return "has no summary";
  if (option.argument.empty()) return "";
  const bool is_placeholder = std::all_of(option.argument.begin(), option.argument.end(),
                                          [](unsigned char c) { return std::isupper(c) || c == '=' || c == '-'; });
  if (!is_placeholder) return "has a strange placeholder " + option.argument;
  const std::set<std::string> counted{"N", "TIME", "SIZE", "PORT", "LEVEL", "FORMAT"};
  if (counted.count(option.argument) != 0 && !holds(option.summary, "(default: ")) return "does not tell its default";
  const bool has_digit =
      std::any_of(option.summary.begin(), option.summary.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
  if ((option.argument == "TIME" || option.argument == "SIZE") && !has_digit) return "shows no value with its unit";
  return "";
}

BOOST_AUTO_TEST_SUITE(framework_host_cli_command_table)

BOOST_DATA_TEST_CASE(every_command_teaches, data::make(all()), command) {
  BOOST_TEST(!command.summary.empty());
  BOOST_TEST(!holds(command.summary, "\n"));
  BOOST_TEST(!command.description.empty());
  BOOST_TEST((command.run != nullptr));
  BOOST_REQUIRE(!command.examples.empty());
  for (const Example& example : command.examples) {
    BOOST_TEST(holds(example.line, "haulier " + command.name));
    BOOST_TEST(!example.meaning.empty());
  }
  const std::string help = command_help(command);
  BOOST_TEST(holds(help, "Usage: haulier " + command.name));
  BOOST_TEST(holds(help, "\nExit codes:\n  0 "));
  for (const OptionSpec& option : command.options) BOOST_TEST(holds(help, "  --" + option.name));
}

BOOST_DATA_TEST_CASE(every_option_tells_its_unit_and_default, data::make(all()), command) {
  std::set<std::string> names;
  for (const OptionSpec& option : command.options) {
    BOOST_TEST(fault_of(option) == "", "--" + option.name + " " + fault_of(option));
    BOOST_TEST(names.insert(option.name).second, "--" + option.name + " is there twice");
  }
}

BOOST_AUTO_TEST_CASE(every_global_option_tells_its_unit_and_default) {
  for (const OptionSpec& option : global_options()) {
    BOOST_TEST(fault_of(option) == "", "--" + option.name + " " + fault_of(option));
  }
}

BOOST_DATA_TEST_CASE(exit_codes_are_told_once_and_in_order, data::make(all()), command) {
  std::vector<int> codes;
  for (const ExitCode code : command.exit_codes) codes.push_back(to_int(code));
  BOOST_REQUIRE(!codes.empty());
  BOOST_TEST(codes.front() == 0);
  BOOST_TEST((std::adjacent_find(codes.begin(), codes.end(), std::greater_equal<int>()) == codes.end()));
  const bool takes_words = !command.arguments.empty() || !command.options.empty();
  BOOST_TEST((!takes_words || std::count(codes.begin(), codes.end(), to_int(ExitCode::usage)) == 1));
}

BOOST_DATA_TEST_CASE(help_before_and_behind_the_command_is_the_same, data::make(all()), command) {
  const CommandLine table = command_table();
  std::vector<std::string> behind = words_of(command.name);
  std::vector<std::string> before = behind;
  behind.emplace_back("--help");
  before.insert(before.begin(), "help");
  BOOST_TEST(table.parse(before).print == command_help(command));
  BOOST_TEST(table.parse(behind).print == command_help(command));
}

BOOST_AUTO_TEST_CASE(a_group_is_explained_in_both_ways_and_every_command_is_listed) {
  const CommandLine table = command_table();
  for (const char* group : {"plugins", "auth", "audit"}) {
    BOOST_TEST(table.parse({"help", group}).print == table.parse({group, "--help"}).print);
  }
  const std::string list = table.parse({"--help"}).print;
  for (const Command& command : table.commands()) BOOST_TEST(holds(list, "\n  " + command.name + " "));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace haulier::host::command_table_test
