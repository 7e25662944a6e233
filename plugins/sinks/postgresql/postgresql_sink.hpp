// PostgresqlSink: one pipeline's writer into one schema of a PostgreSQL database.
#pragma once

#include <cstdint>

#include "batch_writer.hpp"
#include "catalog.hpp"
#include "connection.hpp"
#include "options.hpp"
#include "row_values.hpp"
#include "server_sink.hpp"

namespace haulier::postgresql {

// What ServerSink asks of an engine.
struct Engine {
  using Options = postgresql::Options;
  using Connection = postgresql::Connection;
  using Catalog = postgresql::Catalog;
  using TableWriter = postgresql::TableWriter;
  using BatchWriter = postgresql::BatchWriter;
  static constexpr const char* kName = "postgresql";
  static constexpr const char* kTitle = "PostgreSQL";

  static Options read_options(const Config& config) { return postgresql::read_options(config); }
  static void read_only(Connection& connection);
  static std::uint64_t raise_epoch(Connection& connection, const Host& host);
  static bool keep_epoch(Connection& connection, const Host& host, std::uint64_t epoch);
  // The epoch and all state rows in one round trip.
  static bool write_states(Connection& connection, TableWriters& writers, const Host& host, std::uint64_t epoch,
                           StateRows states);
  static Result state_rows(Connection& connection, const Host& host, const TableLayout& table);
  static Result found_rows(Connection& connection, const Host& host, const sql::LookupPlan& plan);
};

using PostgresqlSink = sql::ServerSink<Engine>;

}  // namespace haulier::postgresql

extern template class haulier::sql::ServerSink<haulier::postgresql::Engine>;
