#include "row_reader.hpp"

#include <deque>

#include "rfc3339.hpp"
#include "row_values.hpp"
#include "rows_back.hpp"

namespace haulier::sqlite {

namespace {

constexpr std::string_view kDoing = "looking rows up";

// `texts` keeps what SQLite only borrows.
void bind_parameters(Statement& statement, const sql::LookupPlan& plan, const Host& host,
                     std::deque<std::string>& texts) {
  int index = 0;
  for (const sql::LookupParameter& parameter : plan.parameters()) {
    ++index;
    if (parameter.value == nullptr) {
      statement.bind(index, host.pipeline());
    } else if (parameter.value->type == HAULIER_STRING) {
      statement.bind(index, view(parameter.value->v.s));
    } else if (parameter.value->type == HAULIER_TIMESTAMP) {
      texts.emplace_back(rfc3339::kSize, ' ');
      if (!rfc3339::format(parameter.value->v.i, texts.back().data())) texts.back().clear();
      statement.bind(index, texts.back());
    } else {
      statement.bind(index, parameter.value->v.i);
    }
  }
}

bool has_table(const Connection& connection, const std::string& name) {
  Statement exists = connection.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?1");
  exists.bind(1, name);
  return exists.step(kDoing);
}

}  // namespace

Batch RowReader::find(const LookupView& request) {
  static const sql::LookupDialect kDialect{
      [](const sql::TableLayout&, std::size_t, std::size_t number) { return "?" + std::to_string(number); }, ""};
  const sql::LookupPlan plan = sql::plan_lookup(layouts_, request);
  BatchBuilder builder;
  const std::lock_guard lock(mutex_);
  if (!connection_) connection_.emplace(options_, Access::inspect, host_);
  connection_->restart_wait();
  // Without it when a file is inspected that no run has opened yet.
  if (plan.empty || !has_table(*connection_, plan.table->name)) return builder.finish();
  Statement rows = connection_->prepare(sql::lookup_sql(plan, kDialect));
  std::deque<std::string> texts;
  bind_parameters(rows, plan, host_, texts);
  sql::put_rows(builder, 0, plan.types(), rows, host_);
  return builder.finish();
}

}  // namespace haulier::sqlite
