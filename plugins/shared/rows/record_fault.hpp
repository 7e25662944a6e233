// Why a value of a record cannot be written. Every sink refuses the same values in the same words.
#pragma once

#include <cstring>

#include "haulier/abi/value.h"
#include "rfc3339.hpp"

namespace haulier {

// Null: the value can be written. Otherwise the end of a sentence that begins with the name of the field; never
// content.
[[nodiscard]] inline const char* value_fault(std::uint32_t declared_type, bool is_key, const haulier_value& value,
                                             std::uint32_t op) noexcept {
  switch (value.type) {
    case HAULIER_ABSENT:
      return op == HAULIER_UPSERT || is_key ? "is absent" : nullptr;
    case HAULIER_NULL:
      return is_key ? "is null, but part of the key" : nullptr;
    case HAULIER_STRING:
    case HAULIER_JSON:
      if (value.v.s.size != 0 && std::memchr(value.v.s.data, '\0', static_cast<std::size_t>(value.v.s.size))) {
        return "holds a NUL character";
      }
      break;
    case HAULIER_TIMESTAMP: {
      char text[rfc3339::kSize];
      if (!rfc3339::format(value.v.i, text)) return "is not in the years 0000 to 9999";
      break;
    }
    default:
      break;
  }
  return value.type == declared_type ? nullptr : "has another type than declared";
}

}  // namespace haulier
