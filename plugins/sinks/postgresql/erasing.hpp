// How this engine erases: the dialect, and the store over a connection.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "connection.hpp"
#include "erasure.hpp"

namespace haulier::postgresql {

[[nodiscard]] const sql::ErasureDialect& erasure_dialect();

// Borrows the connection. `step`: told before every change; may be empty.
class ConnectionStore final : public sql::ErasureStore {
 public:
  explicit ConnectionStore(Connection& connection, std::function<void()> step = {})
      : connection_(connection), step_(std::move(step)) {}
  [[nodiscard]] std::vector<sql::TextRow> select(const std::string& sql, const sql::Texts& parameters) override;
  std::uint64_t change(const std::string& sql, const sql::Texts& parameters) override;

 private:
  Connection& connection_;
  std::function<void()> step_;
};

}  // namespace haulier::postgresql
