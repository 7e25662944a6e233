// The settings of the SQLite sink. The host checks them against config.schema.json and fills the defaults in.
#pragma once

#include <cstdint>
#include <string>

#include "haulier/config.hpp"

namespace haulier::sqlite {

struct Options {
  std::string path;
  std::string journal;      // PRAGMA journal_mode
  std::string synchronous;  // PRAGMA synchronous
  std::int64_t page_size_bytes = 0;
  std::int64_t cache_size_bytes = 0;
  std::uint64_t busy_timeout_ms = 0;
};

// The defaults here are those of the schema, for callers without a host. Throws Error(HAULIER_BAD_CONFIG).
[[nodiscard]] inline Options read_options(const Config& config) {
  Options out;
  out.path = config.text("path");
  if (out.path.empty()) throw config.error("path", "the path of the database file is missing");
  if (out.path.front() == ':') {
    throw config.error("path", "'" + out.path + "' is not a file; a database in memory would lose its state");
  }
  out.journal = config.text("journal", "truncate");
  out.synchronous = config.text("synchronous", "full");
  out.page_size_bytes = config.integer("page_size", 16384);
  out.cache_size_bytes = config.integer("cache_size", 8 * 1024 * 1024);
  out.busy_timeout_ms = static_cast<std::uint64_t>(config.integer("busy_timeout", 10'000));
  return out;
}

}  // namespace haulier::sqlite
