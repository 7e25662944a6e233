// What a plain YAML scalar may mean: strict forms of YAML 1.2's core schema, without 1.1's surprises.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace haulier::host {

// Decimal digits with an optional minus; no leading zero (octal in some readers), no hex, no underscores.
[[nodiscard]] std::optional<std::int64_t> to_integer(std::string_view text);
// A JSON number; no inf, nan, ".5", "012".
[[nodiscard]] std::optional<double> to_number(std::string_view text);
// true or false, also True, TRUE; never yes, no, on, off.
[[nodiscard]] std::optional<bool> to_boolean(std::string_view text);

// Words that YAML 1.1 readers take for a boolean.
[[nodiscard]] bool is_old_boolean(std::string_view text);
[[nodiscard]] bool has_leading_zero(std::string_view text);

}  // namespace haulier::host
