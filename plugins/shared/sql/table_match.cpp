#include "table_match.hpp"

#include <algorithm>

#include "haulier/error.hpp"

namespace haulier::sql {

namespace {

void require_unique_key(const TableLayout& table, const ExistingTable& existing, const std::string& repair) {
  ColumnNames key;
  std::string list;
  for (const Column& column : table.columns) {
    if (!column.key) continue;
    key.insert(column.name);
    list += (list.empty() ? "" : ", ") + column.name;
  }
  const auto& sets = existing.unique_sets;
  if (key.empty() || std::find(sets.begin(), sets.end(), key) != sets.end()) return;
  throw Error(HAULIER_BAD_STATE,
              "table " + table.name + " has no unique index over (" + list +
                  "): without it a row could be stored twice, so nothing is written",
              repair);
}

void require_no_foreign_duty(const TableLayout& table, const ExistingTable& existing) {
  for (const TableColumn& column : existing.columns) {
    const bool given = std::any_of(table.columns.begin(), table.columns.end(),
                                   [&](const Column& ours) { return ours.name == column.name; });
    if (given || !column.must_be_given) continue;
    throw Error(HAULIER_BAD_STATE,
                "table " + table.name + " requires the column " + column.name + ", which the stream " + table.name +
                    " of this pipeline does not have",
                "write this pipeline into another database");
  }
}

}  // namespace

std::vector<const Column*> missing_columns(const TableLayout& table, const ExistingTable& existing,
                                           const TypeOf& type_of, const std::string& repair) {
  std::vector<const Column*> out;
  for (const Column& column : table.columns) {
    const auto found = std::find_if(existing.columns.begin(), existing.columns.end(),
                                    [&](const TableColumn& theirs) { return theirs.name == column.name; });
    if (found == existing.columns.end()) {
      // A new part of the key would have no value in the rows that are there; the check below then refuses.
      if (!column.key) out.push_back(&column);
      continue;
    }
    if (found->type != type_of(column)) {
      throw Error(HAULIER_BAD_STATE,
                  "column " + column.name + " of table " + table.name + " is " + found->type +
                      ", the stream of this pipeline needs " + type_of(column),
                  "write this pipeline into another database");
    }
  }
  require_no_foreign_duty(table, existing);
  require_unique_key(table, existing, repair);
  return out;
}

}  // namespace haulier::sql
