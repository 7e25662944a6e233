#include "migrations.hpp"

#include "haulier/error.hpp"

namespace haulier::sql {

namespace {

Error newer(std::int64_t version, std::size_t known) {
  return {HAULIER_BAD_STATE,
          "the database has schema version " + std::to_string(version) + ", this program knows up to " +
              std::to_string(known) + ": a newer Haulier made it",
          "use the newer Haulier; nothing was changed"};
}

// Without the blanks and comments before it and the blanks behind it.
std::string_view bare(std::string_view sql) {
  constexpr std::string_view kBlanks = " \t\r\n";
  while (true) {
    const std::size_t at = sql.find_first_not_of(kBlanks);
    sql.remove_prefix(at == std::string_view::npos ? sql.size() : at);
    if (sql.substr(0, 2) != "--") break;
    const std::size_t end = sql.find('\n');
    sql.remove_prefix(end == std::string_view::npos ? sql.size() : end);
  }
  const std::size_t last = sql.find_last_not_of(kBlanks);
  return last == std::string_view::npos ? std::string_view() : sql.substr(0, last + 1);
}

// The place of the semicolon that ends the first statement, or the end of the text.
std::size_t end_of_statement(std::string_view sql) {
  for (std::size_t at = 0; at < sql.size(); ++at) {
    const char c = sql[at];
    if (c == ';') return at;
    std::size_t end = at;
    if (c == '\'' || c == '"') end = sql.find(c, at + 1);
    if (c == '-' && sql.substr(at, 2) == "--") end = sql.find('\n', at);
    if (end == std::string_view::npos) break;
    at = end;
  }
  return sql.size();
}

}  // namespace

int checked_version(const std::vector<AppliedMigration>& applied, const std::vector<Migration>& known) {
  int version = 0;
  for (const AppliedMigration& row : applied) {
    if (row.version > static_cast<std::int64_t>(known.size())) throw newer(row.version, known.size());
    if (row.version != version + 1) {
      throw Error(HAULIER_BAD_STATE, "schema_migrations lacks version " + std::to_string(version + 1),
                  "restore a backup of the database");
    }
    const Migration& migration = known[static_cast<std::size_t>(version)];
    if (row.sha256 != migration.sha256) {
      throw Error(HAULIER_BAD_STATE,
                  "schema version " + std::to_string(row.version) + " (" + std::string(migration.name) +
                      ") of the database was made by another file than this program's",
                  "use the Haulier that made the database, or start a new one");
    }
    version = static_cast<int>(row.version);
  }
  return version;
}

std::vector<std::string_view> statements_of(std::string_view script) {
  std::vector<std::string_view> out;
  while (!script.empty()) {
    const std::size_t end = end_of_statement(script);
    const std::string_view statement = bare(script.substr(0, end));
    if (!statement.empty()) out.push_back(statement);
    script.remove_prefix(end < script.size() ? end + 1 : end);
  }
  return out;
}

}  // namespace haulier::sql
