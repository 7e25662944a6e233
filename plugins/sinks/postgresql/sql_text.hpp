// The SQL of the sink, made from a TableLayout. Pure. Names come from the checked layout and are quoted; values are
// always parameters, $1 for the first of the columns that a statement uses.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "column_lists.hpp"

namespace haulier::postgresql {

using sql::Column;
using sql::quoted_name;
using sql::TableLayout;

// As the catalog spells it. The JSON of a state stream is `json`, which keeps the text as it was given; other JSON is
// `jsonb`.
[[nodiscard]] std::string sql_type(const TableLayout& table, const Column& column);

[[nodiscard]] std::string create_table_sql(const TableLayout& table);
// Nullable whatever the stream says: the rows that are there have no value for it.
[[nodiscard]] std::string add_column_sql(const TableLayout& table, const Column& column);
[[nodiscard]] std::string create_unique_index_sql(const TableLayout& table, std::string_view schema);

// Every column, in the order of the layout.
[[nodiscard]] std::string copy_sql(const TableLayout& table);
// Insert, or change the row with this key where it differs; no row changed: it was equal. A row of an immutable table
// is never touched. Parameters: every column.
[[nodiscard]] std::string upsert_sql(const TableLayout& table);
// Parameters: columns_of_update(). Empty when nothing is left to set.
[[nodiscard]] std::string update_sql(const TableLayout& table, const std::vector<bool>& given);
// The columns of the key, and those of `given` that an update may set.
[[nodiscard]] std::vector<std::size_t> columns_of_update(const TableLayout& table, const std::vector<bool>& given);
// Parameters: the columns of the key.
[[nodiscard]] std::string delete_sql(const TableLayout& table);
// Which of many keys have a row: their numbers, from 1. Parameters: one array per column of the key.
[[nodiscard]] std::string find_keys_sql(const TableLayout& table);
// Every row of one pipeline ($1), fields in the order of the stream, sorted by key.
[[nodiscard]] std::string select_state_sql(const TableLayout& table);

}  // namespace haulier::postgresql
