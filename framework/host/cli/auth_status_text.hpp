// What `haulier auth status` prints: for people and for scripts. Never a secret.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "credentials/credential_store.hpp"

namespace haulier::host {

struct AuthStatus {
  std::string vault_file;
  std::string key_source;
  std::vector<credentials::AccountStatus> accounts;
};

// `now`: Unix seconds.
[[nodiscard]] std::string auth_status_text(const AuthStatus& status, std::int64_t now);
[[nodiscard]] std::string auth_status_json(const AuthStatus& status);
[[nodiscard]] bool needs_sign_in(const AuthStatus& status);

}  // namespace haulier::host
