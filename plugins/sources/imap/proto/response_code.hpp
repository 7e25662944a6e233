#pragma once
#include <optional>
#include <string_view>

#include "proto/response.hpp"

namespace haulier::imap {

/// resp-cond-state / resp-cond-bye / greeting behind the tag; nullopt when it is none of OK, NO, BAD, BYE, PREAUTH.
[[nodiscard]] std::optional<StatusLine> parse_status_line(std::string_view tag, Cursor cursor);

}  // namespace haulier::imap
