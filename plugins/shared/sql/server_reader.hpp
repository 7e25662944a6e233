// ServerReader: committed rows for those who look something up while the sink writes.
#pragma once

#include <memory>
#include <mutex>

#include "haulier/lookup.hpp"
#include "lookup_plan.hpp"
#include "rows_back.hpp"

namespace haulier::sql {

// Owned by the sink, with a read-only connection of its own, made at the first call and again when it was lost. Each
// look-up is a transaction of its own and takes no lock that a writer would wait for. Engine: see ServerSink.
// Thread: any.
template <class Engine>
class ServerReader {
 public:
  using Options = typename Engine::Options;
  using Connection = typename Engine::Connection;

  // Both are borrowed and do not change while it lives.
  ServerReader(const Options& options, Host host, const Layouts& layouts)
      : options_(options), host_(host), layouts_(layouts) {}

  // One page. Throws Error.
  [[nodiscard]] Batch find(const LookupView& request) {
    const LookupPlan plan = plan_lookup(layouts_, request);
    BatchBuilder builder;
    const std::lock_guard lock(mutex_);
    if (connection_ && !connection_->alive()) connection_.reset();
    if (!connection_) {
      connection_ = std::make_unique<Connection>(options_, host_);
      Engine::read_only(*connection_);
    }
    typename Engine::Catalog catalog(*connection_, options_);
    // Without it when a database is inspected that no run has opened yet.
    if (plan.empty || !catalog.has_table(plan.table->name)) return builder.finish();
    put_rows(builder, 0, plan.types(), Engine::found_rows(*connection_, host_, plan), host_);
    return builder.finish();
  }

 private:
  const Options& options_;
  Host host_;
  const Layouts& layouts_;
  std::mutex mutex_;  // guards the connection
  std::unique_ptr<Connection> connection_;
};

}  // namespace haulier::sql
