#include <fstream>

#include "haulier/json.hpp"
#include "rfc3339.hpp"
#include "sink_contract_crash.hpp"

namespace {

using namespace haulier;
using namespace haulier::contract;

std::string decoded_base64(std::string_view text) {
  static constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  int values[256];
  for (int& value : values) value = -1;
  for (std::size_t i = 0; i < kAlphabet.size(); ++i)
    values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<int>(i);
  std::string out;
  unsigned group = 0;
  int bits = 0;
  for (const char c : text) {
    const int value = values[static_cast<unsigned char>(c)];
    if (value < 0) break;
    group = group << 6 | static_cast<unsigned>(value);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    out += static_cast<char>(group >> bits & 0xFF);
  }
  return out;
}

std::string json_text(const Json& value) {
  std::string out;
  switch (value.kind()) {
    case Json::Kind::Null:
      return "null";
    case Json::Kind::Bool:
      return value.boolean() ? "true" : "false";
    case Json::Kind::Number:
      return std::to_string(value.integer());
    case Json::Kind::String:
      append_json_string(out, value.text());
      return out;
    case Json::Kind::Array:
      for (const Json& item : value.items()) out += (out.empty() ? "" : ",") + json_text(item);
      return "[" + out + "]";
    case Json::Kind::Object:
      for (const auto& [name, member] : value.members()) {
        if (!out.empty()) out += ",";
        append_json_string(out, name);
        out += ":" + json_text(member);
      }
      return "{" + out + "}";
  }
  return out;
}

std::string field_text(const Json& value, std::uint32_t type) {
  if (value.is_null()) return "null";
  switch (type) {
    case HAULIER_BOOL:
      return value.boolean() ? "true" : "false";
    case HAULIER_INT64:
      return std::to_string(value.integer());
    case HAULIER_DOUBLE:
      return number_text(value.number());
    case HAULIER_TIMESTAMP:
      return std::to_string(rfc3339::parse(value.text()).value());
    case HAULIER_JSON:
      return "'" + json_text(value) + "'";
    case HAULIER_BLOB: {
      const std::string bytes = decoded_base64(value["base64"].text());
      BOOST_TEST(static_cast<std::int64_t>(bytes.size()) == value["size"].integer());
      return hash_text(bytes);
    }
    default:
      return "'" + value.text() + "'";
  }
}

// Replays the lines of one stream: the last line of a key counts, with the rules of insert-only and immutable.
class Replay {
 public:
  explicit Replay(const haulier_stream& stream) : stream_(stream) {}

  void line(const Json& json) {
    if (json["stream"].text() != view(stream_.name)) return;
    const std::string& op = json["op"].text();
    Row row;
    for (std::uint32_t i = 0; i < stream_.n_fields; ++i) {
      const std::string name(view(stream_.fields[i].name));
      if (const Json* value = json.find(name)) row[name] = field_text(*value, stream_.fields[i].type);
    }
    const std::string key = key_of(stream_, row);
    const auto found = rows_.find(key);
    if (op == "delete") {
      rows_.erase(key);
    } else if (found == rows_.end()) {
      if (op == "upsert") rows_[key] = row;
    } else if ((stream_.flags & HAULIER_STREAM_IMMUTABLE) == 0) {
      change(found->second, row);
    }
  }
  const Rows& rows() const noexcept { return rows_; }

 private:
  void change(Row& to, const Row& from) const {
    for (std::uint32_t i = 0; i < stream_.n_fields; ++i) {
      const std::string name(view(stream_.fields[i].name));
      const auto value = from.find(name);
      if (value == from.end() || (stream_.fields[i].flags & HAULIER_FIELD_INSERT_ONLY)) continue;
      to[name] = value->second;
    }
  }
  const haulier_stream& stream_;
  Rows rows_;
};

Rows replayed(const std::string& file, const haulier_stream& stream) {
  Replay replay(stream);
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty()) replay.line(Json::parse(line));
  }
  return replay.rows();
}

constexpr std::string_view kBigBlobs = ",\"max_blob\":104857600}";

SinkUnderTest jsonl_file() {
  SinkUnderTest out;
  out.plugin = "jsonl";
  out.big_bytes = 300 * 1024;
  out.config = [](const std::string& folder) {
    return "{\"path\":\"" + folder + "/rows.jsonl\"" + std::string(kBigBlobs);
  };
  out.rows = [](const std::string& folder, const haulier_stream& stream) {
    return replayed(folder + "/rows.jsonl", stream);
  };
  return out;
}

SinkUnderTest jsonl_folder() {
  SinkUnderTest out = jsonl_file();
  out.config = [](const std::string& folder) { return "{\"path\":\"" + folder + "/\"" + std::string(kBigBlobs); };
  out.rows = [](const std::string& folder, const haulier_stream& stream) {
    return replayed(folder + "/" + std::string(view(stream.name)) + ".jsonl", stream);
  };
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(jsonl)
// Lines are only ever appended, and read by others from wherever they stopped: it does not pretend to take one back.
BOOST_AUTO_TEST_CASE(what_is_written_is_not_erased) {
  TempFolder folder;
  Run run(jsonl_file(), folder.path());
  BOOST_TEST(!run.has(HAULIER_ABILITY_ERASE));
}
HAULIER_SINK_CONTRACT(jsonl_file())
HAULIER_FILE_SINK_CONTRACT(jsonl_file())
HAULIER_SINK_CASE(jsonl_file(), a_stop_at_any_step_loses_and_doubles_nothing)
BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(jsonl_folder_of_streams)
HAULIER_SINK_CONTRACT(jsonl_folder())
HAULIER_FILE_SINK_CONTRACT(jsonl_folder())
BOOST_AUTO_TEST_SUITE_END()
