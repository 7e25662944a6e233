// Statement: one prepared statement of one connection, run with one row of parameters or with many at once (MariaDB's
// bulk protocol: one message and one answer for all rows). Long values of one row are sent ahead in windows.
#pragma once

#include <mysql.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "haulier/abi/value.h"
#include "mysql_error.hpp"

namespace haulier::mysql {

class Connection;

// The values of one parameter in every row. The bytes are borrowed until the statement was run.
class ParameterColumn {
 public:
  void clear() noexcept;
  // Throws nothing but bad_alloc. Times become "2026-11-22 10:00:00.123456".
  void add(haulier_type declared, const haulier_value& value);

  // Bytes of a value, for deciding which way it is sent.
  [[nodiscard]] std::string_view bytes(std::size_t row) const noexcept {
    return {static_cast<const char*>(pointers_[row]), lengths_[row]};
  }
  [[nodiscard]] bool is_variable() const noexcept {
    return type_ == MYSQL_TYPE_STRING || type_ == MYSQL_TYPE_LONG_BLOB;
  }
  // How the library is told; `bulk`: arrays, otherwise the first row.
  [[nodiscard]] MYSQL_BIND bind(bool bulk) noexcept;

 private:
  enum_field_types type_ = MYSQL_TYPE_NULL;
  std::vector<const void*> pointers_;   // of texts, blobs and times
  std::vector<unsigned long> lengths_;  // of the same
  std::vector<std::int64_t> integers_;
  std::vector<double> reals_;
  std::vector<char> indicators_;   // of nulls
  std::deque<std::string> times_;  // what pointers_ of times point to
};

// Belongs to its connection, and is used by the same thread.
class Statement {
 public:
  explicit Statement(Connection& connection);

  // Throws Error.
  void prepare(const std::string& sql);

  // Begins a new set of parameters.
  void clear();
  // The value of parameter `at` in the next row; every row gives all of them, in order.
  void add(std::size_t at, haulier_type declared, const haulier_value& value) { columns_[at].add(declared, value); }

  // Runs with the one row that was given; returns the rows it changed, or the failure in `failure`. Values longer than
  // `window` bytes are sent in pieces of it; `sent` is told each piece, parameter and place. Only a lost connection or
  // cancellation throws.
  template <class Sent>
  std::int64_t run(std::string_view doing, std::size_t window, Failure& failure, Sent&& sent) {
    bind(0);
    for (std::size_t at = 0; at < columns_.size(); ++at) {
      if (!is_long(at, window)) continue;
      const std::string_view bytes = columns_[at].bytes(0);
      for (std::size_t place = 0; place < bytes.size(); place += window) {
        const std::string_view piece = bytes.substr(place, window);
        send_piece(at, piece, doing);
        sent(at, place, piece.size());
      }
    }
    return execute(doing, failure);
  }
  // Runs with all rows that were given.
  std::int64_t run_bulk(std::size_t rows, std::string_view doing, Failure& failure);

 private:
  void bind(std::size_t rows);
  [[nodiscard]] bool is_long(std::size_t at, std::size_t window) const noexcept {
    return columns_[at].is_variable() && columns_[at].bytes(0).size() > window;
  }
  void send_piece(std::size_t at, std::string_view piece, std::string_view doing);
  std::int64_t execute(std::string_view doing, Failure& failure);
  [[nodiscard]] Failure failed();

  struct Close {
    void operator()(MYSQL_STMT* handle) const noexcept { mysql_stmt_close(handle); }
  };
  Connection& connection_;
  std::unique_ptr<MYSQL_STMT, Close> handle_;
  std::vector<ParameterColumn> columns_;
  std::vector<MYSQL_BIND> binds_;
};

}  // namespace haulier::mysql
