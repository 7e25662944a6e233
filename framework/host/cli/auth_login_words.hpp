// What `haulier auth login` tells a person about the sign-in that is about to happen.
#pragma once

#include <string>

#include "credentials/login.hpp"

namespace haulier::host {

// One line: what was picked from the address, the preset and the options.
[[nodiscard]] std::string picked_words(const credentials::LoginPlan& plan);

// The two authorization codes in words that cannot be mixed up.
[[nodiscard]] std::string method_words(const credentials::LoginPlan& plan);

// The pipeline file's lines that reach this mailbox, as one line of YAML.
[[nodiscard]] std::string pipeline_words(const credentials::LoginPlan& plan);

}  // namespace haulier::host
