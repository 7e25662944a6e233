// What every database sink says in the same words.
#pragma once

#include <string>
#include <vector>

#include "haulier/json.hpp"
#include "haulier/sink.hpp"

namespace haulier::sql {

// The answer to plan(): {"statement": "CREATE ..."} per line.
inline void put_plan(PlanLines& lines, const std::vector<std::string>& statements) {
  for (const std::string& statement : statements) {
    std::string line = "{\"statement\":";
    append_json_string(line, statement);
    lines(line + "}");
  }
}

[[nodiscard]] inline Error fenced(const Host& host, const std::string& place) {
  return {HAULIER_FENCED,
          "another run has taken over the pipeline " + std::string(host.pipeline()) + " in " + place +
              "; this one wrote nothing more",
          "SELECT * FROM haulier_pipelines; tells who holds it"};
}

}  // namespace haulier::sql
