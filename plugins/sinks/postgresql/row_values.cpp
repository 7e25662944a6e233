#include "row_values.hpp"

#include <cstring>

#include "binary_values.hpp"

namespace haulier::postgresql {

void put_value(RecordBuilder& record, std::uint32_t field, haulier_type type, const Result& row, const Host& host) {
  if (row.is_null(field)) return;
  const std::string_view bytes = row.bytes(field);
  switch (type) {
    case HAULIER_BOOL:
      record.boolean(field, binary::integer_of(bytes) != 0);
      break;
    case HAULIER_INT64:
      record.integer(field, binary::integer_of(bytes));
      break;
    case HAULIER_DOUBLE: {
      const std::uint64_t bits = binary::number_of(bytes);
      double value = 0;
      std::memcpy(&value, &bits, sizeof value);
      record.real(field, value);
      break;
    }
    case HAULIER_TIMESTAMP:
      record.timestamp(field, binary::integer_of(bytes) + binary::kEpoch2000);
      break;
    case HAULIER_JSON:
      record.json(field, bytes);
      break;
    case HAULIER_BLOB:
      record.blob(field, host.copy_blob(bytes));
      break;
    default:
      record.text(field, bytes);
  }
}

}  // namespace haulier::postgresql
