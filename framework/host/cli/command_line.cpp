#include "cli/command_line.hpp"

#include <Poco/Util/Option.h>
#include <Poco/Util/OptionException.h>
#include <Poco/Util/OptionProcessor.h>
#include <Poco/Util/OptionSet.h>

#include <algorithm>

#include "cli/help.hpp"
#include "config/quantity.hpp"
#include "config/suggestion.hpp"

namespace haulier::host {

namespace {

using Options = std::map<std::string, std::vector<std::string>>;

// Reads options by one table. Poco's processor splits them; its two habits that would make scripts fragile (unique
// prefixes, letter case ignored) are refused before it sees them.
class OptionReader {
 public:
  OptionReader(std::vector<OptionSpec> specs, std::string command)
      : specs_(std::move(specs)), command_(std::move(command)), set_(poco_set(specs_)), processor_(set_) {
    processor_.setUnixStyle(true);
  }

  // True when the argument was an option or the value of the option before it.
  bool take(const std::string& argument, Options& out) {
    if (only_arguments_) return false;
    if (argument == "--") return only_arguments_ = true;
    const bool is_value = !waiting_.empty();
    if (!is_value) check_name(argument);
    std::string name;
    std::string value;
    try {
      if (!processor_.process(argument, name, value)) return false;
    } catch (const Poco::Util::DuplicateOptionException&) {
      throw UsageError("--" + name_of(argument) + " is given twice", command_);
    } catch (const Poco::Util::OptionException& error) {
      throw UsageError(error.displayText(), command_);
    }
    if (is_value) {
      out[waiting_].push_back(argument);
      waiting_.clear();
    } else if (name.empty()) {
      waiting_ = name_of(argument);
    } else {
      out[name].push_back(value);
    }
    return true;
  }

  void finish() const {
    if (!waiting_.empty()) throw UsageError("--" + waiting_ + " needs a value", command_);
  }

 private:
  static Poco::Util::OptionSet poco_set(const std::vector<OptionSpec>& specs) {
    Poco::Util::OptionSet set;
    for (const OptionSpec& spec : specs) {
      Poco::Util::Option option(spec.name, spec.name == "help" ? "h" : "");
      option.repeatable(spec.repeatable);
      if (!spec.argument.empty()) option.argument(spec.argument, !spec.may_stand_alone);
      set.addOption(option);
    }
    return set;
  }

  static std::string name_of(const std::string& argument) {
    return argument.starts_with("--") ? argument.substr(2, argument.find('=') - 2) : argument;
  }

  void check_name(const std::string& argument) const {
    if (argument == "-" || argument == "-h" || !argument.starts_with("-")) return;
    const std::string name = name_of(argument);
    std::vector<std::string> known;
    for (const OptionSpec& spec : specs_) known.push_back("--" + spec.name);
    const auto spec = std::find_if(specs_.begin(), specs_.end(), [&](const OptionSpec& s) { return s.name == name; });
    if (spec == specs_.end() || !argument.starts_with("--")) {
      const std::string shown = argument.substr(0, argument.find('='));
      const std::string near = nearest(shown, known);
      throw UsageError("unknown option " + shown + (near.empty() ? "" : "; did you mean " + near + "?"), command_);
    }
    const bool has_value = argument.find('=') != std::string::npos;
    if (has_value && spec->argument.empty()) throw UsageError("--" + name + " takes no value", command_);
    if (has_value && argument.ends_with("=")) throw UsageError("--" + name + "= has no value behind it", command_);
  }

  const std::vector<OptionSpec> specs_;
  const std::string command_;
  const Poco::Util::OptionSet set_;
  Poco::Util::OptionProcessor processor_;
  bool only_arguments_ = false;  // behind "--"
  std::string waiting_;          // option that waits for its value in the next argument
};

std::string last(const Options& options, const std::string& name) {
  const auto found = options.find(name);
  return found == options.end() ? std::string() : found->second.back();
}

template <typename T>
T choice(const Options& options, const std::string& name, const std::vector<std::pair<std::string, T>>& known,
         T otherwise) {
  const std::string word = last(options, name);
  if (word.empty()) return otherwise;
  std::vector<std::string> words;
  for (const auto& [text, value] : known) {
    if (text == word) return value;
    words.push_back(text);
  }
  throw UsageError("--" + name + " cannot be \"" + word + "\"" + did_you_mean(word, words));
}

GlobalOptions take_globals(Options& options) {
  GlobalOptions global;
  global.plugin_paths = options["plugin-path"];
  global.quiet = options.count("quiet") != 0;
  global.no_color = options.count("no-color") != 0;
  const LogLevel level = global.quiet ? LogLevel::error : LogLevel::info;
  global.log_level = choice<LogLevel>(options, "log-level",
                                      {{"debug", LogLevel::debug},
                                       {"info", LogLevel::info},
                                       {"warning", LogLevel::warning},
                                       {"error", LogLevel::error},
                                       {"none", LogLevel::none}},
                                      level);
  global.log_format =
      choice<LogFormat>(options, "log-format", {{"text", LogFormat::text}, {"json", LogFormat::json}}, LogFormat::text);
  for (const OptionSpec& spec : global_options()) options.erase(spec.name);
  return global;
}

void check_arguments(const Command& command, const std::vector<std::string>& arguments) {
  const auto required = std::count_if(command.arguments.begin(), command.arguments.end(),
                                      [](const ArgumentSpec& argument) { return argument.required; });
  if (arguments.size() < static_cast<std::size_t>(required)) {
    throw UsageError("\"" + command.name + "\" needs " + command.arguments[arguments.size()].name, command.name);
  }
  if (arguments.size() > command.arguments.size()) {
    throw UsageError("\"" + arguments[command.arguments.size()] + "\" is one argument too many", command.name);
  }
}

std::string first_word(const std::string& name) { return name.substr(0, name.find(' ')); }

bool is_group(const std::vector<Command>& commands, const std::string& word) {
  return std::any_of(commands.begin(), commands.end(),
                     [&](const Command& command) { return command.name != word && first_word(command.name) == word; });
}

const Command* exact(const std::vector<Command>& commands, const std::string& name) {
  const auto found = std::find_if(commands.begin(), commands.end(), [&](const Command& c) { return c.name == name; });
  return found == commands.end() ? nullptr : &*found;
}

}  // namespace

ParsedLine CommandLine::parse(const std::vector<std::string>& arguments) const {
  if (arguments.size() == 1 && (arguments[0] == "--version" || arguments[0] == "-V")) return {.print = version_line()};
  Options before;
  OptionReader globals(global_options(), "");
  std::size_t at = 0;
  while (at < arguments.size() && globals.take(arguments[at], before)) ++at;
  globals.finish();
  const bool help_word = at < arguments.size() && arguments[at] == "help";
  if (help_word || before.count("help") != 0) {
    const auto words = arguments.begin() + static_cast<std::ptrdiff_t>(at) + (help_word ? 1 : 0);
    return {.print = help_for({words, arguments.end()})};
  }
  if (at == arguments.size()) throw UsageError("no command given");
  const std::string& word = arguments[at++];
  const bool help_next = at < arguments.size() && (arguments[at] == "--help" || arguments[at] == "-h");
  if (help_next && is_group(commands_, word)) return {.print = group_help(word, commands_)};
  const Command& command = find_command(word, arguments, at);
  return parse_command(command, std::move(before), arguments, at);
}

ParsedLine CommandLine::parse_command(const Command& command, std::map<std::string, std::vector<std::string>> before,
                                      const std::vector<std::string>& arguments, std::size_t at) {
  ParsedLine line;
  std::vector<OptionSpec> specs = command.options;
  specs.insert(specs.end(), global_options().begin(), global_options().end());
  OptionReader reader(std::move(specs), command.name);
  for (; at < arguments.size(); ++at) {
    if (!reader.take(arguments[at], line.options)) line.arguments.push_back(arguments[at]);
  }
  reader.finish();
  if (line.options.count("help") != 0) return {.print = command_help(command)};
  line.command = &command;
  for (auto& [name, values] : before) {
    auto& all = line.options[name];
    all.insert(all.begin(), values.begin(), values.end());
  }
  line.global = take_globals(line.options);
  check_arguments(command, line.arguments);
  return line;
}

const Command& CommandLine::find_command(const std::string& first, const std::vector<std::string>& arguments,
                                         std::size_t& at) const {
  if (const Command* command = exact(commands_, first)) return *command;
  if (is_group(commands_, first)) {
    if (at == arguments.size() || arguments[at].starts_with("-")) {
      throw UsageError("\"" + first + "\" needs one more word", first);
    }
    const std::string name = first + " " + arguments[at++];
    if (const Command* command = exact(commands_, name)) return *command;
    std::vector<std::string> names;
    for (const Command& command : commands_) {
      if (first_word(command.name) == first) names.push_back(command.name);
    }
    throw UsageError("unknown command \"" + name + "\"" + did_you_mean(name, names), first);
  }
  // Names that later versions give a meaning to; a suggestion of something else would mislead.
  for (const std::string_view reserved : {"doctor", "verify", "new"}) {
    if (first == reserved) throw UsageError("the command \"" + first + "\" does not exist in this version");
  }
  std::vector<std::string> words;
  for (const Command& command : commands_) words.push_back(first_word(command.name));
  const std::string near = nearest(first, words);
  throw UsageError("unknown command \"" + first + "\"" + (near.empty() ? "" : "; did you mean \"" + near + "\"?"));
}

std::string CommandLine::help_for(const std::vector<std::string>& words) const {
  std::string name;
  for (const std::string& word : words) name += (name.empty() ? "" : " ") + word;
  if (const Command* command = exact(commands_, name)) return command_help(*command);
  if (is_group(commands_, name)) return group_help(name, commands_);
  if (!name.empty()) throw UsageError("unknown command \"" + name + "\"");
  return global_help(commands_);
}

std::optional<std::string> Invocation::option(const std::string& name) const {
  const auto found = options.find(name);
  if (found == options.end()) return std::nullopt;
  return found->second.back();
}

std::vector<std::string> Invocation::all(const std::string& name) const {
  const auto found = options.find(name);
  return found == options.end() ? std::vector<std::string>() : found->second;
}

std::optional<std::int64_t> Invocation::count_option(const std::string& name) const {
  const auto text = option(name);
  if (!text) return std::nullopt;
  const auto count = parse_count(*text);
  if (!count) throw UsageError("--" + name + " must be a whole number, not \"" + *text + "\"", command.name);
  return count;
}

std::optional<std::int64_t> Invocation::milliseconds_option(const std::string& name) const {
  const auto text = option(name);
  if (!text) return std::nullopt;
  const auto ms = parse_milliseconds(*text);
  if (!ms) {
    throw UsageError("--" + name + " must be a duration such as 30s or 10m, not \"" + *text + "\"", command.name);
  }
  return ms;
}

}  // namespace haulier::host
