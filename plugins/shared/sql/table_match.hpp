// Compares a table of a database with the layout of its stream: what is missing, or why it cannot be. Pure; the sinks
// read their catalogs and run the statements.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "table_layout.hpp"

namespace haulier::sql {

struct TableColumn {
  std::string name;
  std::string type;            // as the catalog spells it
  bool must_be_given = false;  // NOT NULL, and nothing else fills it
};

using ColumnNames = std::set<std::string>;

// A table as the database has it.
struct ExistingTable {
  std::vector<TableColumn> columns;
  // The column sets that the database keeps unique: the primary key and every full unique index.
  std::vector<ColumnNames> unique_sets;
};

// The type that the dialect gives a column, spelt as its catalog does.
using TypeOf = std::function<std::string(const Column& column)>;

// The columns that are to be added, in the order of the layout.
// Throws Error(HAULIER_BAD_STATE) when a column has another type, a column must be filled that the stream does not
// have, or the unique index over the key is missing; the hint is then `repair`.
[[nodiscard]] std::vector<const Column*> missing_columns(const TableLayout& table, const ExistingTable& existing,
                                                         const TypeOf& type_of, const std::string& repair);

}  // namespace haulier::sql
