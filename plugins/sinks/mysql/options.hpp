// The settings of the MySQL sink. The host checks them against config.schema.json and fills the defaults in.
#pragma once

#include <cstdint>
#include <string>

#include "haulier/config.hpp"

namespace haulier::mysql {

struct Options {
  std::string host;  // name, address, or file of a Unix socket
  unsigned port = 0;
  std::string database;
  std::string user;
  std::string password;
  std::string tls;  // verify-full, require, disable
  std::string ca;
  int timeout_ms = 0;
  std::int64_t lock_timeout_ms = 0;

  [[nodiscard]] bool over_socket() const noexcept { return !host.empty() && host.front() == '/'; }
};

// The defaults here are those of the schema, for callers without a host.
[[nodiscard]] inline Options read_options(const Config& config) {
  Options out;
  out.host = config.text("host", "/run/mysqld/mysqld.sock");
  out.port = static_cast<unsigned>(config.integer("port", 3306));
  out.database = config.text("database");
  out.user = config.text("user");
  out.password = config.text("password");
  out.tls = config.text("tls", "verify-full");
  out.ca = config.text("ca", "/etc/ssl/certs/ca-certificates.crt");
  out.timeout_ms = static_cast<int>(config.integer("timeout", 60'000));
  out.lock_timeout_ms = config.integer("lock_timeout", 20'000);
  return out;
}

// For messages: never the password.
[[nodiscard]] inline std::string place_of(const Options& options) {
  return "MariaDB " + options.database + " at " + options.host +
         (options.over_socket() ? std::string() : ":" + std::to_string(options.port));
}

}  // namespace haulier::mysql
