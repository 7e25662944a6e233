#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "proto/response.hpp"

namespace haulier::imap {

/// Parses one framed response. Lenient where servers in the field are wrong (see each function); what cannot be
/// understood is an Unknown with a reason, never an error of the connection: the framing is still sound.
[[nodiscard]] Response parse_response(std::string_view text, std::span<const StreamedLiteral> streamed = {});

/// date-time = DQUOTE date-day-fixed "-" date-month "-" date-year SP time SP zone DQUOTE, without the quotes.
/// Microseconds since 1970 UTC.
[[nodiscard]] std::optional<std::int64_t> parse_internal_date(std::string_view text);

}  // namespace haulier::imap
