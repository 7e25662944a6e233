#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace haulier::imap {

/// RFC 4648 section 4, with padding, on one line.
[[nodiscard]] std::string encode_base64(std::string_view bytes);
/// nullopt when it is not base64. Blanks at the ends are accepted, missing padding too.
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text);

}  // namespace haulier::imap
