#include "row_reader.hpp"

#include <string>

#include "haulier/batch_builder.hpp"
#include "row_values.hpp"
#include "sql_text.hpp"

namespace haulier::mysql {

Batch RowReader::find(const LookupView& request) {
  const sql::LookupPlan plan = sql::plan_lookup(layouts_, request);
  const std::vector<sql::LookupParameter> parameters = plan.parameters();
  const sql::LookupDialect dialect{[&](const TableLayout&, std::size_t, std::size_t number) {
                                     const haulier_value* value = parameters[number - 1].value;
                                     return value ? literal_of(*value) : text_literal(host_.pipeline());
                                   },
                                   ""};
  BatchBuilder builder;
  const std::lock_guard lock(mutex_);
  if (connection_ && !connection_->alive()) connection_.reset();
  if (!connection_) {
    connection_.emplace(options_, host_);
    connection_->run("SET SESSION TRANSACTION READ ONLY", "setting up the session");
  }
  // Without it when a database is inspected that no run has opened yet.
  if (plan.empty || !table_exists(*connection_, plan.table->name)) return builder.finish();
  Result rows = connection_->run(sql::lookup_sql(plan, dialect), "looking rows up");
  const auto n = static_cast<std::uint32_t>(plan.wanted.size());
  while (rows.next()) {
    RecordBuilder record = builder.record(0, n, HAULIER_UPSERT, 0);
    for (std::uint32_t i = 0; i < n; ++i) {
      if (rows.is_null(i)) continue;
      put_value(record, i, plan.table->columns[plan.wanted[i]].type, rows.bytes(i), host_);
    }
  }
  return builder.finish();
}

}  // namespace haulier::mysql
