#include "erasing.hpp"

#include "rfc3339.hpp"

namespace haulier::sqlite {

namespace {

constexpr std::string_view kDoing = "erasing";

Statement prepared(const Connection& connection, const std::string& sql, const sql::Texts& parameters) {
  Statement out = connection.prepare(sql);
  for (std::size_t i = 0; i < parameters.size(); ++i) out.bind(static_cast<int>(i) + 1, parameters[i]);
  return out;
}

std::string length_of(const std::string& column, haulier_type type) {
  // Of a blob SQLite knows the length without reading it.
  return type == HAULIER_BLOB ? "length(" + column + ")" : "length(CAST(" + column + " AS BLOB))";
}

}  // namespace

const sql::ErasureDialect& erasure_dialect() {
  static const sql::ErasureDialect kDialect{
      [](std::size_t number) { return "?" + std::to_string(number); },
      [](const std::string& column) { return "CAST(" + column + " AS TEXT)"; },
      length_of,
      [](std::size_t number) { return "?" + std::to_string(number); },
      [](std::int64_t us) {
        std::string out(rfc3339::kSize, ' ');
        // Nothing is older than a time that is none.
        return rfc3339::format(us, out.data()) ? out : std::string();
      },
      [](const std::string& into_values) { return "INSERT OR IGNORE " + into_values; }};
  return kDialect;
}

std::vector<sql::TextRow> ConnectionStore::select(const std::string& sql, const sql::Texts& parameters) {
  Statement rows = prepared(connection_, sql, parameters);
  std::vector<sql::TextRow> out;
  while (rows.step(kDoing)) {
    const int n = sqlite3_column_count(rows.get());
    out.emplace_back();
    for (int i = 0; i < n; ++i) {
      out.back().push_back(rows.is_null(i) ? std::nullopt : std::optional<std::string>(rows.text(i)));
    }
  }
  return out;
}

std::uint64_t ConnectionStore::change(const std::string& sql, const sql::Texts& parameters) {
  if (step_) step_();
  Statement statement = prepared(connection_, sql, parameters);
  statement.run(kDoing);
  return static_cast<std::uint64_t>(sqlite3_changes64(connection_.get()));
}

void overwrite_deleted(const Connection& connection) {
  static_cast<void>(connection.integer("PRAGMA secure_delete = 1"));
}

bool empty_journal(const Connection& connection) noexcept {
  try {
    Statement mode = connection.prepare("PRAGMA journal_mode");
    const std::string journal = mode.step(kDoing) ? std::string(mode.text(0)) : std::string();
    mode.reset();
    // The first column tells whether a reader was in the way.
    if (journal == "wal") return connection.integer("PRAGMA wal_checkpoint(TRUNCATE)") == 0;
    if (journal != "persist") return true;
    // A commit overwrites its header only. Going over to this mode removes the file.
    static_cast<void>(connection.prepare("PRAGMA journal_mode = delete").step(kDoing));
    static_cast<void>(connection.prepare("PRAGMA journal_mode = persist").step(kDoing));
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

}  // namespace haulier::sqlite
