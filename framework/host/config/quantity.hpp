// Sizes and durations as people write them: 8MiB, 10m, 1h30m.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace haulier::host {

// "512", "8MiB", "1.5GB"; KB, MB.. are decimal, KiB, MiB.. (and K, M, G) binary. Empty when it is no size or too big.
[[nodiscard]] std::optional<std::int64_t> parse_bytes(std::string_view text);

// "250ms", "10s", "1h30m", "7d" in milliseconds; "0" needs no unit, any other bare number is refused as ambiguous.
[[nodiscard]] std::optional<std::int64_t> parse_milliseconds(std::string_view text);

// "5000", "10k", "2M" (decimal).
[[nodiscard]] std::optional<std::int64_t> parse_count(std::string_view text);

// The shortest exact form: 8MiB, 1h30m.
[[nodiscard]] std::string format_bytes(std::int64_t bytes);
[[nodiscard]] std::string format_milliseconds(std::int64_t ms);

}  // namespace haulier::host
