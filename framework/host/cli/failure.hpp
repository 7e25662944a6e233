// What a person reads when something stopped: what happened, whether data is safe, what Haulier does, what to type.
#pragma once

#include <exception>
#include <functional>
#include <string>
#include <vector>

#include "cli/exit_code.hpp"

namespace haulier::host {

struct Failure {
  ExitCode exit_code = ExitCode::bug;
  std::string what = {};                  // what happened, one sentence, no full stop needed
  std::string data_safety = {};           // is data safe; empty: a fitting sentence for the exit code
  std::string next = {};                  // what Haulier will do; empty: a fitting sentence for the exit code
  std::string command = {};               // one command to run; may be empty
  std::vector<std::string> details = {};  // e.g. every fault of a pipeline file, one per line
};

// Thrown by whatever stops a command; caught in one place, main(), which prints it and returns its exit code.
class Failed : public std::exception {
 public:
  explicit Failed(Failure failure) : failure_(std::move(failure)) {}
  [[nodiscard]] const Failure& failure() const { return failure_; }
  [[nodiscard]] const char* what() const noexcept override { return failure_.what.c_str(); }

 private:
  Failure failure_;
};

// The two renderings; both end with a newline and escape control characters. The caller applies redaction.
[[nodiscard]] std::string failure_text(const Failure& failure, bool color);
[[nodiscard]] std::string failure_json(const Failure& failure);  // one line: {"error": {...}}

}  // namespace haulier::host
