// How text loses the secrets it may hold, before it leaves the process.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace haulier::host {

// Gets a text, returns it without secrets. Called from any thread. Empty: nothing is secret.
using Redact = std::function<std::string(std::string_view text)>;

}  // namespace haulier::host
