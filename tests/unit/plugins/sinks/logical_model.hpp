// The streams of schemas/README.md, read from its tables: what a sink is given in a real pipeline.
#pragma once

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "haulier/schema.hpp"

namespace haulier::testing {

class LogicalModel {
 public:
  struct FieldText {
    std::string name, type, flags;
  };

  LogicalModel() {
    std::ifstream file(std::string(HAULIER_SOURCE_DIR) + "/schemas/README.md");
    BOOST_REQUIRE(file.is_open());
    for (std::string line; std::getline(file, line) && line.rfind("## Tables without a stream", 0) != 0;) read(line);
  }

  // Declares every stream that reaches a sink.
  void declare(Schema& schema) const {
    for (const auto& [name, head] : heads_) {
      if (head.find("(transient)") != std::string::npos) continue;
      std::uint32_t flags = 0;
      if (head.find("(immutable)") != std::string::npos) flags |= HAULIER_STREAM_IMMUTABLE;
      if (head.find("state stream") != std::string::npos) flags |= HAULIER_STREAM_STATE;
      declare(schema, name, flags);
    }
  }
  const std::vector<FieldText>& fields(const std::string& stream) const { return fields_.at(stream); }

 private:
  static std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> out;
    std::istringstream in(text);
    for (std::string part; std::getline(in, part, separator);) {
      const std::size_t from = part.find_first_not_of(' ');
      out.push_back(from == std::string::npos ? "" : part.substr(from, part.find_last_not_of(' ') + 1 - from));
    }
    return out;
  }

  void read(const std::string& line) {
    if (line.rfind("`", 0) == 0 && line.find("` - ") != std::string::npos) start(line, line.find("` - "));
    if (line.rfind("`", 0) == 0 && line.find("` (") != std::string::npos) start(line, line.find("` ("));
    if (stream_.empty() || line.rfind("| ", 0) != 0 || line.find("| # ") == 0) return;
    const std::vector<std::string> cells = split(line, '|');
    BOOST_REQUIRE(cells.size() >= 5u);
    for (const std::string& name : split(cells[2], ',')) fields_[stream_].push_back({name, cells[3], cells[4]});
    // "0-3 | account, mailbox, ... | |": types as in `messages`.
    for (FieldText& field : fields_[stream_]) {
      if (field.type.empty()) field.type = type_of("messages", field.name);
    }
  }
  void start(const std::string& line, std::size_t end) {
    stream_ = line.substr(1, end - 1);
    heads_.emplace_back(stream_, line);
    // "`attachments` - fields 0-14 of `attachment_parts`, then"
    if (line.find("fields 0-14 of `attachment_parts`") != std::string::npos) {
      const auto& parts = fields_.at("attachment_parts");
      fields_[stream_].assign(parts.begin(), parts.begin() + 15);
    }
  }
  std::string type_of(const std::string& stream, const std::string& name) const {
    for (const FieldText& field : fields_.at(stream)) {
      if (field.name == name) return field.type;
    }
    return {};
  }

  void declare(Schema& schema, const std::string& name, std::uint32_t flags) const {
    static const std::map<std::string, haulier_type> kTypes = {
        {"string", HAULIER_STRING},       {"int64", HAULIER_INT64}, {"double", HAULIER_DOUBLE}, {"bool", HAULIER_BOOL},
        {"timestamp", HAULIER_TIMESTAMP}, {"json", HAULIER_JSON},   {"blob", HAULIER_BLOB}};
    std::vector<haulier_field> fields;
    for (const FieldText& field : fields_.at(name)) {
      std::uint32_t field_flags = 0;
      if (field.flags.find('K') != std::string::npos) field_flags |= HAULIER_FIELD_KEY;
      if (field.flags.find('N') != std::string::npos) field_flags |= HAULIER_FIELD_NOT_NULL;
      if (field.flags.find('I') != std::string::npos) field_flags |= HAULIER_FIELD_INSERT_ONLY;
      fields.push_back({str(field.name), static_cast<std::uint32_t>(kTypes.at(field.type)), field_flags});
    }
    const haulier_stream stream{
        sizeof(haulier_stream), flags, str(name), fields.data(), static_cast<std::uint32_t>(fields.size()), 0, nullptr};
    schema.add_copy(stream);
  }

  std::string stream_;
  std::vector<std::pair<std::string, std::string>> heads_;  // name and first line, in the order of the file
  std::map<std::string, std::vector<FieldText>> fields_;
};

}  // namespace haulier::testing
