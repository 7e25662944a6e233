// Brings the tables of a MariaDB database in line with the program's migrations and the declared streams, or says why
// that cannot be.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connection.hpp"
#include "migrations.hpp"
#include "options.hpp"
#include "sql_text.hpp"

namespace haulier::mysql {

// All files of schemas/mysql, by version from 1 without a gap.
[[nodiscard]] const std::vector<sql::Migration>& all_migrations();

// By stream; none for transient ones.
using Layouts = std::vector<std::optional<TableLayout>>;

// The highest version the database has; 0 for an empty one. Throws Error(HAULIER_BAD_STATE), see
// sql::checked_version().
[[nodiscard]] int checked_version(Connection& connection);

[[nodiscard]] bool table_exists(Connection& connection, const std::string& table);

// Everything that is missing, under a named lock of the server, so that two first runs do not meet. MariaDB ends a
// transaction at every CREATE: a crash leaves some of the tables, and the next call makes the others. `on_statement` is
// told each statement before it runs.
// Throws Error(HAULIER_BAD_STATE) when the database is newer or contradicts a stream, see sql::missing_columns().
void set_up_schema(Connection& connection, const Options& options, const Layouts& layouts,
                   const sql::OnStatement& on_statement);

// The statements that set_up_schema() would run. Changes and locks nothing. Throws as it does.
[[nodiscard]] std::vector<std::string> plan_schema(Connection& connection, const Layouts& layouts);

}  // namespace haulier::mysql
