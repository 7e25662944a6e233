// Ladder: what `haulier doctor` found, step by step, for people and for scripts.
#pragma once

#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "cli/exit_code.hpp"
#include "haulier/abi/diagnose.h"

namespace haulier::host {

struct Finding {
  haulier_verdict verdict = HAULIER_PASS;
  std::string step;  // stable: scripts look for it
  std::string words;
  std::string remedy = {};            // the one thing to do
  std::string subject = {};           // the account or stage it is about
  ExitCode exit_code = ExitCode::ok;  // with FAIL: what a run would end with
};

// Owned by the command; one thread. Each finding is printed as it comes, because some of them take their time.
class Ladder {
 public:
  // `out` null: nothing is printed.
  explicit Ladder(std::ostream* out) : out_(out) {}

  void add(Finding finding);
  void pass(std::string step, std::string words) { add({HAULIER_PASS, std::move(step), std::move(words)}); }
  void skip(std::string step, std::string why) { add({HAULIER_SKIP, std::move(step), std::move(why)}); }

  [[nodiscard]] const std::vector<Finding>& findings() const { return findings_; }
  // Of the first FAIL; ok when there is none.
  [[nodiscard]] ExitCode exit_code() const;
  [[nodiscard]] std::string summary() const;
  [[nodiscard]] std::string json(std::string_view pipeline) const;

 private:
  std::ostream* out_;
  std::vector<Finding> findings_;
};

}  // namespace haulier::host
