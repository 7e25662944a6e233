// Where something was written, and what is wrong there.
#pragma once

#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace haulier::host {

// file:line:column of a YAML node, 1-based; the column counts characters, not bytes. Line 0: no line is known (an
// override from the command line, a schema default).
struct Place {
  std::shared_ptr<const std::string> file;  // shared: every node of a document names the same file
  int line = 0;
  int column = 0;

  [[nodiscard]] std::string text() const;  // "mail.yaml:4:9", "--set limits.memory"
};

struct Fault {
  Place place;
  std::string words;

  [[nodiscard]] std::string text() const { return place.text() + ": " + words; }
};

using Faults = std::vector<Fault>;

// Thrown when a pipeline file cannot be used; carries everything that is wrong with it, in the order of the file.
class ConfigError : public std::exception {
 public:
  explicit ConfigError(Faults faults);
  ConfigError(Place place, std::string words) : ConfigError(Faults{{std::move(place), std::move(words)}}) {}
  [[nodiscard]] const Faults& faults() const { return faults_; }
  [[nodiscard]] const char* what() const noexcept override { return what_.c_str(); }

 private:
  Faults faults_;
  std::string what_;
};

}  // namespace haulier::host
