#include "postgresql_error.hpp"

#include <algorithm>

namespace haulier::postgresql {

namespace {

bool starts(std::string_view text, std::string_view head) noexcept { return text.substr(0, head.size()) == head; }

// One line: messages end with a line feed and may hold several. Without the place in the server's source that a verbose
// one ends with.
std::string one_line(std::string_view message) {
  message = message.substr(0, message.find("\nLOCATION:"));
  while (!message.empty() && (message.back() == '\n' || message.back() == ' ')) message.remove_suffix(1);
  std::string out(message);
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
  return out;
}

// Deadlock, serialization, locks, the server going down or being full of connections, a cancelled statement.
bool passes(std::string_view state) noexcept {
  return starts(state, "08") || starts(state, "40") || starts(state, "57") || state == "55P03" || state == "53000" ||
         state == "53200" || state == "53300" || state == "25P02" || state == "25P03" || state == "55006";
}

// The state that PQERRORS_VERBOSE puts behind the severity: "FATAL:  28P01: password ...". Empty: none.
std::string_view state_in(std::string_view message) noexcept {
  for (std::size_t at = message.find(":  "); at != std::string_view::npos; at = message.find(":  ", at + 1)) {
    const std::string_view state = message.substr(at + 3, 5);
    const bool plain = std::all_of(state.begin(), state.end(),
                                   [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); });
    if (state.size() == 5 && plain && message.substr(at + 8, 2) == ": ") return state;
  }
  return {};
}

}  // namespace

Error error_of(std::string_view state, std::string_view message, std::string_view doing, const Options& options) {
  const std::string words =
      place_of(options) + ": " + one_line(message) + " (" + std::string(state) + "), while " + std::string(doing);
  if (starts(state, "28")) {
    return {HAULIER_NEEDS_AUTH, words,
            "check user and password: psql -h " + options.host + " -p " + options.port + " -U " + options.user + " " +
                options.database};
  }
  if (state == "42501") {
    return {HAULIER_NEEDS_AUTH, words,
            "as an administrator: GRANT CREATE ON DATABASE \"" + options.database + "\" TO \"" + options.user +
                "\"; GRANT ALL ON SCHEMA " + options.schema + " TO \"" + options.user +
                "\"; GRANT ALL ON ALL TABLES IN SCHEMA " + options.schema + " TO \"" + options.user + "\";"};
  }
  if (state == "3D000") {
    return Error::bad_config("/database", words + "; make it: createdb " + options.database);
  }
  if (state == "53100" || starts(state, "58")) {
    return {HAULIER_LOCAL_IO, words, "make room on the server's disk, then run again: what was committed is safe"};
  }
  if (state == "25006") {
    return {HAULIER_LOCAL_IO, words,
            "the server is read-only, perhaps a standby: name the primary as host; what was committed is safe"};
  }
  if (passes(state)) return Error::retry(words);
  if (starts(state, "XX00") && state != "XX000") {
    return {HAULIER_BAD_STATE, words, "the server's files are damaged: restore a backup of the database"};
  }
  if (state == "XX000") return {HAULIER_FATAL, words};
  return {HAULIER_BAD_STATE, words,
          "look at the tables: psql " + options.database + " -c '\\d " + options.schema + ".*'"};
}

bool blames_the_row(std::string_view state) noexcept {
  return starts(state, "22") || starts(state, "23") || starts(state, "54");
}

Error connect_error(std::string_view message, bool needs_password, const Options& options) {
  const std::string_view state = state_in(message);
  if (!state.empty()) return error_of(state, message, "connecting", options);
  if (needs_password) return error_of("28P01", message, "connecting", options);
  const std::string words = place_of(options) + ": " + one_line(message);
  const bool tls =
      message.find("SSL") != std::string_view::npos || message.find("certificate") != std::string_view::npos;
  const bool cut = message.find("SYSCALL") != std::string_view::npos || message.find("EOF") != std::string_view::npos;
  if (tls && !cut) {
    return {HAULIER_PROTOCOL, words, "name the right host and ca, or use tls: disable over a Unix socket or loopback"};
  }
  return Error::retry(words);
}

}  // namespace haulier::postgresql
