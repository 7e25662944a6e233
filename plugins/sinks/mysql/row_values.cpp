#include "row_values.hpp"

#include <cstdio>
#include <cstdlib>

#include "rfc3339.hpp"
#include "sql_text.hpp"

namespace haulier::mysql {

namespace {

// "2026-11-22 10:00:00.123456" as microseconds since 1970.
std::int64_t time_of(std::string_view text) {
  std::string changed(text);
  if (changed.size() == rfc3339::kSize - 1) changed[10] = 'T';
  const auto out = rfc3339::parse(changed + "Z");
  if (!out) throw Error(HAULIER_BAD_STATE, "a time in the state is not one that this program wrote");
  return *out;
}

}  // namespace

std::string literal_of(const haulier_value& value) {
  char text[64];
  switch (value.type) {
    case HAULIER_STRING:
    case HAULIER_JSON:
      return text_literal(view(value.v.s));
    case HAULIER_DOUBLE:
      std::snprintf(text, sizeof text, "%.17e", value.v.d);
      return text;
    case HAULIER_TIMESTAMP: {
      char time[rfc3339::kSize] = {};
      static_cast<void>(rfc3339::format(value.v.i, time));
      time[10] = ' ';
      return "TIMESTAMP'" + std::string(time, rfc3339::kSize - 1) + "'";
    }
    default:
      return std::to_string(value.v.i);
  }
}

void put_value(RecordBuilder& record, std::uint32_t field, haulier_type type, const Result& row, const Host& host) {
  if (row.is_null(field)) return;
  const std::string_view text = row.bytes(field);
  switch (type) {
    case HAULIER_BOOL:
      record.boolean(field, text != "0");
      break;
    case HAULIER_INT64:
      record.integer(field, std::strtoll(std::string(text).c_str(), nullptr, 10));
      break;
    case HAULIER_DOUBLE:
      record.real(field, std::strtod(std::string(text).c_str(), nullptr));
      break;
    case HAULIER_TIMESTAMP:
      record.timestamp(field, time_of(text));
      break;
    case HAULIER_JSON:
      record.json(field, text);
      break;
    case HAULIER_BLOB:
      record.blob(field, host.copy_blob(text));
      break;
    default:
      record.text(field, text);
  }
}

}  // namespace haulier::mysql
