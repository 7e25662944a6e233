// Upkeep: what a database file asks its owner to do now and then. Told where a person looks (haulier status), never
// done by a run: both take time and a lock that nobody planned for.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "connection.hpp"
#include "haulier/upkeep.hpp"
#include "sql_text.hpp"

namespace haulier::sqlite {

// Reads the file's numbers and counts rows only as far as it must. Throws what SQLite reports.
[[nodiscard]] std::vector<Advice> upkeep_advice(const Connection& database, const std::string& path,
                                                const std::vector<std::optional<TableLayout>>& tables);

}  // namespace haulier::sqlite
