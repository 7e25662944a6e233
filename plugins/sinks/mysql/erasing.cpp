#include "erasing.hpp"

#include "rfc3339.hpp"
#include "sql_text.hpp"

namespace haulier::mysql {

namespace {

constexpr std::string_view kDoing = "erasing";
constexpr char kMark = '\x01';  // around the number of a parameter; in no name and no text of ours

std::string mark(std::size_t number) { return kMark + std::to_string(number) + kMark; }

// Each mark as the literal of its parameter.
std::string filled(const std::string& sql, const sql::Texts& parameters) {
  std::string out;
  std::size_t at = 0;
  for (std::size_t from; (from = sql.find(kMark, at)) != std::string::npos;) {
    const std::size_t end = sql.find(kMark, from + 1);
    out.append(sql, at, from - at);
    out += text_literal(parameters.at(std::stoul(sql.substr(from + 1, end - from - 1)) - 1));
    at = end + 1;
  }
  return out.append(sql, at);
}

}  // namespace

const sql::ErasureDialect& erasure_dialect() {
  static const sql::ErasureDialect kDialect{
      mark,
      [](const std::string& column) { return "CAST(" + column + " AS CHAR)"; },
      [](const std::string& column, haulier_type) { return "octet_length(" + column + ")"; },
      mark,
      [](std::int64_t us) {
        std::string out(rfc3339::kSize, ' ');
        if (!rfc3339::format(us, out.data())) return std::string("0000-01-01 00:00:00");
        out[10] = ' ';
        return out.substr(0, rfc3339::kSize - 1);
      },
      [](const std::string& into_values) { return "INSERT IGNORE " + into_values; }};
  return kDialect;
}

std::vector<sql::TextRow> ConnectionStore::select(const std::string& sql, const sql::Texts& parameters) {
  Result rows = connection_.run(filled(sql, parameters), kDoing);
  std::vector<sql::TextRow> out;
  while (rows.next()) {
    out.emplace_back();
    for (unsigned column = 0; column < mysql_field_count(connection_.handle()); ++column) {
      out.back().push_back(rows.is_null(column) ? std::nullopt : std::optional<std::string>(rows.bytes(column)));
    }
  }
  return out;
}

std::uint64_t ConnectionStore::change(const std::string& sql, const sql::Texts& parameters) {
  if (step_) step_();
  connection_.run(filled(sql, parameters), kDoing);
  return static_cast<std::uint64_t>(mysql_affected_rows(connection_.handle()));
}

}  // namespace haulier::mysql
