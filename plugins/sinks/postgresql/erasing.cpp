#include "erasing.hpp"

#include "rfc3339.hpp"

namespace haulier::postgresql {

namespace {

constexpr std::string_view kDoing = "erasing";

// Text has the same bytes in binary form.
Parameters bound(const sql::Texts& texts) {
  Parameters out;
  for (const std::string& text : texts) out.binary(text);
  return out;
}

}  // namespace

const sql::ErasureDialect& erasure_dialect() {
  static const sql::ErasureDialect kDialect{
      [](std::size_t number) { return "$" + std::to_string(number) + "::text"; },
      [](const std::string& column) { return "(" + column + ")::text"; },
      [](const std::string& column, haulier_type type) {
        return "octet_length(" + column + (type == HAULIER_BLOB ? ")::bigint" : "::text)::bigint");
      },
      [](std::size_t number) { return "$" + std::to_string(number) + "::text::timestamptz"; },
      [](std::int64_t us) {
        std::string out(rfc3339::kSize, ' ');
        return rfc3339::format(us, out.data()) ? out : std::string("-infinity");
      },
      [](const std::string& into_values) { return "INSERT " + into_values + " ON CONFLICT DO NOTHING"; }};
  return kDialect;
}

std::vector<sql::TextRow> ConnectionStore::select(const std::string& sql, const sql::Texts& parameters) {
  const Result rows = connection_.run(sql, bound(parameters), kDoing);
  std::vector<sql::TextRow> out;
  for (int row = 0; row < rows.rows(); ++row) {
    out.emplace_back();
    for (int column = 0; column < PQnfields(rows.get()); ++column) {
      const bool null = PQgetisnull(rows.get(), row, column) != 0;
      out.back().push_back(null ? std::nullopt : std::optional<std::string>(rows.bytes(row, column)));
    }
  }
  return out;
}

std::uint64_t ConnectionStore::change(const std::string& sql, const sql::Texts& parameters) {
  if (step_) step_();
  return static_cast<std::uint64_t>(connection_.run(sql, bound(parameters), kDoing).changed());
}

}  // namespace haulier::postgresql
