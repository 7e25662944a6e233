// ${env:NAME}, ${env:NAME:-default}, ${file:PATH} and ${credential:NAME} in string leaves, after parsing: what comes in
// can never change the structure of the document.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config_node.hpp"

namespace haulier::host {

// A value, or why there is none. The reason must not contain the value.
struct Lookup {
  std::optional<std::string> value;
  std::string reason;
};

struct InterpolationSources {
  std::function<const char*(const char* name)> env;
  std::function<Lookup(const std::string& path)> file;
  std::function<Lookup(const std::string& name)> credential;  // empty: credentials cannot be used here
};

// env from the process, files of up to 64 KiB with one final line end cut off, no credentials.
[[nodiscard]] InterpolationSources system_sources();

// Replaces every ${...} below `node`; `$${` gives a literal `${`. Each fault has the place of its scalar. Values that
// came from a file or a credential are appended to `secrets`, for the redaction of logs.
void interpolate(ConfigNode& node, const InterpolationSources& sources, Faults& faults,
                 std::vector<std::string>& secrets);

}  // namespace haulier::host
