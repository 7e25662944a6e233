// Conversions between the C ABI's string view and the standard one.
#pragma once

#include <string_view>

#include "haulier/abi/value.h"

namespace haulier {

inline std::string_view view(haulier_str text) noexcept { return {text.data, static_cast<std::size_t>(text.size)}; }
inline haulier_str str(std::string_view text) noexcept { return {text.data(), text.size()}; }

}  // namespace haulier
