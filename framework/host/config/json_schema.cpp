#include "config/json_schema.hpp"

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>

#include <algorithm>
#include <array>

#include "config/quantity.hpp"
#include "json_writer.hpp"

namespace haulier::host {

namespace {

using Poco::Dynamic::Var;
using Poco::JSON::Array;
using Poco::JSON::Object;

constexpr std::size_t kMaxSchemaDepth = 64;

[[noreturn]] void refuse(const std::string& pointer, const std::string& words) {
  throw SchemaError("config schema at " + (pointer.empty() ? std::string("the top") : pointer) + ": " + words);
}

void write_var(JsonWriter& json, const Var& value) {
  if (value.isEmpty()) {
    json.null();
  } else if (value.type() == typeid(Object::Ptr)) {
    const auto& object = value.extract<Object::Ptr>();
    json.begin_object();
    for (const auto& name : object->getNames()) write_var(json.key(name), object->get(name));
    json.end_object();
  } else if (value.type() == typeid(Array::Ptr)) {
    json.begin_list();
    for (const auto& item : *value.extract<Array::Ptr>()) write_var(json, item);
    json.end_list();
  } else if (value.isBoolean()) {
    json.value(value.convert<bool>());
  } else if (value.isInteger()) {
    json.value(value.convert<Poco::Int64>());
  } else if (value.isNumeric()) {
    json.value(value.convert<double>());
  } else {
    json.value(value.convert<std::string>());
  }
}

std::string compact(const Var& value) {
  JsonWriter json;
  write_var(json, value);
  return json.take();
}

// Reads one schema object; every reader refuses a value of the wrong type with the pointer of the keyword.
class SchemaReader {
 public:
  SchemaReader(const Object& object, std::string pointer, std::size_t depth)
      : object_(object), pointer_(std::move(pointer)), depth_(depth) {
    if (depth > kMaxSchemaDepth) refuse(pointer_, "nested too deep");
  }

  Schema read() {
    for (const auto& name : object_.getNames()) check_keyword(name);
    schema_.type = read_type();
    schema_.unit = read_unit();
    schema_.title = text("title");
    schema_.description = text("description");
    schema_.secret = flag("secret");
    schema_.deprecated = read_deprecated();
    read_object_rules();
    read_value_rules();
    if (object_.has("items")) schema_.items.push_back(child("items", object_.get("items")));
    if (object_.has("default")) schema_.default_json = converted(object_.get("default"), "default");
    for (const Var& example : list("examples")) schema_.examples_json.push_back(compact(example));
    for (const Var& allowed : list("enum")) schema_.enum_json.push_back(compact(allowed));
    return std::move(schema_);
  }

 private:
  void check_keyword(const std::string& name) const {
    static constexpr std::array<std::string_view, 28> kKnown = {
        "$schema",       "$id",           "$comment",
        "title",         "description",   "type",
        "properties",    "required",      "additionalProperties",
        "items",         "enum",          "minimum",
        "maximum",       "minLength",     "maxLength",
        "pattern",       "minItems",      "maxItems",
        "minProperties", "maxProperties", "default",
        "examples",      "secret",        "unit",
        "deprecated",    "format",        "readOnly",
        "writeOnly"};
    if (std::find(kKnown.begin(), kKnown.end(), name) == kKnown.end()) {
      refuse(pointer_, "the keyword \"" + name + "\" is not part of the supported subset of JSON Schema");
    }
  }

  [[nodiscard]] std::string at(const std::string& keyword) const { return pointer_ + "/" + keyword; }

  [[nodiscard]] std::string text(const std::string& keyword) const {
    if (!object_.has(keyword)) return {};
    const Var value = object_.get(keyword);
    if (!value.isString()) refuse(at(keyword), "must be a string");
    return value.convert<std::string>();
  }

  [[nodiscard]] bool flag(const std::string& keyword) const {
    if (!object_.has(keyword)) return false;
    const Var value = object_.get(keyword);
    if (!value.isBoolean()) refuse(at(keyword), "must be true or false");
    return value.convert<bool>();
  }

  [[nodiscard]] std::optional<double> number(const std::string& keyword) const {
    if (!object_.has(keyword)) return std::nullopt;
    const Var value = object_.get(keyword);
    if (!value.isNumeric() || value.isBoolean()) refuse(at(keyword), "must be a number");
    return value.convert<double>();
  }

  [[nodiscard]] std::optional<std::int64_t> size(const std::string& keyword) const {
    if (!object_.has(keyword)) return std::nullopt;
    const Var value = object_.get(keyword);
    if (!value.isInteger() || value.isBoolean() || value.convert<Poco::Int64>() < 0) {
      refuse(at(keyword), "must be a whole number, 0 or more");
    }
    return value.convert<Poco::Int64>();
  }

  [[nodiscard]] std::vector<Var> list(const std::string& keyword) const {
    if (!object_.has(keyword)) return {};
    const Array::Ptr array = object_.getArray(keyword);
    if (!array) refuse(at(keyword), "must be a list");
    // Not braces: a Var can hold an iterator, so they would make a list of two iterators.
    return std::vector<Var>(array->begin(), array->end());
  }

  [[nodiscard]] Schema::Type read_type() const {
    const std::string name = text("type");
    if (name.empty()) return Schema::Type::any;
    if (name == "object") return Schema::Type::object;
    if (name == "array") return Schema::Type::list;
    if (name == "string") return Schema::Type::string;
    if (name == "integer") return Schema::Type::integer;
    if (name == "number") return Schema::Type::number;
    if (name == "boolean") return Schema::Type::boolean;
    refuse(at("type"), "\"" + name + "\" is not object, array, string, integer, number or boolean");
  }

  [[nodiscard]] Schema::Unit read_unit() const {
    const std::string name = text("unit");
    if (name.empty()) return Schema::Unit::none;
    if (schema_.type != Schema::Type::integer) refuse(at("unit"), "only an integer has a unit");
    if (name == "bytes") return Schema::Unit::bytes;
    if (name == "milliseconds") return Schema::Unit::milliseconds;
    if (name == "count") return Schema::Unit::count;
    refuse(at("unit"), "\"" + name + "\" is not bytes, milliseconds or count");
  }

  // true, or a sentence that says what to use instead.
  [[nodiscard]] std::string read_deprecated() const {
    if (!object_.has("deprecated")) return {};
    if (object_.get("deprecated").isString()) return text("deprecated");
    return flag("deprecated") ? "it will go away" : "";
  }

  [[nodiscard]] Schema child(const std::string& keyword, const Var& value) const {
    if (value.type() != typeid(Object::Ptr)) refuse(at(keyword), "must be an object");
    return SchemaReader(*value.extract<Object::Ptr>(), at(keyword), depth_ + 1).read();
  }

  void read_object_rules() {
    if (object_.has("properties")) {
      const Object::Ptr properties = object_.getObject("properties");
      if (!properties) refuse(at("properties"), "must be an object");
      for (const auto& name : properties->getNames()) {
        schema_.properties.push_back({name, false, child("properties/" + name, properties->get(name))});
      }
    }
    for (const Var& name : list("required")) {
      const auto found = std::find_if(schema_.properties.begin(), schema_.properties.end(),
                                      [&](const SchemaProperty& p) { return name.isString() && name == p.name; });
      if (found == schema_.properties.end()) refuse(at("required"), "names a property that is not declared");
      found->required = true;
    }
    if (!object_.has("additionalProperties")) return;
    const Var additional = object_.get("additionalProperties");
    if (additional.isBoolean()) {
      schema_.open = additional.convert<bool>();
    } else {
      schema_.additional.push_back(child("additionalProperties", additional));
    }
  }

  void read_value_rules() {
    schema_.minimum = number("minimum");
    schema_.maximum = number("maximum");
    schema_.min_length = size("minLength");
    schema_.max_length = size("maxLength");
    schema_.min_items = size("minItems");
    schema_.max_items = size("maxItems");
    schema_.min_properties = size("minProperties");
    schema_.max_properties = size("maxProperties");
    schema_.pattern = text("pattern");
    if (schema_.pattern.empty()) return;
    try {
      schema_.matcher = std::make_shared<const std::regex>(schema_.pattern, std::regex::ECMAScript);
    } catch (const std::regex_error&) {
      refuse(at("pattern"), "is no valid regular expression");
    }
  }

  // A default such as "8MiB" becomes the number that the plugin gets.
  [[nodiscard]] std::string converted(const Var& value, const std::string& keyword) const {
    if (schema_.unit == Schema::Unit::none || !value.isString()) return compact(value);
    const std::string words = value.convert<std::string>();
    const auto parsed = schema_.unit == Schema::Unit::bytes          ? parse_bytes(words)
                        : schema_.unit == Schema::Unit::milliseconds ? parse_milliseconds(words)
                                                                     : parse_count(words);
    if (!parsed) refuse(at(keyword), "\"" + words + "\" does not fit the unit");
    return std::to_string(*parsed);
  }

  const Object& object_;
  const std::string pointer_;
  const std::size_t depth_;
  Schema schema_;
};

}  // namespace

namespace {

std::string plural_words(const Schema& schema) {
  if (schema.type == Schema::Type::any) return "values";
  if (schema.unit == Schema::Unit::bytes) return "sizes in bytes";
  return type_words(schema) + "s";
}

}  // namespace

const SchemaProperty* Schema::find(std::string_view key) const {
  for (const SchemaProperty& property : properties) {
    if (property.name == key) return &property;
  }
  return nullptr;
}

Schema parse_schema(std::string_view json) {
  try {
    // Poco takes ownership of the handler; `true` keeps the order of the keys.
    Poco::JSON::Parser parser(new Poco::JSON::ParseHandler(true));
    parser.setDepth(2 * kMaxSchemaDepth);
    const Var root = parser.parse(std::string(json));
    if (root.type() != typeid(Object::Ptr)) refuse("", "must be an object");
    return SchemaReader(*root.extract<Object::Ptr>(), "", 0).read();
  } catch (const Poco::Exception& error) {
    throw SchemaError("config schema is no valid JSON: " + error.displayText());
  }
}

std::string type_words(const Schema& schema) {
  switch (schema.type) {
    case Schema::Type::any:
      return "any value";
    case Schema::Type::object:
      return "map";
    case Schema::Type::list:
      return schema.items.empty() ? "list" : "list of " + plural_words(schema.items[0]);
    case Schema::Type::string:
      return "string";
    case Schema::Type::number:
      return "number";
    case Schema::Type::boolean:
      return "boolean";
    case Schema::Type::integer:
      break;
  }
  if (schema.unit == Schema::Unit::bytes) return "size in bytes";
  if (schema.unit == Schema::Unit::milliseconds) return "duration";
  return "integer";
}

std::string json_words(const std::string& json) {
  return json.size() >= 2 && json.front() == '"' ? json.substr(1, json.size() - 2) : json;
}

}  // namespace haulier::host
