// RowReader: committed rows for those who look something up while the sink writes.
#pragma once

#include <mutex>
#include <optional>
#include <vector>

#include "connection.hpp"
#include "haulier/lookup.hpp"
#include "lookup_plan.hpp"
#include "options.hpp"
#include "schema_setup.hpp"

namespace haulier::postgresql {

// Owned by the sink, with a read-only connection of its own, made at the first call and again when it was lost. Each
// look-up is a transaction of its own and takes no lock that a writer would wait for. Thread: any.
class RowReader {
 public:
  // Both are borrowed and do not change while it lives.
  RowReader(const Options& options, Host host, const Layouts& layouts)
      : options_(options), host_(host), layouts_(layouts) {}

  // One page. Throws Error.
  [[nodiscard]] Batch find(const LookupView& request);

 private:
  const Options& options_;
  Host host_;
  const Layouts& layouts_;
  std::mutex mutex_;  // guards the connection
  std::optional<Connection> connection_;
};

}  // namespace haulier::postgresql
