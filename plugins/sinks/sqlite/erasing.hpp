// How this engine erases: the dialect, the store over a connection, and what keeps deleted bytes from staying in the
// file.
#pragma once

#include <string>

#include "connection.hpp"
#include "erasure.hpp"

namespace haulier::sqlite {

[[nodiscard]] const sql::ErasureDialect& erasure_dialect();

// Borrows both. `step`: told before every change; may be empty.
class ConnectionStore final : public sql::ErasureStore {
 public:
  explicit ConnectionStore(const Connection& connection, std::function<void()> step = {})
      : connection_(connection), step_(std::move(step)) {}
  [[nodiscard]] std::vector<sql::TextRow> select(const std::string& sql, const sql::Texts& parameters) override;
  std::uint64_t change(const std::string& sql, const sql::Texts& parameters) override;

 private:
  const Connection& connection_;
  std::function<void()> step_;
};

// From now on what this connection deletes is overwritten with zeros.
void overwrite_deleted(const Connection& connection);
// After the commit: what the journal still holds of it goes, too. Another program's lock may keep a WAL from being
// emptied; then the next checkpoint does it. False: it is still there.
[[nodiscard]] bool empty_journal(const Connection& connection) noexcept;

}  // namespace haulier::sqlite
