#include "config/place.hpp"

namespace haulier::host {

namespace {

std::string joined(const Faults& faults) {
  std::string text;
  for (const Fault& fault : faults) {
    if (!text.empty()) text += '\n';
    text += fault.text();
  }
  return text;
}

}  // namespace

std::string Place::text() const {
  std::string text = file ? *file : std::string("(built in)");
  if (line > 0) text += ":" + std::to_string(line) + ":" + std::to_string(column);
  return text;
}

ConfigError::ConfigError(Faults faults) : faults_(std::move(faults)), what_(joined(faults_)) {}

}  // namespace haulier::host
