// MysqlSink: one pipeline's writer into a MariaDB database.
#pragma once

#include <cstdint>

#include "batch_writer.hpp"
#include "catalog.hpp"
#include "connection.hpp"
#include "options.hpp"
#include "row_values.hpp"
#include "server_sink.hpp"

namespace haulier::mysql {

// What ServerSink asks of an engine.
struct Engine {
  using Options = mysql::Options;
  using Connection = mysql::Connection;
  using Catalog = mysql::Catalog;
  using TableWriter = mysql::TableWriter;
  using BatchWriter = mysql::BatchWriter;
  static constexpr const char* kName = "mysql";
  static constexpr const char* kTitle = "MySQL";

  static Options read_options(const Config& config) { return mysql::read_options(config); }
  static void read_only(Connection& connection);
  static std::uint64_t raise_epoch(Connection& connection, const Host& host);
  static bool keep_epoch(Connection& connection, const Host& host, std::uint64_t epoch);
  static bool write_states(Connection& connection, TableWriters& writers, const Host& host, std::uint64_t epoch,
                           StateRows states);
  static Result state_rows(Connection& connection, const Host& host, const TableLayout& table);
  static Result found_rows(Connection& connection, const Host& host, const sql::LookupPlan& plan);
};

using MysqlSink = sql::ServerSink<Engine>;

}  // namespace haulier::mysql

extern template class haulier::sql::ServerSink<haulier::mysql::Engine>;
