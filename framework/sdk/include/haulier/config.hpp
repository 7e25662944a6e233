// Config: a plugin's checked configuration, with the place of each value for error messages.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "haulier/json.hpp"

namespace haulier {

// A value to copy. The host has checked it against the plugin's schema and filled the defaults in, so that a missing
// member is one the schema calls optional without a default.
class Config {
 public:
  explicit Config(std::string_view json) : value_(Json::parse(json)) {}

  bool has(std::string_view name) const noexcept {
    const Json* found = value_.find(name);
    return found && !found->is_null();
  }
  // An empty object when it is missing.
  Config at(std::string_view name) const { return Config(value_[name], pointer_ + "/" + escaped(name)); }
  std::vector<Config> list(std::string_view name) const {
    std::vector<Config> out;
    const std::string base = pointer_ + "/" + escaped(name) + "/";
    std::size_t i = 0;
    for (const Json& item : value_[name].items()) out.push_back(Config(item, base + std::to_string(i++)));
    return out;
  }
  std::string text(std::string_view name, std::string_view otherwise = {}) const {
    return has(name) ? value_[name].text() : std::string(otherwise);
  }
  std::int64_t integer(std::string_view name, std::int64_t otherwise = 0) const {
    return value_[name].integer(otherwise);
  }
  bool boolean(std::string_view name, bool otherwise = false) const { return value_[name].boolean(otherwise); }
  std::vector<std::string> texts(std::string_view name) const {
    std::vector<std::string> out;
    for (const Json& item : value_[name].items()) out.push_back(item.text());
    return out;
  }
  const Json& json() const noexcept { return value_; }
  // JSON Pointer of this object, or of one of its members.
  const std::string& pointer() const noexcept { return pointer_; }
  // The error for one of its members; the host adds file:line:column.
  [[nodiscard]] Error error(std::string_view name, const std::string& message) const {
    return Error::bad_config(pointer_ + "/" + escaped(name), message);
  }

 private:
  Config(Json value, std::string pointer) : value_(std::move(value)), pointer_(std::move(pointer)) {}
  // RFC 6901 section 3.
  static std::string escaped(std::string_view name) {
    std::string out;
    for (const char c : name) {
      if (c == '~')
        out += "~0";
      else if (c == '/')
        out += "~1";
      else
        out.push_back(c);
    }
    return out;
  }
  Json value_;
  std::string pointer_;
};

}  // namespace haulier
