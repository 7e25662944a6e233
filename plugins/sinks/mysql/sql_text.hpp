// The SQL of the sink, made from a TableLayout. Pure. Names come from the checked layout and are quoted (the session
// has ANSI_QUOTES); values are always parameters, or hexadecimal literals, which hold nothing but digits.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "column_lists.hpp"

namespace haulier::mysql {

using sql::Column;
using sql::quoted_name;
using sql::TableLayout;

// A text as a literal, whatever it holds: _utf8mb4 X'6d61696c'.
[[nodiscard]] std::string text_literal(std::string_view text);

// The family of a column as a table has it; the catalog's words are brought to the same by type_family().
[[nodiscard]] std::string type_of(const Column& column);
// `data_type`: as information_schema.columns spells it. All texts are one family: JSON is a text with a check.
[[nodiscard]] std::string type_family(std::string_view data_type);

[[nodiscard]] std::string create_table_sql(const TableLayout& table);
// Nullable whatever the stream says: the rows that are there have no value for it.
[[nodiscard]] std::string add_column_sql(const TableLayout& table, const Column& column);
[[nodiscard]] std::string create_unique_index_sql(const TableLayout& table);

// Parameters: every column, in the order of the layout.
[[nodiscard]] std::string insert_sql(const TableLayout& table);
// Insert, or change the row with this key; MariaDB counts 0 rows when it was equal. A row of an immutable table is
// never touched. Parameters: every column.
[[nodiscard]] std::string upsert_sql(const TableLayout& table);
// The columns that an update of `given` sets, then those of the key: its parameters in this order.
[[nodiscard]] std::vector<std::size_t> columns_of_update(const TableLayout& table, const std::vector<bool>& given);
// Empty when nothing is left to set.
[[nodiscard]] std::string update_sql(const TableLayout& table, const std::vector<bool>& given);
// Parameters: the columns of the key.
[[nodiscard]] std::string delete_sql(const TableLayout& table);
// Which of many keys have a row: their numbers. `rows`: "(0, 'a', 1), (1, ...)", number and key of each.
[[nodiscard]] std::string find_keys_sql(const TableLayout& table, std::string_view rows);
// Every row of one pipeline, fields in the order of the stream, sorted by key.
[[nodiscard]] std::string select_state_sql(const TableLayout& table, std::string_view pipeline);

}  // namespace haulier::mysql
