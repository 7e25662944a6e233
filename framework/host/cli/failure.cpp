#include "cli/failure.hpp"

#include <string_view>

#include "json_writer.hpp"
#include "report/escape.hpp"

namespace haulier::host {

namespace {

std::string_view usual_data_safety(ExitCode code) {
  switch (code) {
    case ExitCode::usage:
    case ExitCode::bad_config:
      return "nothing was read or written";
    case ExitCode::bad_state:
      return "nothing was written; the database is as it was";
    default:
      return "everything up to the last commit is stored, nothing after it; the next run goes on from there";
  }
}

std::string_view usual_next(ExitCode code) {
  switch (code) {
    case ExitCode::try_again:
      return "stopped; run it again later, a scheduler may do so";
    case ExitCode::needs_auth:
      return "stopped until somebody has signed in again";
    case ExitCode::local_io:
      return "stopped until the cause is gone";
    case ExitCode::bug:
      return "stopped; please report this with the log";
    default:
      return "stopped; running it again without a change ends the same way";
  }
}

std::string data_of(const Failure& failure) {
  return failure.data_safety.empty() ? std::string(usual_data_safety(failure.exit_code)) : failure.data_safety;
}

std::string next_of(const Failure& failure) {
  return failure.next.empty() ? std::string(usual_next(failure.exit_code)) : failure.next;
}

void append_line(std::string& out, std::string_view label, std::string_view words) {
  out.append("  ").append(label).append(escape_for_terminal(words)).append("\n");
}

}  // namespace

std::string failure_text(const Failure& failure, bool color) {
  std::string out = color ? "\x1b[1;31merror:\x1b[0m " : "error: ";
  out += escape_for_terminal(failure.what) + "\n";
  for (const std::string& detail : failure.details) append_line(out, "  ", detail);
  append_line(out, "data:  ", data_of(failure));
  append_line(out, "next:  ", next_of(failure) + " (exit code " + std::to_string(to_int(failure.exit_code)) + ")");
  if (!failure.command.empty()) append_line(out, "try:   ", failure.command);
  return out;
}

std::string failure_json(const Failure& failure) {
  JsonWriter json;
  json.begin_object().key("error").begin_object();
  json.member("exit_code", to_int(failure.exit_code)).member("outcome", exit_code_words(failure.exit_code));
  json.member("what", failure.what);
  json.key("details").begin_list();
  for (const std::string& detail : failure.details) json.value(detail);
  json.end_list();
  json.member("data", data_of(failure)).member("next", next_of(failure)).member("command", failure.command);
  json.end_object().end_object();
  return json.take() + "\n";
}

}  // namespace haulier::host
