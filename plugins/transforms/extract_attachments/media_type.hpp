#pragma once
#include <string_view>

namespace haulier::extract_attachments {

// The media type that the first bytes of a content show (at most the first 4 KiB are looked at); empty when they show
// none that is in the table.
[[nodiscard]] std::string_view sniff_media_type(std::string_view head);

// Whether a declared type and a sniffed one name different things. A sniffed container (zip, OLE) agrees with every
// format that is kept in it, and application/octet-stream promises nothing, so it agrees with all.
[[nodiscard]] bool contradicts(std::string_view declared, std::string_view sniffed);

[[nodiscard]] bool is_executable_type(std::string_view sniffed);

}  // namespace haulier::extract_attachments
