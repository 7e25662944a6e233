#include "row_values.hpp"

#include "rfc3339.hpp"

namespace haulier::sqlite {

void put_value(RecordBuilder& record, std::uint32_t field, haulier_type type, const Statement& row, const Host& host) {
  const int column = static_cast<int>(field);
  if (row.is_null(column)) return;
  switch (type) {
    case HAULIER_BOOL:
      record.boolean(field, row.integer(column) != 0);
      break;
    case HAULIER_INT64:
      record.integer(field, row.integer(column));
      break;
    case HAULIER_DOUBLE:
      record.real(field, sqlite3_column_double(row.get(), column));
      break;
    case HAULIER_JSON:
      record.json(field, row.text(column));
      break;
    case HAULIER_BLOB:
      record.blob(field, host.copy_blob(row.bytes(column)));
      break;
    case HAULIER_TIMESTAMP:
      if (const auto us = rfc3339::parse(row.text(column))) record.timestamp(field, *us);
      break;
    default:
      record.text(field, row.text(column));
      break;
  }
}

}  // namespace haulier::sqlite
