// A column of a row that is read back, as the value of a record.
#pragma once

#include <cstdint>
#include <string_view>

#include "haulier/batch_builder.hpp"
#include "haulier/host.hpp"

namespace haulier::postgresql {

// `bytes` is in PostgreSQL's binary format and not NULL; it becomes field `field` of the record.
void put_value(RecordBuilder& record, std::uint32_t field, haulier_type type, std::string_view bytes, const Host& host);

}  // namespace haulier::postgresql
