#include "cli/command_audit.hpp"

#include "cli/failure.hpp"
#include "report/audit.hpp"

namespace haulier::host {

namespace {

constexpr std::size_t kHashDigits = 64;

// The hash an earlier check printed; empty: none was given.
std::string sought_hash(const Invocation& invocation) {
  const std::string hash = invocation.option("contains").value_or("");
  const bool is_hash = hash.size() == kHashDigits && hash.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (hash.empty() || is_hash) return hash;
  throw UsageError("--contains must be the 64 hex digits that an earlier check printed", invocation.command.name);
}

Failure broken(const std::string& file, const AuditVerdict& verdict) {
  Failure failure{.exit_code = ExitCode::bad_state,
                  .what = "audit log " + file + ": " + verdict.words,
                  .data_safety = "nothing was changed; mail and database do not depend on the audit log",
                  .next = "stopped at the first fault; what stands behind it proves nothing"};
  failure.details.push_back(std::to_string(verdict.lines) +
                            " good lines before it; hash of the last one: " + verdict.last_hash);
  if (verdict.bad_line != 0) failure.command = "sed -n " + std::to_string(verdict.bad_line) + "p " + file;
  return failure;
}

int run_verify(Invocation& invocation) {
  const std::string& file = invocation.arguments.at(0);
  const AuditVerdict verdict = verify_audit(file, sought_hash(invocation));
  if (!verdict.intact) throw Failed(broken(file, verdict));
  invocation.out << file << ": " << verdict.words << "\nlast hash: " << verdict.last_hash << "\n";
  return to_int(ExitCode::ok);
}

}  // namespace

Command audit_verify_command() {
  return {.name = "audit verify",
          .summary = "check the audit log: was a line changed, removed or added?",
          .description =
              "Every line holds the hash of the line before it. The first line that breaks this chain is told with\n"
              "its number (exit code 65). Lines cut off at the end leave a good chain: keep the last hash that a\n"
              "check prints at another place, and give it to the next check with --contains.",
          .arguments = {{"FILE"}},
          .options = {{"contains", "HASH", "a line with this hash must be there (default: not asked for)"}},
          .exit_codes = {ExitCode::ok, ExitCode::usage, ExitCode::bad_state, ExitCode::local_io},
          .examples = {{"haulier audit verify audit.log", "prints: audit.log: 42 lines, all intact, and the last hash"},
                       {"haulier audit verify audit.log --contains \"$(cat last_hash)\"",
                        "and nothing was cut off since the last check"}},
          .run = run_verify};
}

}  // namespace haulier::host
