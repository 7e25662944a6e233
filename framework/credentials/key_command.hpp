// Runs the program that prints the vault key.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "secret.hpp"

namespace haulier::credentials {

inline constexpr std::chrono::seconds kKeyCommandLimit{30};

// argv[0] is looked up in PATH; no shell. Its stderr is ours, its stdin is /dev/null. Throws VaultKeyUnusable when it
// cannot be started, fails, prints more than 4 KiB or takes longer than `limit` (it is then killed).
[[nodiscard]] Secret run_key_command(const std::vector<std::string>& argv,
                                     std::chrono::milliseconds limit = kKeyCommandLimit);

}  // namespace haulier::credentials
