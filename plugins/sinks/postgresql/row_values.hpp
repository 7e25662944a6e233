// A column of a row that is read back, as the value of a record.
#pragma once

#include <cstdint>

#include "connection.hpp"
#include "haulier/batch_builder.hpp"
#include "haulier/host.hpp"

namespace haulier::postgresql {

// Column `field` of the row, in PostgreSQL's binary format, becomes field `field` of the record; NULL leaves it as it
// is.
void put_value(RecordBuilder& record, std::uint32_t field, haulier_type type, const Result& row, const Host& host);

}  // namespace haulier::postgresql
