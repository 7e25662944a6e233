// RowReader: committed rows for those who look something up while the sink writes.
#pragma once

#include <mutex>
#include <optional>

#include "connection.hpp"
#include "haulier/lookup.hpp"
#include "lookup_plan.hpp"
#include "options.hpp"

namespace haulier::sqlite {

// Owned by the sink, with a read-only connection of its own, made at the first call. No lock of the file is held
// between two calls, so that it does not keep the writer from committing; it waits for a commit that is under way.
// Thread: any.
class RowReader {
 public:
  // Both are borrowed and do not change while it lives.
  RowReader(const Options& options, Host host, const sql::Layouts& layouts)
      : options_(options), host_(host), layouts_(layouts) {}

  // One page. Throws Error.
  [[nodiscard]] Batch find(const LookupView& request);

 private:
  const Options& options_;
  Host host_;
  const sql::Layouts& layouts_;
  std::mutex mutex_;  // guards the connection
  std::optional<Connection> connection_;
};

}  // namespace haulier::sqlite
