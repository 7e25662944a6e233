#pragma once
#include <string>
#include <string_view>

namespace haulier::extract_attachments {

// What makes a file name dangerous; the name is as decoded, not the safe one.
[[nodiscard]] bool has_bidi_controls(std::string_view name);
[[nodiscard]] bool has_double_extension(std::string_view name);  // invoice.pdf.exe
[[nodiscard]] bool has_executable_extension(std::string_view name);
[[nodiscard]] bool has_macro_extension(std::string_view name);

}  // namespace haulier::extract_attachments
