// Migrations: the numbered SQL files of schemas/sqlite, in order, each once, recorded in schema_migrations.
#pragma once

#include <string_view>
#include <vector>

#include "connection.hpp"
#include "migrations.hpp"

namespace haulier::sqlite {

using sql::Migration;
using sql::OnStatement;

// All of them, by version from 1 without a gap.
[[nodiscard]] const std::vector<Migration>& all_migrations();

// The highest version the database has; 0 for an empty one.
// Throws Error(HAULIER_BAD_STATE) when it is newer than `migrations`, or was made by other files of the same numbers.
[[nodiscard]] int checked_version(const Connection& connection, const std::vector<Migration>& migrations);

// Applies what is missing. The caller holds the write lock in a transaction and commits. `now` is written as
// applied_at.
void migrate(const Connection& connection, const std::vector<Migration>& migrations, std::string_view now,
             const OnStatement& on_statement);

}  // namespace haulier::sqlite
