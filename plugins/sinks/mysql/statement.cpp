#include "statement.hpp"

#include <cmath>
#include <cstring>
#include <new>

#include "connection.hpp"
#include "rfc3339.hpp"

namespace haulier::mysql {

namespace {

constexpr std::size_t kTimeSize = rfc3339::kSize - 1;  // without the Z

std::string time_text(std::int64_t us) {
  char text[rfc3339::kSize] = {};
  static_cast<void>(rfc3339::format(us, text));  // the range was checked with the record
  text[10] = ' ';
  return {text, kTimeSize};
}

}  // namespace

void ParameterColumn::clear() noexcept {
  pointers_.clear(), lengths_.clear(), integers_.clear(), reals_.clear(), indicators_.clear(), times_.clear();
}

void ParameterColumn::add(haulier_type declared, const haulier_value& value) {
  bool null = value.type <= HAULIER_NULL;
  switch (declared) {
    case HAULIER_BOOL:
    case HAULIER_INT64:
      type_ = MYSQL_TYPE_LONGLONG;
      integers_.push_back(null ? 0 : value.v.i);
      break;
    case HAULIER_DOUBLE:
      type_ = MYSQL_TYPE_DOUBLE;
      null = null || std::isnan(value.v.d);  // MariaDB has none
      reals_.push_back(null ? 0 : value.v.d);
      break;
    case HAULIER_TIMESTAMP:
      type_ = MYSQL_TYPE_STRING;
      times_.push_back(null ? std::string() : time_text(value.v.i));
      pointers_.push_back(times_.back().data());
      lengths_.push_back(times_.back().size());
      break;
    case HAULIER_BLOB:
      type_ = MYSQL_TYPE_LONG_BLOB;
      pointers_.push_back(null ? nullptr : value.v.b->data);
      lengths_.push_back(null ? 0 : value.v.b->size);
      break;
    default:
      type_ = MYSQL_TYPE_STRING;
      pointers_.push_back(null ? nullptr : value.v.s.data);
      lengths_.push_back(null ? 0 : value.v.s.size);
  }
  if (is_variable() && pointers_.back() == nullptr) pointers_.back() = "";  // an empty value may have no address
  indicators_.push_back(null ? STMT_INDICATOR_NULL : STMT_INDICATOR_NONE);
}

MYSQL_BIND ParameterColumn::bind(bool bulk) noexcept {
  MYSQL_BIND out{};
  out.buffer_type = type_;
  if (type_ == MYSQL_TYPE_LONGLONG) out.buffer = integers_.data();
  if (type_ == MYSQL_TYPE_DOUBLE) out.buffer = reals_.data();
  if (is_variable()) {
    // An array of addresses, or the one address.
    out.buffer = bulk ? static_cast<void*>(pointers_.data()) : const_cast<void*>(pointers_[0]);
    out.length = lengths_.data();
    out.buffer_length = lengths_[0];
  }
  if (bulk) {
    out.u.indicator = indicators_.data();
  } else if (indicators_[0] == STMT_INDICATOR_NULL) {
    out.buffer_type = MYSQL_TYPE_NULL;
  }
  return out;
}

Statement::Statement(Connection& connection) : connection_(connection), handle_(mysql_stmt_init(connection.handle())) {
  if (!handle_) throw std::bad_alloc();
}

Failure Statement::failed() {
  return connection_.noted(mysql_stmt_errno(handle_.get()), mysql_stmt_sqlstate(handle_.get()),
                           mysql_stmt_error(handle_.get()));
}

void Statement::prepare(const std::string& sql) {
  constexpr const char* kDoing = "preparing a statement";
  int refused = 0;
  connection_.finish([&] { return mysql_stmt_prepare_start(&refused, handle_.get(), sql.data(), sql.size()); },
                     [&](int ready) { return mysql_stmt_prepare_cont(&refused, handle_.get(), ready); }, kDoing);
  if (refused != 0) throw connection_.error(failed(), kDoing);
  columns_.resize(mysql_stmt_param_count(handle_.get()));
  binds_.resize(columns_.size());
}

void Statement::clear() {
  for (ParameterColumn& column : columns_) column.clear();
}

void Statement::bind(std::size_t rows) {
  const auto n = static_cast<unsigned>(rows);
  mysql_stmt_attr_set(handle_.get(), STMT_ATTR_ARRAY_SIZE, &n);
  for (std::size_t i = 0; i < columns_.size(); ++i) binds_[i] = columns_[i].bind(rows != 0);
  if (mysql_stmt_bind_param(handle_.get(), binds_.data()) != 0) {
    throw connection_.error(failed(), "binding parameters");
  }
}

void Statement::send_piece(std::size_t at, std::string_view piece, std::string_view doing) {
  my_bool refused = 0;
  const auto parameter = static_cast<unsigned>(at);
  connection_.finish(
      [&] { return mysql_stmt_send_long_data_start(&refused, handle_.get(), parameter, piece.data(), piece.size()); },
      [&](int ready) { return mysql_stmt_send_long_data_cont(&refused, handle_.get(), ready); }, doing);
  if (refused != 0) throw connection_.error(failed(), doing);
}

std::int64_t Statement::execute(std::string_view doing, Failure& failure) {
  int refused = 0;
  connection_.finish([&] { return mysql_stmt_execute_start(&refused, handle_.get()); },
                     [&](int ready) { return mysql_stmt_execute_cont(&refused, handle_.get(), ready); }, doing);
  failure = {};
  if (refused == 0) return static_cast<std::int64_t>(mysql_stmt_affected_rows(handle_.get()));
  failure = failed();
  if (!connection_.alive()) throw connection_.error(failure, doing);
  return 0;
}

std::int64_t Statement::run_bulk(std::size_t rows, std::string_view doing, Failure& failure) {
  bind(rows);
  return execute(doing, failure);
}

}  // namespace haulier::mysql
