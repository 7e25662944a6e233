#include "cli/exit_code.hpp"

namespace haulier::host {

std::string_view exit_code_words(ExitCode code) {
  switch (code) {
    case ExitCode::ok:
      return "everything is done";
    case ExitCode::quarantined:
      return "finished; some records were quarantined";
    case ExitCode::usage:
      return "the command line is wrong";
    case ExitCode::bad_state:
      return "state or database schema is unusable, or newer than this program";
    case ExitCode::bug:
      return "a fault in haulier or a plugin";
    case ExitCode::local_io:
      return "local input or output failed: disk full, no permission";
    case ExitCode::try_again:
      return "try again later: network, throttled, database down, locked, deadline, terminated";
    case ExitCode::protocol:
      return "TLS or protocol fault that a retry does not cure";
    case ExitCode::needs_auth:
      return "a person must sign in again";
    case ExitCode::bad_config:
      return "the pipeline file or a setting is wrong";
  }
  return "unknown";
}

}  // namespace haulier::host
