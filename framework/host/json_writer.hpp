// Writes compact JSON in the order it is told: the audit chain and the golden reports need the same bytes every time,
// which Poco::JSON's maps and number formatting do not promise.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace haulier::host {

// Not thread-safe. The caller keeps begin/end and key/value in step; text that is not UTF-8 is repaired with U+FFFD.
class JsonWriter {
 public:
  // Gets each text value before it is escaped; e.g. to mask secrets. Not for keys, numbers and raw().
  using Filter = std::function<std::string(std::string_view text)>;

  // indent 0: compact; else so many spaces per level.
  explicit JsonWriter(int indent = 0, Filter filter = {}) : filter_(std::move(filter)), indent_(indent) {}

  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_list() { return open('['); }
  JsonWriter& end_list() { return close(']'); }
  JsonWriter& key(std::string_view name);

  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(const std::string& text) { return value(std::string_view(text)); }
  JsonWriter& value(bool flag) { return raw(flag ? "true" : "false"); }
  JsonWriter& value(double number);
  template <std::integral T>
  requires(!std::same_as<T, bool>) JsonWriter& value(T number) { return raw(std::to_string(number)); }
  JsonWriter& null() { return raw("null"); }
  // Text that already is JSON.
  JsonWriter& raw(std::string_view json);

  template <typename T>
  JsonWriter& member(std::string_view name, const T& v) {
    return key(name).value(v);
  }

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  void separate();
  void new_line();

  Filter filter_;
  std::string text_;
  std::vector<bool> has_items_;  // one per open bracket
  bool after_key_ = false;
  int indent_;
};

// `text` as a JSON string with its quotes.
[[nodiscard]] std::string json_string(std::string_view text);

// A double as JSON: integers without a fraction, otherwise the shortest form that reads back the same; null for NaN.
[[nodiscard]] std::string json_number(double number);

}  // namespace haulier::host
