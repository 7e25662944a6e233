// Rows of a table that become records again: states at the start of a run, look-ups while it goes on.
#pragma once

#include <cstdint>
#include <vector>

#include "haulier/batch_builder.hpp"
#include "haulier/host.hpp"

namespace haulier::sql {

// Every row of a cursor as an upsert of `stream`, field by field. Cursor: next(), and beside it in its namespace
// put_value(record, field, type, cursor, host), which leaves a field as it is for NULL.
template <class Cursor>
void put_rows(BatchBuilder& builder, std::uint32_t stream, const std::vector<haulier_type>& types, Cursor&& rows,
              const Host& host) {
  const auto n = static_cast<std::uint32_t>(types.size());
  while (rows.next()) {
    RecordBuilder record = builder.record(stream, n, HAULIER_UPSERT, 0);
    for (std::uint32_t field = 0; field < n; ++field) put_value(record, field, types[field], rows, host);
  }
}

}  // namespace haulier::sql
