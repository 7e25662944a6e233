// LookupPlan: a look-up request (haulier/abi/lookup.h) worked out against the tables of a sink, and its SELECT, which
// differs between dialects only in its parameters and in how texts are ordered by bytes. Pure.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "haulier/lookup.hpp"
#include "table_layout.hpp"

namespace haulier::sql {

// One parameter of the SELECT; none of the request: the name of the pipeline.
struct LookupParameter {
  std::size_t column = 0;                // of the table
  const haulier_value* value = nullptr;  // borrowed from the request; null: the name of the pipeline
};

// Borrows the table and the request.
struct LookupPlan {
  const TableLayout* table = nullptr;
  std::vector<std::size_t> wanted;                    // columns, in the order of the request
  std::vector<std::vector<LookupParameter>> matches;  // each: its column has one of these values
  std::vector<std::size_t> order;                     // key columns that no match fixes
  std::vector<LookupParameter> after;                 // of `order`; empty: the first page
  std::uint32_t limit = 0;
  bool empty = false;  // no row can fit

  // Every parameter in the order of the statement.
  [[nodiscard]] std::vector<LookupParameter> parameters() const;
  // Of the columns that are wanted.
  [[nodiscard]] std::vector<haulier_type> types() const;
};

// Throws Error(HAULIER_UNSUPPORTED) when there is no such stream or field, or the request is beyond its limits.
[[nodiscard]] LookupPlan plan_lookup(const Layouts& layouts, const LookupView& request);

struct LookupDialect {
  // Parameter `number` (from 1), which is compared with this column.
  std::function<std::string(const TableLayout& table, std::size_t column, std::size_t number)> parameter;
  std::string byte_order;  // behind a text that is ordered or compared by order, e.g. ` COLLATE "C"`
};

[[nodiscard]] std::string lookup_sql(const LookupPlan& plan, const LookupDialect& dialect);

}  // namespace haulier::sql
