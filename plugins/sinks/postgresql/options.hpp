// The settings of the PostgreSQL sink. The host checks them against config.schema.json and fills the defaults in.
#pragma once

#include <cstdint>
#include <string>

#include "haulier/config.hpp"

namespace haulier::postgresql {

struct Options {
  std::string host;  // name, address, or folder of a Unix socket
  std::string port;
  std::string database;
  std::string user;
  std::string password;  // empty: whatever libpq finds
  std::string schema;    // [a-z][a-z0-9_]{0,62}
  std::string tls;       // libpq's sslmode
  std::string ca;
  int timeout_ms = 0;
  std::int64_t lock_timeout_ms = 0;
};

// The defaults here are those of the schema, for callers without a host.
[[nodiscard]] inline Options read_options(const Config& config) {
  Options out;
  out.host = config.text("host", "/var/run/postgresql");
  out.port = std::to_string(config.integer("port", 5432));
  out.database = config.text("database");
  out.user = config.text("user");
  out.password = config.text("password");
  out.schema = config.text("schema", "public");
  out.tls = config.text("tls", "verify-full");
  out.ca = config.text("ca", "/etc/ssl/certs/ca-certificates.crt");
  out.timeout_ms = static_cast<int>(config.integer("timeout", 60'000));
  out.lock_timeout_ms = config.integer("lock_timeout", 20'000);
  return out;
}

// For messages: never the password.
[[nodiscard]] inline std::string place_of(const Options& options) {
  return "PostgreSQL " + options.database + " at " + options.host + ":" + options.port;
}

}  // namespace haulier::postgresql
