#include "cli/program.hpp"

#include <cerrno>

#include "cli/failure.hpp"
#include "config/json_schema.hpp"
#include "engine/credential_provider.hpp"
#include "report/masked_output.hpp"

namespace haulier::host {

namespace {

Failure config_failure(const ConfigError& error, const std::string& file) {
  Failure failure;
  failure.exit_code = ExitCode::bad_config;
  const std::size_t count = error.faults().size();
  failure.what =
      count == 1 ? "the pipeline file has a fault" : "the pipeline file has " + std::to_string(count) + " faults";
  for (const Fault& fault : error.faults()) failure.details.push_back(fault.text());
  failure.next = "stopped; correct the file and run it again";
  if (!file.empty()) failure.command = "haulier validate " + file;
  return failure;
}

Failure usage_failure(const UsageError& error) {
  const std::string command = error.command().empty() ? "" : " " + error.command();
  return {.exit_code = ExitCode::usage,
          .what = error.what(),
          .next = "stopped",
          .command = "haulier" + command + " --help"};
}

// Every exception that can end a command, as the message of a person. Called inside a catch block.
Failure failure_of_current_exception(const std::string& pipeline_file) {
  try {
    throw;
  } catch (const Failed& failed) {
    return failed.failure();
  } catch (const UsageError& error) {
    return usage_failure(error);
  } catch (const ConfigError& error) {
    return config_failure(error, pipeline_file);
  } catch (const SchemaError& error) {
    return {.exit_code = ExitCode::bug,
            .what = error.what(),
            .data_safety = "nothing was read or written",
            .next = "stopped; the plugin is broken, its author has to correct it",
            .command = "haulier plugins list"};
  } catch (const std::exception& error) {
    return {
        .exit_code = ExitCode::bug, .what = std::string("unexpected: ") + error.what(), .command = "haulier version"};
  } catch (...) {
    return {.exit_code = ExitCode::bug,
            .what = "unexpected: an exception of an unknown type",
            .command = "haulier version"};
  }
}

LogOptions log_options(const GlobalOptions& global, const ProgramStreams& streams) {
  LogOptions options;
  options.format = global.log_format;
  options.level = global.log_level;
  options.color = streams.err_is_terminal && streams.colors && !global.no_color;
  options.terminal = streams.err_is_terminal && global.log_format == LogFormat::text;
  return options;
}

int tell(LogSink& log, const Failure& failure) {
  log.set_progress("");
  const bool json = log.options().format == LogFormat::json;
  log.write_raw(json ? failure_json(failure) : failure_text(failure, log.options().color));
  return to_int(failure.exit_code);
}

// A reader that closed the pipe early (`haulier ... | head`) is no fault of ours; a full disk is.
int flushed(std::ostream& out, LogSink& log, int exit_code) {
  errno = 0;
  out.flush();
  if (out.good() || errno == EPIPE || exit_code != to_int(ExitCode::ok)) return exit_code;
  return tell(log, {.exit_code = ExitCode::local_io, .what = "standard output could not be written"});
}

int run_command(const ParsedLine& line, const ProgramStreams& streams, const ProgramParts& parts, LogSink& log) {
  Services services{.clock = parts.clock,
                    .log = log,
                    .crash_points = parts.crash_points,
                    .stop = parts.stop,
                    .open_catalog = parts.open_catalog,
                    .open_credentials = parts.open_credentials,
                    .open_provider = parts.open_provider,
                    .connect = parts.connect,
                    .hide = parts.hide,
                    .redact = parts.redact,
                    .redactor = parts.redactor};
  MaskedOutput masked(streams.out, parts.redact);
  std::ostream out(&masked);
  Invocation invocation{*line.command, line.global, services, streams.in, out, line.arguments, line.options};
  try {
    return flushed(out, log, line.command->run(invocation));
  } catch (...) {
    const std::string file = line.arguments.empty() ? "" : line.arguments[0];
    return tell(log, failure_of_current_exception(file));
  }
}

// The format is needed for the message about a wrong command line too, before that line could be read.
bool wants_json(const std::vector<std::string>& arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == "--log-format=json") return true;
    if (arguments[i] == "--log-format" && i + 1 < arguments.size() && arguments[i + 1] == "json") return true;
  }
  return false;
}

}  // namespace

int run_program(const CommandLine& table, const std::vector<std::string>& arguments, const ProgramStreams& streams,
                const ProgramParts& parts) {
  ParsedLine line;
  try {
    line = table.parse(arguments);
  } catch (...) {
    GlobalOptions global;
    global.log_format = wants_json(arguments) ? LogFormat::json : LogFormat::text;
    LogSink log(streams.err, parts.clock, log_options(global, streams));
    return tell(log, failure_of_current_exception(""));
  }
  LogSink log(streams.err, parts.clock, log_options(line.global, streams));
  if (parts.redact) log.set_redact(parts.redact);
  if (line.command != nullptr) return run_command(line, streams, parts, log);
  streams.out << line.print;
  return flushed(streams.out, log, to_int(ExitCode::ok));
}

}  // namespace haulier::host
