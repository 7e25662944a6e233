// Starts a program without a shell.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace haulier::credentials {

// argv[0] is looked up in PATH. stdin is /dev/null, stdout is `output`; stderr is ours, or /dev/null with `silent`. The
// child gets an empty signal mask: the host blocks signals, and a mask survives exec. The caller waits for the child.
// Throws std::system_error when it cannot be started.
[[nodiscard]] pid_t start_program(const std::vector<std::string>& argv, std::optional<int> output, bool silent);

}  // namespace haulier::credentials
