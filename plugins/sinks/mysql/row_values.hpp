// Values between records and MariaDB's texts.
#pragma once

#include <cstdint>
#include <string>

#include "connection.hpp"
#include "haulier/batch_builder.hpp"
#include "haulier/host.hpp"

namespace haulier::mysql {

// A value as a literal of a statement; texts in hexadecimal. No blob, no null.
[[nodiscard]] std::string literal_of(const haulier_value& value);

// Column `field` of the row becomes field `field` of the record; NULL leaves it as it is. Throws
// Error(HAULIER_BAD_STATE).
void put_value(RecordBuilder& record, std::uint32_t field, haulier_type type, const Result& row, const Host& host);

}  // namespace haulier::mysql
