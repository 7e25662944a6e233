#include "upkeep.hpp"

#include <cstdint>
#include <cstdlib>

namespace haulier::sqlite {

namespace {

// Below that VACUUM costs more than it gives.
constexpr std::int64_t kFreeBytes = std::int64_t{64} << 20;
constexpr std::int64_t kFreeShare = 4;  // one in so many pages

// The planner's guesses without statistics are good enough for small tables, and old ones for tables of the same order.
constexpr std::int64_t kRowsToAnalyze = 10'000;
constexpr std::int64_t kGrowth = 4;

std::string mebibytes(std::int64_t bytes) { return std::to_string(bytes >> 20) + " MiB"; }

bool has_table(const Connection& database, std::string_view name) {
  Statement find = database.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?1");
  find.bind(1, name);
  return find.step("looking for a table");
}

// Rows when the table was analysed last; 0: never.
std::int64_t analysed_rows(const Connection& database, std::string_view table) {
  Statement find = database.prepare("SELECT max(CAST(stat AS INTEGER)) FROM sqlite_stat1 WHERE tbl = ?1");
  find.bind(1, table);
  return find.step("reading the statistics") ? find.integer(0) : 0;
}

bool has_more_rows(const Connection& database, std::string_view table, std::int64_t rows) {
  const std::string sql = "SELECT count(*) FROM (SELECT 1 FROM " + quoted_name(table) + " LIMIT ?1)";
  Statement count = database.prepare(sql);
  count.bind(1, rows + 1);
  return count.step("counting rows") && count.integer(0) > rows;
}

}  // namespace

std::vector<Advice> upkeep_advice(const Connection& database, const std::string& path,
                                  const std::vector<std::optional<TableLayout>>& tables) {
  std::vector<Advice> out;
  const std::int64_t page = database.integer("PRAGMA page_size");
  const std::int64_t pages = database.integer("PRAGMA page_count");
  const std::int64_t free = database.integer("PRAGMA freelist_count");
  if (free * page >= kFreeBytes && free * kFreeShare >= pages) {
    out.push_back({mebibytes(free * page) + " of the " + mebibytes(pages * page) + " of " + path +
                       " are empty; new rows use them, or VACUUM gives them back: with no run at work, and as much "
                       "space free as the rest takes",
                   "sqlite3 " + path + " VACUUM"});
  }
  const bool analysed = has_table(database, "sqlite_stat1");
  for (const auto& table : tables) {
    if (!table || !has_table(database, table->name)) continue;
    const std::int64_t known = analysed ? analysed_rows(database, table->name) : 0;
    if (!has_more_rows(database, table->name, known * kGrowth + kRowsToAnalyze)) continue;
    out.push_back({path + ": " + table->name +
                       (known == 0 ? " has no statistics" : " has grown since its statistics were made") +
                       ", which SQLite needs to choose the best index for a question",
                   "sqlite3 " + path + " ANALYZE"});
    break;  // the command is for all of them
  }
  return out;
}

}  // namespace haulier::sqlite
