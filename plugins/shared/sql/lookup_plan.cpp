#include "lookup_plan.hpp"

#include <algorithm>

#include "column_lists.hpp"
#include "haulier/error.hpp"

namespace haulier::sql {

namespace {

Error unsupported(const std::string& words) { return {HAULIER_UNSUPPORTED, "looking rows up: " + words}; }

const TableLayout& table_of(const Layouts& layouts, std::string_view stream) {
  for (const auto& layout : layouts) {
    if (layout && layout->name == stream) return *layout;
  }
  throw unsupported("there is no table for a stream '" + std::string(stream) + "'");
}

std::size_t column_of(const TableLayout& table, std::string_view field) {
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i].field < table.n_fields && table.columns[i].name == field) return i;
  }
  throw unsupported("the stream " + table.name + " has no field '" + std::string(field) + "'");
}

LookupParameter parameter_of(const TableLayout& table, std::size_t column, const haulier_value& value) {
  const haulier_type type = table.columns[column].type;
  const bool comparable =
      type == HAULIER_BOOL || type == HAULIER_INT64 || type == HAULIER_TIMESTAMP || type == HAULIER_STRING;
  if (!comparable || value.type != static_cast<std::uint32_t>(type)) {
    throw unsupported(table.name + "." + table.columns[column].name + " is not compared with such a value");
  }
  return {column, &value};
}

// The fields of the key in the order of the stream, which is what a caller knows.
std::vector<std::size_t> key_columns(const TableLayout& table) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i].key && table.columns[i].field < table.n_fields) out.push_back(i);
  }
  std::sort(out.begin(), out.end(),
            [&](std::size_t a, std::size_t b) { return table.columns[a].field < table.columns[b].field; });
  return out;
}

void add_matches(LookupPlan& plan, const LookupView& request) {
  const TableLayout& table = *plan.table;
  if (!table.columns.empty() && table.columns[0].field == kPipelineColumn) plan.matches.push_back({{0, nullptr}});
  std::uint64_t values = 0;
  for (std::uint64_t i = 0; i < request.match_count(); ++i) {
    const haulier_match& match = request.match(i);
    const std::size_t column = column_of(table, view(match.field));
    values += match.n_values;
    if (values > HAULIER_LOOKUP_MAX_VALUES) throw unsupported("too many values");
    plan.empty = plan.empty || match.n_values == 0;
    if (match.n_values == 0) continue;
    plan.matches.emplace_back();
    for (std::uint64_t k = 0; k < match.n_values; ++k) {
      plan.matches.back().push_back(parameter_of(table, column, match.values[k]));
    }
  }
}

void add_order(LookupPlan& plan, const LookupView& request) {
  const std::vector<std::size_t> keys = key_columns(*plan.table);
  const bool later = request.after_count() > 0;
  if (later && request.after_count() != keys.size()) throw unsupported("the key of the row before is not whole");
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const bool fixed = std::any_of(plan.matches.begin(), plan.matches.end(),
                                   [&](const auto& match) { return match.size() == 1 && match[0].column == keys[i]; });
    if (fixed) continue;
    plan.order.push_back(keys[i]);
    if (later) plan.after.push_back(parameter_of(*plan.table, keys[i], request.after(i)));
  }
  // The whole key is fixed: there is one row, and it was given.
  plan.empty = plan.empty || (later && plan.order.empty());
}

std::string tuple(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : ", ") + part;
  return parts.size() == 1 ? out : "(" + out + ")";
}

}  // namespace

std::vector<haulier_type> LookupPlan::types() const {
  std::vector<haulier_type> out;
  for (const std::size_t column : wanted) out.push_back(table->columns[column].type);
  return out;
}

std::vector<LookupParameter> LookupPlan::parameters() const {
  std::vector<LookupParameter> out;
  for (const auto& match : matches) out.insert(out.end(), match.begin(), match.end());
  out.insert(out.end(), after.begin(), after.end());
  return out;
}

LookupPlan plan_lookup(const Layouts& layouts, const LookupView& request) {
  LookupPlan plan;
  plan.table = &table_of(layouts, request.stream());
  plan.limit = request.limit();
  if (plan.limit == 0 || plan.limit > HAULIER_LOOKUP_MAX_ROWS) throw unsupported("a page of too many rows");
  if (request.field_count() == 0) throw unsupported("no field is wanted");
  for (std::uint64_t i = 0; i < request.field_count(); ++i) {
    plan.wanted.push_back(column_of(*plan.table, request.field(i)));
  }
  add_matches(plan, request);
  add_order(plan, request);
  return plan;
}

std::string lookup_sql(const LookupPlan& plan, const LookupDialect& dialect) {
  const TableLayout& table = *plan.table;
  std::string out = "SELECT ";
  for (std::size_t i = 0; i < plan.wanted.size(); ++i) {
    out += (i == 0 ? "" : ", ") + quoted_name(table.columns[plan.wanted[i]].name);
  }
  out += " FROM " + quoted_name(table.name);
  std::size_t number = 0;
  std::string_view joint = " WHERE ";
  for (const auto& match : plan.matches) {
    std::string values;
    for (const LookupParameter& value : match) {
      values += (values.empty() ? "" : ", ") + dialect.parameter(table, value.column, ++number);
    }
    out += std::string(joint) + quoted_name(table.columns[match[0].column].name) + " IN (" + values + ")";
    joint = " AND ";
  }
  const auto ordered = [&](std::size_t column, const std::string& text) {
    return table.columns[column].type == HAULIER_STRING ? text + dialect.byte_order : text;
  };
  std::vector<std::string> names, values;
  for (const std::size_t column : plan.order) names.push_back(ordered(column, quoted_name(table.columns[column].name)));
  for (const LookupParameter& value : plan.after) {
    values.push_back(ordered(value.column, dialect.parameter(table, value.column, ++number)));
  }
  if (!values.empty()) out += std::string(joint) + tuple(names) + " > " + tuple(values);
  std::string order;
  for (const std::string& name : names) order += (order.empty() ? " ORDER BY " : ", ") + name;
  return out + order + " LIMIT " + std::to_string(plan.limit);
}

}  // namespace haulier::sql
