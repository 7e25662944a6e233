// From the options of `haulier auth login` to what the sign-in code understands.
#pragma once

#include <optional>
#include <vector>

#include "cli/command_line.hpp"
#include "credentials/login.hpp"

namespace haulier::host {

[[nodiscard]] std::vector<OptionSpec> auth_login_options();

// Throws UsageError for options that contradict each other, CredentialError for files that cannot be used.
[[nodiscard]] credentials::LoginRequest login_request_of(Invocation& invocation);

// What the options say about the method; nullopt: nothing, the preset decides.
[[nodiscard]] std::optional<credentials::Method> asked_method(const Invocation& invocation);

}  // namespace haulier::host
