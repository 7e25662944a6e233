// What stops sign-in, each with the exit code that tells a scheduler what to do. Messages never hold a secret.
#pragma once

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>

namespace haulier::credentials {

// The program's exit codes that sign-in can cause (DESIGN section 7).
enum class ExitCode : int { bug = 70, local_io = 74, try_again = 75, protocol = 76, sign_in = 77, configuration = 78 };

class CredentialError : public std::runtime_error {
 public:
  CredentialError(ExitCode code, const std::string& words) : std::runtime_error(words), code_(code) {}
  [[nodiscard]] ExitCode code() const noexcept { return code_; }
  [[nodiscard]] int exit_code() const noexcept { return static_cast<int>(code_); }

 private:
  ExitCode code_;
};

// 77: only a person can go on. The stored record is kept as it is.
class SignInNeeded : public CredentialError {
 public:
  explicit SignInNeeded(const std::string& words) : CredentialError(ExitCode::sign_in, words) {}
};

// 78: a setting is wrong; asking again changes nothing.
class Misconfigured : public CredentialError {
 public:
  explicit Misconfigured(const std::string& words) : CredentialError(ExitCode::configuration, words) {}
};

// 75: passing. `retry_after` is the server's own wish where it gave one.
class TryAgainLater : public CredentialError {
 public:
  explicit TryAgainLater(const std::string& words, std::optional<std::chrono::seconds> retry_after = std::nullopt)
      : CredentialError(ExitCode::try_again, words), retry_after_(retry_after) {}
  [[nodiscard]] std::optional<std::chrono::seconds> retry_after() const noexcept { return retry_after_; }

 private:
  std::optional<std::chrono::seconds> retry_after_;
};

// 76: TLS or a server that does not speak the protocol.
class ProtocolFailure : public CredentialError {
 public:
  explicit ProtocolFailure(const std::string& words) : CredentialError(ExitCode::protocol, words) {}
};

}  // namespace haulier::credentials
