#pragma once
#include <string_view>

#include "mime/charset_labels.hpp"

namespace haulier::mime {

// The encoding that bytes without a usable label look like; kUnknownCharset when nothing can be said. The bytes are
// known not to be UTF-8. Reads at most 16 KiB.
[[nodiscard]] const Charset& detect_charset(std::string_view bytes);

// Escape sequences of ISO-2022-JP (RFC 1468) in what claims to be ASCII.
[[nodiscard]] bool looks_like_iso_2022_jp(std::string_view ascii);

}  // namespace haulier::mime
