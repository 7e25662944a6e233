// The columns of a database, one line each, for comparing dialects.
#pragma once

#include <sqlite3.h>

#include <sstream>
#include <string>
#include <vector>

#include "sink_contract.hpp"

namespace haulier::testing {

// One line per column of every table: table, column, type in SQLite's words, NOT NULL, place in the key.
using Lines = std::vector<std::string>;

inline Lines lines_of(const std::string& text) {
  Lines out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

// The tables that the SQLite sink makes in that folder: every dialect is compared with them.
inline Lines sqlite_columns(const std::string& folder, const contract::Run::AddStreams& streams) {
  contract::SinkUnderTest sink;
  sink.plugin = "sqlite";
  sink.transactional = true;
  sink.config = [](const std::string& place) { return "{\"path\":\"" + place + "/mail.db\"}"; };
  { contract::Run run(sink, folder, "contract", streams); }
  const std::string file = folder + "/mail.db";
  sqlite3* db = nullptr;
  BOOST_REQUIRE(sqlite3_open(file.c_str(), &db) == SQLITE_OK);
  std::string text;
  const auto collect = [](void* to, int, char** values, char**) {
    static_cast<std::string*>(to)->append(values[0]).append("\n");
    return 0;
  };
  BOOST_REQUIRE(sqlite3_exec(db,
                             "SELECT t.name || ' ' || c.name || ' ' || c.type || ' ' || c.\"notnull\" || ' ' || c.pk "
                             "FROM sqlite_master AS t, pragma_table_info(t.name) AS c WHERE t.type = 'table' "
                             "ORDER BY t.name, c.cid",
                             collect, &text, nullptr) == SQLITE_OK);
  sqlite3_close(db);
  return lines_of(text);
}

}  // namespace haulier::testing
