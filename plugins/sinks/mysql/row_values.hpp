// Values between records and MariaDB's texts. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "haulier/batch_builder.hpp"
#include "haulier/host.hpp"

namespace haulier::mysql {

// A value as a literal of a statement; texts in hexadecimal. No blob, no null.
[[nodiscard]] std::string literal_of(const haulier_value& value);

// A value as the server sends it becomes a field. Throws Error(HAULIER_BAD_STATE).
void put_value(RecordBuilder& record, std::uint32_t field, haulier_type type, std::string_view text, const Host& host);

}  // namespace haulier::mysql
