#pragma once
#include <cstdint>
#include <string_view>

#include "proto/response.hpp"

namespace haulier::imap {

/// The cursor stands behind the word FETCH; `text` is the whole response, for Unknown.
[[nodiscard]] Response parse_fetch(std::uint64_t sequence, Cursor cursor, std::string_view text);

/// True when `text`, the response up to a literal, is a FETCH whose literal is the message itself: BODY[] or a window
/// of it, whose origin is then told. Decides that the bytes are streamed.
[[nodiscard]] bool ends_in_message_literal(std::string_view text, std::optional<std::uint64_t>& origin);
[[nodiscard]] bool ends_in_message_literal(std::string_view text);

/// The attributes that such a text gives before the literal, and the origin of its window.
[[nodiscard]] FetchData head_of_message_literal(std::string_view text);

}  // namespace haulier::imap
