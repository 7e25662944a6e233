// The JSON Schema subset in which plugins (and the pipeline file itself) declare their config: type, properties,
// required, additionalProperties, items, enum, minimum, maximum, minLength, maxLength, pattern, minItems, maxItems,
// minProperties, maxProperties, default, title, description, examples, deprecated, and two words of our own: secret and
// unit. A keyword that is not listed here is refused, so that nobody relies on a check that is not made.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <regex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace haulier::host {

struct Schema;
struct SchemaProperty;

// A fault in a schema: the plugin author's, never the user's.
class SchemaError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// One schema node. A value; the owner is whoever parsed it.
struct Schema {
  enum class Type { any, object, list, string, integer, number, boolean };
  enum class Unit { none, bytes, milliseconds, count };

  Type type = Type::any;
  Unit unit = Unit::none;  // integer: texts such as 8MiB are accepted
  std::string title;
  std::string description;
  std::vector<SchemaProperty> properties;  // object, in the order of the schema file
  bool open = false;                       // object: other keys are accepted (additionalProperties: true)
  std::vector<Schema> additional;          // object: at most one, the schema of other keys
  std::vector<Schema> items;               // list: at most one
  std::vector<std::string> enum_json;      // allowed values as compact JSON
  std::optional<double> minimum, maximum;
  std::optional<std::int64_t> min_length, max_length;  // characters
  std::optional<std::int64_t> min_items, max_items, min_properties, max_properties;
  std::string pattern;                        // as written; empty: none
  std::shared_ptr<const std::regex> matcher;  // shared: copies of a schema use the same compiled pattern
  std::optional<std::string> default_json;    // compact JSON, already converted by `unit`
  std::vector<std::string> examples_json;
  bool secret = false;     // never shown in a message, a log or a report
  std::string deprecated;  // what to use instead; empty: not deprecated

  [[nodiscard]] const SchemaProperty* find(std::string_view key) const;
};

struct SchemaProperty {
  std::string name;
  bool required = false;
  Schema schema;
};

// Throws SchemaError with the JSON Pointer of the fault.
[[nodiscard]] Schema parse_schema(std::string_view json);

// "string", "integer (bytes)", "list of string": for tables and messages.
[[nodiscard]] std::string type_words(const Schema& schema);

// A JSON value as people write it in YAML: strings without quotes.
[[nodiscard]] std::string json_words(const std::string& json);

}  // namespace haulier::host
