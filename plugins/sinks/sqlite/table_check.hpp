// Brings the tables of a database in line with the declared streams, or says why that cannot be.
#pragma once

#include <string>

#include "connection.hpp"
#include "migrate.hpp"
#include "sql_text.hpp"

namespace haulier::sqlite {

// Creates the table when it is missing, adds the columns it lacks. The caller holds the write lock.
// Throws Error(HAULIER_BAD_STATE) when a column has another type, a column must be filled that the stream does not
// have, or the unique index over the key is missing - with the SQL that repairs it.
void match_table(const Connection& connection, const TableLayout& table, const OnStatement& on_statement);

// A database in memory with the same schema and schema_migrations: what migrate() and match_table() would do to
// `original` can be tried on it. Null: an empty database.
[[nodiscard]] Connection schema_copy(const Connection* original);

}  // namespace haulier::sqlite
