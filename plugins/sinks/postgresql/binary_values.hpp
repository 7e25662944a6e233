// Values in PostgreSQL's binary formats (the send and receive functions of its types; COPY BINARY: manual, COPY, file
// formats). Pure. All numbers are big-endian.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "haulier/abi/value.h"

namespace haulier::postgresql::binary {

// timestamptz counts microseconds from 2000-01-01 UTC.
inline constexpr std::int64_t kEpoch2000 = 946'684'800'000'000;

template <class T>
void append_number(std::string& out, T value) {
  char bytes[sizeof(T)];
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    bytes[i] = static_cast<char>(static_cast<std::uint64_t>(value) >> (sizeof(T) - 1 - i) * 8);
  }
  out.append(bytes, sizeof bytes);
}

[[nodiscard]] inline std::uint64_t number_of(std::string_view bytes) noexcept {
  std::uint64_t out = 0;
  for (const char c : bytes) out = out << 8 | static_cast<unsigned char>(c);
  return out;
}
[[nodiscard]] inline std::int64_t integer_of(std::string_view bytes) noexcept {
  return static_cast<std::int64_t>(number_of(bytes));
}

// BOOL, INT64, DOUBLE or TIMESTAMP without its length.
void append_scalar(std::string& out, const haulier_value& value);

// The type's OID in every PostgreSQL.
[[nodiscard]] std::uint32_t oid_of(haulier_type type) noexcept;

// jsonb refuses \u0000, which JSON allows: it becomes \ufffd, as a NUL in a text does earlier on. `scratch` holds the
// new text when there is one.
[[nodiscard]] std::string_view without_escaped_nul(std::string_view json, std::string& scratch);

}  // namespace haulier::postgresql::binary
