#include "config/fake_catalog.hpp"

namespace haulier::host::testing {

namespace {

constexpr const char* kLettersSchema = R"({
  "type": "object",
  "required": ["host"],
  "properties": {
    "host": { "type": "string", "minLength": 1, "description": "name of the server", "examples": ["imap.example.org"] },
    "port": { "type": "integer", "minimum": 1, "maximum": 65535, "default": 993, "description": "port | TLS" },
    "folders": { "type": "array", "items": { "type": "string" }, "minItems": 1, "default": ["INBOX"] },
    "timeout": { "type": "integer", "unit": "milliseconds", "default": "30s" },
    "batch": {
      "type": "object",
      "properties": {
        "messages": { "type": "integer", "unit": "count", "default": 200 },
        "bytes": { "type": "integer", "unit": "bytes", "minimum": 1024, "default": "8MiB" }
      }
    },
    "auth": {
      "type": "object", "minProperties": 1, "maxProperties": 1,
      "properties": {
        "password": { "type": "string", "secret": true },
        "token": { "type": "string", "secret": true }
      }
    },
    "old": { "type": "string", "deprecated": "use host" }
  }
})";

constexpr const char* kPolishSchema = R"({
  "type": "object",
  "properties": { "level": { "type": "number", "default": 1 } }
})";

constexpr const char* kBoxSchema = R"({
  "type": "object",
  "required": ["path"],
  "properties": {
    "path": { "type": "string", "description": "file of the database" },
    "strict": { "type": "boolean", "default": true },
    "mode": { "type": "string", "enum": ["quick", "safe"], "default": "safe" },
    "pin": { "type": "integer", "secret": true },
    "labels": { "type": "object", "additionalProperties": { "type": "string" } }
  }
})";

}  // namespace

FakeCatalog::FakeCatalog()
    : plugins_{{PluginKind::source, "letters", "1.0.0", "letters from a server", kLettersSchema, "/p/letters.so"},
               {PluginKind::transform, "polish", "1.1.0", "makes letters shine", kPolishSchema, "/p/polish.so"},
               {PluginKind::sink, "box", "2.0.0", "a box for letters", kBoxSchema, "/p/box.so"}},
      problems_{{"/p/broken.so", "built for ABI 9"}},
      searched_{"/p"} {}

}  // namespace haulier::host::testing
