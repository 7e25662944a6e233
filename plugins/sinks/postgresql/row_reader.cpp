#include "row_reader.hpp"

#include <deque>
#include <string>

#include "binary_values.hpp"
#include "haulier/batch_builder.hpp"
#include "row_values.hpp"
#include "sql_text.hpp"

namespace haulier::postgresql {

namespace {

constexpr const char* kDoing = "looking rows up";

// `bytes` keeps what libpq only borrows.
Parameters parameters_of(const sql::LookupPlan& plan, const Host& host, std::deque<std::string>& bytes) {
  Parameters out;
  for (const sql::LookupParameter& parameter : plan.parameters()) {
    if (parameter.value == nullptr) {
      out.binary(host.pipeline());
    } else if (parameter.value->type == HAULIER_STRING) {
      out.binary(view(parameter.value->v.s));
    } else {
      binary::append_scalar(bytes.emplace_back(), *parameter.value);
      out.binary(bytes.back());
    }
  }
  return out;
}

}  // namespace

Batch RowReader::find(const LookupView& request) {
  static const sql::LookupDialect kDialect{[](const TableLayout& table, std::size_t column, std::size_t number) {
                                             return "$" + std::to_string(number) +
                                                    "::" + sql_type(table, table.columns[column]);
                                           },
                                           " COLLATE \"C\""};
  const sql::LookupPlan plan = sql::plan_lookup(layouts_, request);
  BatchBuilder builder;
  const std::lock_guard lock(mutex_);
  if (connection_ && !connection_->alive()) connection_.reset();
  if (!connection_) {
    connection_.emplace(options_, host_);
    connection_->run("SET default_transaction_read_only = on", "setting up the session");
  }
  // Without it when a database is inspected that no run has opened yet.
  if (plan.empty || !table_exists(*connection_, options_, plan.table->name)) return builder.finish();
  std::deque<std::string> bytes;
  const Parameters parameters = parameters_of(plan, host_, bytes);
  const Result rows = connection_->run(sql::lookup_sql(plan, kDialect), parameters, kDoing);
  const auto n = static_cast<std::uint32_t>(plan.wanted.size());
  for (int row = 0; row < rows.rows(); ++row) {
    RecordBuilder record = builder.record(0, n, HAULIER_UPSERT, 0);
    for (std::uint32_t i = 0; i < n; ++i) {
      const int column = static_cast<int>(i);
      if (rows.is_null(row, column)) continue;
      put_value(record, i, plan.table->columns[plan.wanted[i]].type, rows.bytes(row, column), host_);
    }
  }
  return builder.finish();
}

}  // namespace haulier::postgresql
