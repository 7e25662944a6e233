#include "config/schema_text.hpp"

#include <algorithm>

#include "config/pipeline_config.hpp"
#include "config/quantity.hpp"
#include "json_writer.hpp"

namespace haulier::host {

namespace {

std::string default_words(const Schema& schema) {
  if (!schema.default_json) return {};
  if (schema.unit == Schema::Unit::bytes) return format_bytes(std::stoll(*schema.default_json));
  if (schema.unit == Schema::Unit::milliseconds) return format_milliseconds(std::stoll(*schema.default_json));
  return *schema.default_json;
}

std::string range_words(const Schema& schema) {
  const auto limit = [&](double value) {
    if (schema.unit == Schema::Unit::bytes) return format_bytes(static_cast<std::int64_t>(value));
    if (schema.unit == Schema::Unit::milliseconds) return format_milliseconds(static_cast<std::int64_t>(value));
    return json_number(value);
  };
  if (schema.minimum && schema.maximum) return limit(*schema.minimum) + " to " + limit(*schema.maximum);
  if (schema.minimum && *schema.minimum > 0) return "at least " + limit(*schema.minimum);
  if (schema.maximum) return "at most " + limit(*schema.maximum);
  return {};
}

std::string joined(const std::vector<std::string>& json_values) {
  std::string text;
  for (const std::string& value : json_values) text += (text.empty() ? "" : ", ") + json_words(value);
  return text;
}

// Everything about a key in one sentence: meaning, choices, range, example, warnings.
std::string meaning_words(const Schema& schema) {
  std::string text = schema.description;
  const auto add = [&](const std::string& words) {
    if (!words.empty()) text += (text.empty() ? "" : "; ") + words;
  };
  if (!schema.enum_json.empty()) add("one of: " + joined(schema.enum_json));
  add(range_words(schema));
  if (!schema.examples_json.empty()) add("example: " + joined(schema.examples_json));
  if (schema.secret) add("secret: never shown");
  if (!schema.deprecated.empty()) add("deprecated: " + schema.deprecated);
  return text;
}

// One key of a config, nested keys joined by dots; a list's items are `key[]`, a map's free keys `key.*`.
struct KeyRow {
  std::string key;
  const Schema* schema;
  bool required;
};

// NOLINTNEXTLINE(misc-no-recursion): as deep as the schema, which parse_schema bounds.
void collect_rows(const std::string& prefix, const Schema& schema, std::vector<KeyRow>& rows) {
  const std::string dot = prefix.empty() ? "" : prefix + ".";
  for (const SchemaProperty& property : schema.properties) {
    const std::string key = dot + property.name;
    rows.push_back({key, &property.schema, property.required});
    collect_rows(key, property.schema, rows);
  }
  for (const Schema& items : schema.items) collect_rows(prefix + "[]", items, rows);
  for (const Schema& other : schema.additional) {
    rows.push_back({dot + "*", &other, false});
    collect_rows(dot + "*", other, rows);
  }
}

std::vector<KeyRow> rows_of(const Schema& schema) {
  std::vector<KeyRow> rows;
  collect_rows("", schema, rows);
  return rows;
}

std::string for_table(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '|' ? std::string("\\|") : c == '\n' ? std::string(" ") : std::string(1, c);
  return out;
}

void append_wrapped(std::string& out, const std::string& text, std::size_t indent) {
  constexpr std::size_t kWidth = 100;
  std::size_t column = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    if (column != 0 && column + 1 + end - at > kWidth) {
      out += '\n';
      column = 0;
    }
    if (column == 0) {
      out.append(indent, ' ');
      column = indent;
    } else {
      out += ' ';
      ++column;
    }
    out.append(text, at, end - at);
    column += end - at;
    at = end + 1;
  }
  out += '\n';
}

// --- JSON Schema for editors

void write_schema(JsonWriter& json, const Schema& schema);

std::string_view type_name(Schema::Type type) {
  switch (type) {
    case Schema::Type::object:
      return "object";
    case Schema::Type::list:
      return "array";
    case Schema::Type::string:
      return "string";
    case Schema::Type::integer:
      return "integer";
    case Schema::Type::number:
      return "number";
    case Schema::Type::boolean:
      return "boolean";
    case Schema::Type::any:
      break;
  }
  return "";
}

template <typename T>
void write_optional(JsonWriter& json, std::string_view key, const std::optional<T>& value) {
  if (value) json.member(key, *value);
}

void write_limits(JsonWriter& json, const Schema& schema) {
  write_optional(json, "minimum", schema.minimum);
  write_optional(json, "maximum", schema.maximum);
  write_optional(json, "minLength", schema.min_length);
  write_optional(json, "maxLength", schema.max_length);
  write_optional(json, "minItems", schema.min_items);
  write_optional(json, "maxItems", schema.max_items);
  write_optional(json, "minProperties", schema.min_properties);
  write_optional(json, "maxProperties", schema.max_properties);
  if (!schema.pattern.empty()) json.member("pattern", schema.pattern);
  if (schema.enum_json.empty()) return;
  json.key("enum").begin_list();
  for (const std::string& value : schema.enum_json) json.raw(value);
  json.end_list();
}

// The texts that a field takes besides its own type: a reference, or a number with a unit.
std::string_view text_pattern(const Schema& schema) {
  switch (schema.unit) {
    case Schema::Unit::bytes:
      return R"(^\s*[0-9.]+\s*([KMGTkmgt]?([Ii]?[Bb])?)\s*$|\$\{)";
    case Schema::Unit::milliseconds:
      return R"(^\s*([0-9.]+\s*(ms|s|m|min|h|d)\s*)+$|^0$|\$\{)";
    case Schema::Unit::count:
      return R"(^\s*[0-9.]+\s*[kKmM]?\s*$|\$\{)";
    case Schema::Unit::none:
      break;
  }
  return R"(\$\{)";
}

bool needs_reference_form(const Schema& schema) {
  const bool limited = !schema.enum_json.empty() || !schema.pattern.empty() || schema.max_length;
  return schema.type == Schema::Type::integer || schema.type == Schema::Type::number ||
         schema.type == Schema::Type::boolean || (schema.type == Schema::Type::string && limited);
}

void write_object_rules(JsonWriter& json, const Schema& schema) {
  json.key("properties").begin_object();
  for (const SchemaProperty& property : schema.properties) write_schema(json.key(property.name), property.schema);
  json.end_object();
  json.key("required").begin_list();
  for (const SchemaProperty& property : schema.properties) {
    if (property.required) json.value(property.name);
  }
  json.end_list();
  json.key("additionalProperties");
  if (schema.additional.empty()) {
    json.value(schema.open);
  } else {
    write_schema(json, schema.additional[0]);
  }
}

void write_texts(JsonWriter& json, const Schema& schema) {
  if (!schema.title.empty()) json.member("title", schema.title);
  if (!schema.description.empty()) json.member("description", schema.description);
  if (!schema.deprecated.empty()) json.member("deprecated", true);
  if (schema.default_json) {
    json.key("default");
    const std::string words = default_words(schema);
    schema.unit == Schema::Unit::none ? json.raw(words) : json.value(words);
  }
  if (schema.examples_json.empty()) return;
  json.key("examples").begin_list();
  for (const std::string& example : schema.examples_json) json.raw(example);
  json.end_list();
}

void write_body(JsonWriter& json, const Schema& schema) {
  if (needs_reference_form(schema)) {
    json.key("anyOf").begin_list().begin_object();
    json.member("type", type_name(schema.type));
    write_limits(json, schema);
    json.end_object().begin_object().member("type", "string").member("pattern", text_pattern(schema));
    json.end_object().end_list();
    return;
  }
  // `normalize_mime:` with nothing behind it is an empty map.
  if (schema.type == Schema::Type::object && schema.min_properties.value_or(0) == 0) {
    json.key("type").begin_list().value("object").value("null").end_list();
  } else if (schema.type != Schema::Type::any) {
    json.member("type", type_name(schema.type));
  }
  write_limits(json, schema);
  if (schema.type == Schema::Type::object) write_object_rules(json, schema);
  if (!schema.items.empty()) write_schema(json.key("items"), schema.items[0]);
}

void write_schema(JsonWriter& json, const Schema& schema) {
  json.begin_object();
  write_texts(json, schema);
  write_body(json, schema);
  json.end_object();
}

// A section such as `source`: one key, the plugin's id, and below it the plugin's own config.
Schema section_of(const std::vector<PluginDescription>& plugins, PluginKind kind, const Schema& built_in) {
  Schema section = built_in;
  section.open = false;
  for (const PluginDescription& plugin : plugins) {
    if (plugin.kind != kind) continue;
    Schema config = parse_schema(plugin.schema_json);
    if (config.description.empty()) config.description = plugin.summary;
    section.properties.push_back({plugin.id, false, std::move(config)});
  }
  return section;
}

}  // namespace

std::string schema_markdown(const Schema& schema) {
  std::string out = "| key | type | default | meaning |\n|---|---|---|---|\n";
  for (const KeyRow& row : rows_of(schema)) {
    const std::string preset = row.required ? "required" : default_words(*row.schema);
    out += "| `" + row.key + "` | " + type_words(*row.schema) + " | " +
           (preset.empty() || row.required ? preset : "`" + for_table(preset) + "`") + " | " +
           for_table(meaning_words(*row.schema)) + " |\n";
  }
  return out;
}

std::string schema_words(const Schema& schema) {
  std::string out;
  for (const KeyRow& row : rows_of(schema)) {
    const std::string preset = default_words(*row.schema);
    out += "  " + row.key + "  (" + type_words(*row.schema) + (row.required ? ", required" : "") +
           (preset.empty() ? "" : ", default " + preset) + ")\n";
    const std::string meaning = meaning_words(*row.schema);
    if (!meaning.empty()) append_wrapped(out, meaning, 6);
  }
  return out.empty() ? "  (no settings)\n" : out;
}

std::string schema_json(const Schema& schema) {
  JsonWriter json(2);
  write_schema(json, schema);
  return json.take() + "\n";
}

std::string pipeline_json_schema(const std::vector<PluginDescription>& plugins) {
  Schema root = parse_schema(pipeline_schema_text());
  for (SchemaProperty& property : root.properties) {
    if (property.name == "source") property.schema = section_of(plugins, PluginKind::source, property.schema);
    if (property.name == "transforms" || property.name == "sinks") {
      const PluginKind kind = property.name == "sinks" ? PluginKind::sink : PluginKind::transform;
      property.schema.items[0] = section_of(plugins, kind, property.schema.items[0]);
    }
  }
  JsonWriter json(2);
  json.begin_object().member("$schema", "http://json-schema.org/draft-07/schema#");
  write_texts(json, root);
  write_body(json, root);
  json.end_object();
  return json.take() + "\n";
}

}  // namespace haulier::host
