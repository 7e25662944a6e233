// The exit codes. Stable: schedulers and scripts act on them.
#pragma once

#include <string_view>

namespace haulier::host {

enum class ExitCode {
  ok = 0,
  quarantined = 3,  // finished; some records were quarantined
  usage = 64,       // the command line is wrong
  bad_state = 65,   // state or schema unusable, or newer than this program
  bug = 70,         // a fault in haulier or a plugin
  local_io = 74,    // disk full, file unreadable
  try_again = 75,   // network, throttled, database down, locked, deadline, terminated after a checkpoint
  protocol = 76,    // TLS or protocol fault that a retry does not cure
  needs_auth = 77,  // a person must sign in again
  bad_config = 78,  // the pipeline file is wrong
};

[[nodiscard]] constexpr int to_int(ExitCode code) { return static_cast<int>(code); }

// The meaning in one line, for --help, the run report and the log.
[[nodiscard]] std::string_view exit_code_words(ExitCode code);

// Every code in ascending order, for --help.
inline constexpr ExitCode kExitCodes[] = {
    ExitCode::ok,       ExitCode::quarantined, ExitCode::usage,    ExitCode::bad_state,  ExitCode::bug,
    ExitCode::local_io, ExitCode::try_again,   ExitCode::protocol, ExitCode::needs_auth, ExitCode::bad_config};

}  // namespace haulier::host
