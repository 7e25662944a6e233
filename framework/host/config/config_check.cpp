#include "config/config_check.hpp"

#include <algorithm>

#include "config/quantity.hpp"
#include "config/suggestion.hpp"
#include "config/yaml_scalar.hpp"
#include "json_writer.hpp"
#include "utf8.hpp"

namespace haulier::host {

namespace {

// RFC 6901 section 3.
std::string pointer_token(std::string_view key) {
  std::string token;
  for (const char c : key) {
    if (c == '~') {
      token += "~0";
    } else if (c == '/') {
      token += "~1";
    } else {
      token += c;
    }
  }
  return token;
}

std::string keys_words(std::int64_t count) { return count == 1 ? "one key" : std::to_string(count) + " keys"; }

std::string items_words(std::int64_t count) { return count == 1 ? "one item" : std::to_string(count) + " items"; }

// One check of one document. Every function writes exactly one JSON value, also after a fault, so the text stays whole.
class Checker {
 public:
  Checker(Faults& faults, Faults& warnings, CheckedConfig& out) : faults_(faults), warnings_(warnings), out_(out) {}

  void check(const ConfigNode& node, const Schema& schema, const std::string& pointer) {
    out_.places.add(pointer, node.place);
    if (!schema.deprecated.empty())
      warnings_.push_back({node.place, label(pointer) + " is deprecated: " + schema.deprecated});
    switch (schema.type) {
      case Schema::Type::any:
        return any(node, pointer);
      case Schema::Type::object:
        return object(node, schema, pointer);
      case Schema::Type::list:
        return list(node, schema, pointer);
      default:
        return scalar(node, schema, pointer);
    }
  }

  std::string take() { return json_.take(); }

 private:
  static std::string label(const std::string& pointer) {
    const std::size_t slash = pointer.rfind('/');
    if (slash == std::string::npos) return "this";
    const std::string last = pointer.substr(slash + 1);
    if (!last.empty() && last.find_first_not_of("0123456789") == std::string::npos) return "item " + last;
    return "\"" + last + "\"";
  }

  void fault(const Place& place, std::string words) { faults_.push_back({place, std::move(words)}); }

  // What stands there, for "expected ..., got ..."; a secret or an interpolated value is never shown.
  static std::string got(const ConfigNode& node, bool secret) {
    switch (node.kind) {
      case ConfigNode::Kind::null:
        return "nothing";
      case ConfigNode::Kind::list:
        return "a list";
      case ConfigNode::Kind::map:
        return "a map";
      case ConfigNode::Kind::scalar:
        break;
    }
    if (secret || node.interpolated) return "another value";
    constexpr std::size_t kShown = 60;
    std::string text = node.text.size() > kShown ? node.text.substr(0, kShown) + "..." : node.text;
    return node.quoted ? "the text \"" + text + "\"" : "\"" + text + "\"";
  }

  void wrong_type(const ConfigNode& node, const Schema& schema, const std::string& pointer) {
    fault(node.place,
          label(pointer) + " must be " + with_article(type_words(schema)) + ", not " + got(node, schema.secret));
    json_.null();
  }

  static std::string with_article(const std::string& noun) {
    const bool vowel = noun.starts_with('a') || noun.starts_with('i');
    return (vowel ? "an " : "a ") + noun;
  }

  // --- without a schema: what the value looks like in YAML 1.2's core schema

  void any(const ConfigNode& node, const std::string& pointer) {
    switch (node.kind) {
      case ConfigNode::Kind::null:
        json_.null();
        return;
      case ConfigNode::Kind::list:
        json_.begin_list();
        for (std::size_t i = 0; i < node.items.size(); ++i) {
          const std::string inner = pointer + "/" + std::to_string(i);
          out_.places.add(inner, node.items[i].place);
          any(node.items[i], inner);
        }
        json_.end_list();
        return;
      case ConfigNode::Kind::map:
        json_.begin_object();
        for (const ConfigEntry& entry : node.entries) {
          const std::string inner = pointer + "/" + pointer_token(entry.key);
          out_.places.add(inner, entry.value.place);
          json_.key(entry.key);
          any(entry.value, inner);
        }
        json_.end_object();
        return;
      case ConfigNode::Kind::scalar:
        any_scalar(node);
        return;
    }
  }

  void any_scalar(const ConfigNode& node) {
    if (!node.quoted) {
      if (const auto flag = to_boolean(node.text)) return void(json_.value(*flag));
      if (const auto number = to_integer(node.text)) return void(json_.value(*number));
      if (const auto number = to_number(node.text)) return void(json_.value(*number));
    }
    json_.value(node.text);
  }

  // --- maps

  void object(const ConfigNode& node, const Schema& schema, const std::string& pointer) {
    // `normalize_mime:` with nothing behind it means an empty map.
    if (node.kind != ConfigNode::Kind::map && node.kind != ConfigNode::Kind::null) {
      wrong_type(node, schema, pointer);
      if (schema.open && node.kind == ConfigNode::Kind::scalar) faults_.back().words += "; write " + node.text + ": {}";
      return;
    }
    json_.begin_object();
    for (const ConfigEntry& entry : node.entries) {
      if (schema.find(entry.key) == nullptr) other_key(entry, schema, pointer);
    }
    for (const SchemaProperty& property : schema.properties) declared_key(node, property, pointer);
    json_.end_object();
    const auto keys = static_cast<std::int64_t>(node.entries.size());
    if (schema.min_properties && keys < *schema.min_properties) {
      fault(node.place, label(pointer) + " needs at least " + keys_words(*schema.min_properties) + choices(schema));
    }
    if (schema.max_properties && keys > *schema.max_properties) {
      fault(node.entries[static_cast<std::size_t>(*schema.max_properties)].key_place,
            label(pointer) + " takes at most " + keys_words(*schema.max_properties) + choices(schema));
    }
  }

  static std::vector<std::string> names_of(const Schema& schema) {
    std::vector<std::string> names;
    for (const SchemaProperty& property : schema.properties) names.push_back(property.name);
    return names;
  }

  static std::string choices(const Schema& schema) {
    std::string text;
    for (const std::string& name : names_of(schema)) text += (text.empty() ? " of: " : ", ") + name;
    return text;
  }

  void other_key(const ConfigEntry& entry, const Schema& schema, const std::string& pointer) {
    const std::string inner = pointer + "/" + pointer_token(entry.key);
    if (!schema.additional.empty()) {
      json_.key(entry.key);
      check(entry.value, schema.additional[0], inner);
    } else if (schema.open) {
      out_.places.add(inner, entry.value.place);
      json_.key(entry.key);
      any(entry.value, inner);
    } else {
      const std::string where = pointer.empty() ? "" : " in " + label(pointer);
      fault(entry.key_place, "unknown key \"" + entry.key + "\"" + where + did_you_mean(entry.key, names_of(schema)));
    }
  }

  void declared_key(const ConfigNode& node, const SchemaProperty& property, const std::string& pointer) {
    const std::string inner = pointer + "/" + pointer_token(property.name);
    const ConfigNode* value = node.find(property.name);
    if (value != nullptr) {
      json_.key(property.name);
      check(*value, property.schema, inner);
    } else if (property.required) {
      const std::string& meaning = property.schema.description;
      fault(node.place, "key \"" + property.name + "\" is missing" + (pointer.empty() ? "" : " in " + label(pointer)) +
                            (meaning.empty() ? "" : ": " + meaning));
    } else if (property.schema.default_json) {
      json_.key(property.name).raw(*property.schema.default_json);
    } else if (has_defaults(property.schema)) {
      const ConfigNode empty(ConfigNode::Kind::map, node.place);
      json_.key(property.name);
      object(empty, property.schema, inner);
    }
  }

  // A map that was left out is still filled in when something below it has a default and nothing below is required.
  static bool has_defaults(const Schema& schema) {
    if (schema.type != Schema::Type::object || schema.min_properties.value_or(0) > 0) return false;
    bool any_default = false;
    for (const SchemaProperty& property : schema.properties) {
      if (property.required) return false;
      any_default = any_default || property.schema.default_json || has_defaults(property.schema);
    }
    return any_default;
  }

  // --- lists

  void list(const ConfigNode& node, const Schema& schema, const std::string& pointer) {
    if (node.kind != ConfigNode::Kind::list) {
      wrong_type(node, schema, pointer);
      if (node.kind == ConfigNode::Kind::scalar && !schema.secret && !node.interpolated) {
        faults_.back().words += "; write [" + node.text + "]";
      }
      return;
    }
    json_.begin_list();
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      const std::string inner = pointer + "/" + std::to_string(i);
      if (schema.items.empty()) {
        out_.places.add(inner, node.items[i].place);
        any(node.items[i], inner);
      } else {
        check(node.items[i], schema.items[0], inner);
      }
    }
    json_.end_list();
    const auto items = static_cast<std::int64_t>(node.items.size());
    if (schema.min_items && items < *schema.min_items) {
      fault(node.place, label(pointer) + " needs at least " + items_words(*schema.min_items));
    }
    if (schema.max_items && items > *schema.max_items) {
      fault(node.items[static_cast<std::size_t>(*schema.max_items)].place,
            label(pointer) + " takes at most " + items_words(*schema.max_items));
    }
  }

  // --- scalars

  void scalar(const ConfigNode& node, const Schema& schema, const std::string& pointer) {
    if (node.kind == ConfigNode::Kind::null) {
      fault(node.place,
            label(pointer) + " has no value; give it " + with_article(type_words(schema)) + " or remove the key");
      json_.null();
      return;
    }
    if (node.kind != ConfigNode::Kind::scalar) return wrong_type(node, schema, pointer);
    if (schema.secret && !node.text.empty()) out_.secrets.push_back(node.text);
    switch (schema.type) {
      case Schema::Type::string:
        return string(node, schema, pointer);
      case Schema::Type::boolean:
        return boolean(node, schema, pointer);
      case Schema::Type::integer:
        return integer(node, schema, pointer);
      default:
        return number(node, schema, pointer);
    }
  }

  void string(const ConfigNode& node, const Schema& schema, const std::string& pointer) {
    const auto length = static_cast<std::int64_t>(utf8_length(node.text));
    if (schema.min_length && length < *schema.min_length) {
      fault(node.place,
            length == 0 ? label(pointer) + " must not be empty"
                        : label(pointer) + " must have at least " + std::to_string(*schema.min_length) + " characters");
    } else if (schema.max_length && length > *schema.max_length) {
      fault(node.place, label(pointer) + " may have at most " + std::to_string(*schema.max_length) + " characters");
    } else if (schema.matcher && !matches(node.text, *schema.matcher)) {
      fault(node.place,
            label(pointer) + " must match " + schema.pattern + ", " + got(node, schema.secret) + " does not");
    } else {
      check_enum(json_string(node.text), node, schema, pointer);
    }
    json_.value(node.text);
  }

  // std::regex recurses once per character; longer texts would overflow the stack.
  static bool matches(const std::string& text, const std::regex& pattern) {
    constexpr std::size_t kLongest = 4096;
    return text.size() <= kLongest && std::regex_search(text, pattern);
  }

  void boolean(const ConfigNode& node, const Schema& schema, const std::string& pointer) {
    const auto flag = is_plain(node) ? to_boolean(node.text) : std::nullopt;
    if (flag) return void(json_.value(*flag));
    wrong_type(node, schema, pointer);
    if (is_old_boolean(node.text)) faults_.back().words += "; write true or false";
    hint_quotes(node, to_boolean(node.text).has_value());
  }

  // Empty: no integer, or an ambiguous one. A bare number for a duration is refused: nobody knows whether 30 is
  // seconds or milliseconds.
  static std::optional<std::int64_t> integer_of(const ConfigNode& node, Schema::Unit unit) {
    if (has_leading_zero(node.text)) return std::nullopt;
    if (unit == Schema::Unit::milliseconds) return parse_milliseconds(node.text);
    const auto plain = is_plain(node) ? to_integer(node.text) : std::nullopt;
    if (plain || unit == Schema::Unit::none) return plain;
    return unit == Schema::Unit::bytes ? parse_bytes(node.text) : parse_count(node.text);
  }

  void wrong_integer(const ConfigNode& node, const Schema& schema, const std::string& pointer) {
    wrong_type(node, schema, pointer);
    std::string& words = faults_.back().words;
    if (schema.unit == Schema::Unit::bytes) words += "; write for example 8MiB";
    if (schema.unit == Schema::Unit::milliseconds) words += "; write it with its unit, for example 500ms, 30s, 1h30m";
    if (has_leading_zero(node.text) && !schema.secret && !node.interpolated) {
      words += "; a leading zero is ambiguous (octal?)";
    }
    hint_quotes(node, schema.unit != Schema::Unit::milliseconds && to_integer(node.text).has_value());
  }

  void integer(const ConfigNode& node, const Schema& schema, const std::string& pointer) {
    const auto value = integer_of(node, schema.unit);
    if (!value) return wrong_integer(node, schema, pointer);
    range(static_cast<double>(*value), node, schema, pointer);
    check_enum(std::to_string(*value), node, schema, pointer);
    json_.value(*value);
  }

  void number(const ConfigNode& node, const Schema& schema, const std::string& pointer) {
    const auto value = is_plain(node) ? to_number(node.text) : std::nullopt;
    if (!value) {
      wrong_type(node, schema, pointer);
      hint_quotes(node, to_number(node.text).has_value());
      return;
    }
    range(*value, node, schema, pointer);
    check_enum(json_number(*value), node, schema, pointer);
    json_.value(*value);
  }

  static bool is_plain(const ConfigNode& node) { return !node.quoted || node.interpolated; }

  void hint_quotes(const ConfigNode& node, bool would_fit) {
    if (node.quoted && !node.interpolated && would_fit) faults_.back().words += "; remove the quotes";
  }

  void range(double value, const ConfigNode& node, const Schema& schema, const std::string& pointer) {
    const auto words = [&](double limit) {
      const auto whole = static_cast<std::int64_t>(limit);
      if (schema.unit == Schema::Unit::bytes) return format_bytes(whole);
      if (schema.unit == Schema::Unit::milliseconds) return format_milliseconds(whole);
      return json_number(limit);
    };
    if (schema.minimum && value < *schema.minimum) {
      fault(node.place,
            label(pointer) + " must be at least " + words(*schema.minimum) + ", not " + got(node, schema.secret));
    } else if (schema.maximum && value > *schema.maximum) {
      fault(node.place,
            label(pointer) + " must be at most " + words(*schema.maximum) + ", not " + got(node, schema.secret));
    }
  }

  void check_enum(const std::string& json, const ConfigNode& node, const Schema& schema, const std::string& pointer) {
    const auto& allowed = schema.enum_json;
    if (allowed.empty() || std::find(allowed.begin(), allowed.end(), json) != allowed.end()) return;
    std::vector<std::string> words;
    for (const std::string& one : allowed) words.push_back(json_words(one));
    const bool shown = !schema.secret && !node.interpolated;
    const std::string near = shown ? nearest(node.text, words) : std::string();
    std::string list;
    for (const std::string& one : words) list += (list.empty() ? "" : ", ") + one;
    fault(node.place, label(pointer) + " must be one of: " + list + ", not " + got(node, schema.secret) +
                          (near.empty() ? "" : "; did you mean \"" + near + "\"?"));
  }

  Faults& faults_;
  Faults& warnings_;
  CheckedConfig& out_;
  JsonWriter json_;
};

}  // namespace

Place PlaceMap::find(std::string_view pointer) const {
  while (true) {
    const auto found = places_.find(pointer);
    if (found != places_.end()) return found->second;
    const std::size_t slash = pointer.rfind('/');
    if (slash == std::string_view::npos) return {};
    pointer = pointer.substr(0, slash);
  }
}

CheckedConfig check_config(const ConfigNode& node, const Schema& schema, Faults& faults, Faults& warnings) {
  CheckedConfig out;
  Checker checker(faults, warnings, out);
  checker.check(node, schema, "");
  out.json = checker.take();
  return out;
}

}  // namespace haulier::host
