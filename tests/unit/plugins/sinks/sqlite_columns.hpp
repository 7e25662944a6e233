// The columns of a database, one line each, for comparing dialects.
#pragma once

#include <sstream>
#include <string>
#include <vector>

#include "other_program.hpp"
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
  return lines_of(
      OtherProgram(folder + "/mail.db")
          .ask("SELECT group_concat(line, char(10)) FROM (SELECT t.name || ' ' || c.name || ' ' || c.type || "
               "' ' || c.\"notnull\" || ' ' || c.pk AS line FROM sqlite_master AS t, "
               "pragma_table_info(t.name) AS c WHERE t.type = 'table' ORDER BY t.name, c.cid)"));
}

}  // namespace haulier::testing
