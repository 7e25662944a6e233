// What `haulier verify` found, for people and for scripts.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/exit_code.hpp"
#include "engine/place_check.hpp"

namespace haulier::host {

struct VerifiedSink {
  std::string path;  // in the pipeline file, e.g. sinks.0.sqlite
  PlaceResult result;
};

struct Verdict {
  ExitCode exit_code = ExitCode::ok;
  std::string words;
  std::string command;  // what to run; empty: nothing is to be done
};

// 65: something is missing or another content; else 75: something was not read yet although it was there; else 0.
[[nodiscard]] Verdict verdict_of(const std::vector<VerifiedSink>& sinks, const std::string& pipeline_file);

[[nodiscard]] std::string verify_text(const std::vector<VerifiedSink>& sinks, const Verdict& verdict, bool hashed);
[[nodiscard]] std::string verify_json(const std::string& pipeline, const std::vector<VerifiedSink>& sinks,
                                      const Verdict& verdict);

}  // namespace haulier::host
