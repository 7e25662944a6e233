#pragma once
#include <string>
#include <string_view>

namespace haulier::imap {

/// Flags in one spelling, sorted and separated by single blanks, as a JSON array: `\Flagged \Seen` ->
/// ["\\Flagged","\\Seen"].
[[nodiscard]] std::string flags_json(std::string_view canonical);

}  // namespace haulier::imap
