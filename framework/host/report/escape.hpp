// Text from outside (mail, server, file) made harmless for a terminal and a log line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace haulier::host {

// Control characters, line and direction marks and bytes that are not UTF-8 become \n, \t, \x1b, \u{202e}; a backslash
// stays as it is, because the result is for eyes, not for reading back.
[[nodiscard]] std::string escape_for_terminal(std::string_view text);

// "2026-11-22T16:15:00.123456Z" from microseconds since 1970 UTC.
[[nodiscard]] std::string format_utc(std::int64_t us);

}  // namespace haulier::host
