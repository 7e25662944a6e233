#include "binary_values.hpp"

#include <cstring>

namespace haulier::postgresql::binary {

void append_scalar(std::string& out, const haulier_value& value) {
  switch (value.type) {
    case HAULIER_BOOL:
      out.push_back(value.v.i ? 1 : 0);
      break;
    case HAULIER_DOUBLE: {
      std::uint64_t bits = 0;
      std::memcpy(&bits, &value.v.d, sizeof bits);
      append_number(out, bits);
      break;
    }
    case HAULIER_TIMESTAMP:
      append_number(out, value.v.i - kEpoch2000);
      break;
    default:
      append_number(out, value.v.i);
  }
}

std::uint32_t oid_of(haulier_type type) noexcept {
  switch (type) {
    case HAULIER_BOOL:
      return 16;
    case HAULIER_INT64:
      return 20;
    case HAULIER_DOUBLE:
      return 701;
    case HAULIER_TIMESTAMP:
      return 1184;
    case HAULIER_JSON:
      return 3802;
    default:
      return 25;
  }
}

std::string_view without_escaped_nul(std::string_view json, std::string& scratch) {
  constexpr std::string_view kNul = "\\u0000";
  std::size_t at = json.find(kNul);
  if (at == std::string_view::npos) return json;
  scratch.assign(json);
  for (; at != std::string::npos; at = scratch.find(kNul, at + 1)) {
    // An odd number of backslashes before it makes this one the end of an escaped backslash.
    std::size_t before = at;
    while (before > 0 && scratch[before - 1] == '\\') --before;
    if ((at - before) % 2 == 0) scratch.replace(at, kNul.size(), "\\ufffd");
  }
  return scratch;
}

}  // namespace haulier::postgresql::binary
