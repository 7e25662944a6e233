#include "cli/command_status.hpp"

#include <string>
#include <vector>

#include "cli/pipeline_argument.hpp"
#include "cli/pipeline_setup.hpp"
#include "cli/text_table.hpp"
#include "json_writer.hpp"
#include "report/escape.hpp"

namespace haulier::host {

namespace {

// The source's own state is opaque: people see the other fields.
bool shown(const haulier_field& field) { return field.type != HAULIER_JSON && field.type != HAULIER_BLOB; }

std::string cell(const haulier_value& value) {
  switch (value.type) {
    case HAULIER_TIMESTAMP:
      return format_utc(value.v.i).substr(0, 19) + "Z";
    case HAULIER_STRING:
      return std::string(view(value.v.s));
    case HAULIER_NULL:
    case HAULIER_ABSENT:
      return "-";
    default:
      return value_json(value);
  }
}

// What a sink asks its owner to do.
struct Upkeep {
  std::string words;
  std::string command;
};

std::vector<Upkeep> upkeep_of(IdlePipeline& idle, std::size_t sink) {
  std::vector<Upkeep> out;
  idle.retried([&] {
    out.clear();
    idle.pipeline().sinks()[sink].instance->upkeep([&](std::string_view words, std::string_view command) {
      out.push_back({std::string(words), std::string(command)});
    });
  });
  return out;
}

void print_table(const PluginUse& sink, const StateRows& rows, const haulier_stream& stream,
                 const std::vector<Upkeep>& upkeep, std::ostream& out) {
  std::vector<std::vector<std::string>> table(1);
  for (std::uint32_t i = 0; i < stream.n_fields; ++i) {
    if (shown(stream.fields[i])) table[0].emplace_back(view(stream.fields[i].name));
  }
  for (const auto& [key, row] : rows) {
    table.emplace_back();
    for (std::uint32_t i = 0; i < stream.n_fields; ++i) {
      if (shown(stream.fields[i])) table.back().push_back(cell(row[i]));
    }
  }
  out << sink.path << "\n" << (rows.empty() ? "  nothing was committed yet\n" : text_table(table));
  for (const Upkeep& advice : upkeep) {
    out << "  advice: " << escape_for_terminal(advice.words) << "\n     try: " << escape_for_terminal(advice.command)
        << "\n";
  }
}

void print_json(const PluginUse& sink, const StateRows& rows, const haulier_stream& stream,
                const std::vector<Upkeep>& upkeep, JsonWriter& out) {
  out.begin_object().member("sink", sink.path).key("partitions").begin_list();
  for (const auto& [key, row] : rows) {
    out.begin_object();
    for (std::uint32_t i = 0; i < stream.n_fields; ++i) {
      if (!shown(stream.fields[i])) continue;
      out.key(view(stream.fields[i].name));
      if (row[i].type == HAULIER_TIMESTAMP) {
        out.value(format_utc(row[i].v.i));
      } else {
        out.raw(value_json(row[i]));
      }
    }
    out.end_object();
  }
  out.end_list().key("advice").begin_list();
  for (const Upkeep& advice : upkeep) {
    out.begin_object().member("words", advice.words).member("command", advice.command).end_object();
  }
  out.end_list().end_object();
}

int status(Invocation& invocation) {
  PipelineSetup setup(invocation);
  IdlePipeline idle(setup, invocation.services.stop);
  const SinkSchema& schema = idle.pipeline().schema();
  if (!schema.state()) {
    throw Failed({.exit_code = ExitCode::bad_config, .what = setup.config().source.path + " keeps no state"});
  }
  const haulier_stream& stream = schema.stream(*schema.state());
  const std::vector<StateRows> states = idle.inspect_sinks();
  JsonWriter json(2);
  json.begin_object().member("pipeline", setup.config().name).key("sinks").begin_list();
  for (std::size_t i = 0; i < states.size(); ++i) {
    const std::vector<Upkeep> upkeep = upkeep_of(idle, i);
    if (invocation.has("json")) {
      print_json(setup.config().sinks[i], states[i], stream, upkeep, json);
    } else {
      print_table(setup.config().sinks[i], states[i], stream, upkeep, invocation.out);
    }
  }
  const std::vector<std::string> warnings = setup.sign_in_warnings();
  for (const std::string& words : warnings) invocation.services.log.log(LogLevel::warning, "auth", words);
  if (!invocation.has("json")) return to_int(ExitCode::ok);
  json.end_list().key("warnings").begin_list();
  for (const std::string& words : warnings) json.value(words);
  invocation.out << json.end_list().end_object().take() << "\n";
  return to_int(ExitCode::ok);
}

}  // namespace

Command status_command() {
  return {
      .name = "status",
      .summary = "how far the pipeline is: one line per place of the source, as committed in each sink",
      .description =
          "Reads the sinks only; the source is not asked. Says what a sink asks its owner to do now and then (advice), "
          "and\n"
          "warns of sign-ins of the pipeline's accounts that end soon.",
      .arguments = {{"PIPELINE.yaml"}},
      .options = {{"json", "", "JSON instead of a table"}, set_option()},
      .exit_codes = {ExitCode::ok, ExitCode::usage, ExitCode::bad_state, ExitCode::local_io, ExitCode::try_again,
                     ExitCode::bad_config},
      .examples = {{"haulier status mail.yaml", "what was fetched, and when?"}},
      .run = [](Invocation& invocation) { return with_plugin_faults([&] { return status(invocation); }); }};
}

}  // namespace haulier::host
