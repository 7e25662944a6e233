#include "cli/command_plugins.hpp"

#include <algorithm>

#include "cli/failure.hpp"
#include "cli/pipeline_argument.hpp"
#include "config/schema_text.hpp"
#include "config/suggestion.hpp"
#include "json_writer.hpp"

namespace haulier::host {

namespace {

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text + "  ";
}

void print_json(const PluginCatalog& catalog, std::ostream& out) {
  JsonWriter json(2);
  json.begin_list();
  for (const PluginDescription& plugin : catalog.plugins()) {
    json.begin_object().member("kind", plugin_kind_words(plugin.kind)).member("id", plugin.id);
    json.member("version", plugin.version).member("summary", plugin.summary).member("file", plugin.file).end_object();
  }
  json.end_list();
  out << json.text() << "\n";
}

void print_table(const PluginCatalog& catalog, std::ostream& out) {
  std::size_t id_width = 0;
  std::size_t version_width = 0;
  for (const PluginDescription& plugin : catalog.plugins()) {
    id_width = std::max(id_width, plugin.id.size());
    version_width = std::max(version_width, plugin.version.size());
  }
  for (const PluginDescription& plugin : catalog.plugins()) {
    out << padded(std::string(plugin_kind_words(plugin.kind)), 9) << padded(plugin.id, id_width)
        << padded(plugin.version, version_width) << plugin.summary << "\n";
  }
}

int run_list(Invocation& invocation) {
  const auto catalog = open_catalog(invocation);
  invocation.has("json") ? print_json(*catalog, invocation.out) : print_table(*catalog, invocation.out);
  LogSink& log = invocation.services.log;
  for (const PluginProblem& problem : catalog->problems()) {
    log.log(LogLevel::warning, "host", problem.file + " is not used: " + problem.words);
  }
  if (!catalog->plugins().empty()) return to_int(ExitCode::ok);
  for (const std::string& folder : catalog->searched()) log.log(LogLevel::info, "host", "no plugin in " + folder);
  log.log(LogLevel::warning, "host", "no plugin was found; name their folder with --plugin-path");
  return to_int(ExitCode::ok);
}

void describe(const PluginDescription& plugin, const Invocation& invocation) {
  const Schema schema = parse_schema(plugin.schema_json);
  if (invocation.has("markdown")) {
    invocation.out << schema_markdown(schema);
  } else if (invocation.has("json")) {
    invocation.out << schema_json(schema);
  } else {
    invocation.out << plugin.id << " " << plugin.version << " - " << plugin_kind_words(plugin.kind) << "\n"
                   << plugin.summary << "\n"
                   << plugin.file << "\n\nSettings:\n"
                   << schema_words(schema);
  }
}

int run_describe(Invocation& invocation) {
  const auto catalog = open_catalog(invocation);
  const std::string& name = invocation.arguments.at(0);
  std::vector<std::string> ids;
  bool found = false;
  for (const PluginDescription& plugin : catalog->plugins()) {
    ids.push_back(plugin.id);
    if (plugin.id != name) continue;
    if (found) invocation.out << "\n";
    describe(plugin, invocation);
    found = true;
  }
  if (found) return to_int(ExitCode::ok);
  throw Failed({.exit_code = ExitCode::bad_config,
                .what = "there is no plugin \"" + name + "\"" + did_you_mean(name, ids),
                .next = "stopped",
                .command = "haulier plugins list"});
}

}  // namespace

Command plugins_list_command() {
  return {.name = "plugins list",
          .summary = "list the sources, transforms and sinks that were found",
          .description =
              "Looks into every --plugin-path and then into the folder haulier was installed with.\n"
              "A file that is no usable plugin is named in a warning, with the reason.",
          .options = {{"json", "", "a JSON list instead of a table"}},
          .exit_codes = {ExitCode::ok, ExitCode::usage, ExitCode::bad_config},
          .examples = {{"haulier plugins list", "one line per plugin: kind, name, version, what it does"}},
          .run = run_list};
}

Command plugins_describe_command() {
  return {.name = "plugins describe",
          .summary = "explain every setting of one plugin",
          .description =
              "The settings go below the plugin's name in the pipeline file. A size is written 8MiB, a\n"
              "duration 30s or 1h30m.",
          .arguments = {{"NAME"}},
          .options = {{"markdown", "", "a Markdown table, as in the plugin's README"},
                      {"json", "", "the JSON Schema of its config"}},
          .exit_codes = {ExitCode::ok, ExitCode::usage, ExitCode::bad_config},
          .examples = {{"haulier plugins describe imap", "what can stand below `imap:`"}},
          .run = run_describe};
}

}  // namespace haulier::host
