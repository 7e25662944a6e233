// What every `haulier auth` command shares: how the vault is named, how it is opened, what is said to a person.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "cli/command_line.hpp"
#include "cli/credential_wiring.hpp"
#include "cli/failure.hpp"
#include "credentials/credential_error.hpp"

namespace haulier::host::auth_command {

// --vault and the ways to its key.
[[nodiscard]] std::vector<OptionSpec> vault_options();
[[nodiscard]] std::vector<ExitCode> exit_codes();
// Throws Failed when the program was built without redaction.
[[nodiscard]] credentials::StoreOptions options_of(Invocation& invocation);

void say(Invocation& invocation, const std::string& words);
void warn(Invocation& invocation, const std::string& words);

[[nodiscard]] Failure failure_of(const credentials::CredentialError& error, const std::string& account);

// Runs one of the commands; what stops it becomes the message that main prints.
template <typename Work>
int told(const std::string& account, Work work) {
  try {
    return work();
  } catch (const credentials::CredentialError& error) {
    throw Failed(failure_of(error, account));
  }
}

}  // namespace haulier::host::auth_command
