// The SQL of the sink, made from a TableLayout. Pure. Names come from the checked layout and are quoted; values are
// always parameters: ?N is columns[N - 1].
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "column_lists.hpp"

namespace haulier::sqlite {

using sql::Column;
using sql::kPipelineColumn;
using sql::kUpdatedAtColumn;
using sql::layout_of;
using sql::quoted_name;
using sql::TableLayout;

// INTEGER, REAL, TEXT or BLOB.
[[nodiscard]] std::string_view sql_type(haulier_type type) noexcept;

[[nodiscard]] std::string create_table_sql(const TableLayout& table);
// Nullable whatever the stream says: the rows that are there have no value for it.
[[nodiscard]] std::string add_column_sql(const TableLayout& table, const Column& column);
[[nodiscard]] std::string create_unique_index_sql(const TableLayout& table);

// Insert, or change the row with this key where it differs; no row changed: it was equal. A row of an immutable table
// is never touched.
[[nodiscard]] std::string upsert_sql(const TableLayout& table);
// `given[i]`: columns[i] is to be set. Keys and insert-only columns are never set. Empty when nothing is left to set.
[[nodiscard]] std::string update_sql(const TableLayout& table, const std::vector<bool>& given);
[[nodiscard]] std::string delete_sql(const TableLayout& table);
// The rowid of the row with this key.
[[nodiscard]] std::string find_sql(const TableLayout& table);
// Every row of one pipeline (?1), fields in the order of the stream, sorted by key.
[[nodiscard]] std::string select_state_sql(const TableLayout& table);

}  // namespace haulier::sqlite
