#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace haulier::imap {

/// Text of a server or a file name for logs, errors and tables: valid UTF-8 on one line, at most `max_bytes`. Control
/// characters become blanks; bytes that are no UTF-8 become `?`.
[[nodiscard]] std::string plain_text(std::string_view text, std::size_t max_bytes = 300);

[[nodiscard]] bool is_utf8(std::string_view text);

}  // namespace haulier::imap
