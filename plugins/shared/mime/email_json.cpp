#include "mime/email_json.hpp"

#include <cstdint>
#include <vector>

#include "mime/json_text.hpp"

namespace haulier::mime {

namespace {

void append_mailbox(JsonText& json, const Address& address) {
  json.begin_object();
  json.key("name");
  address.name.empty() ? json.null() : json.string(address.name);
  json.key("address");
  address.address.empty() ? json.null() : json.string(address.address);
  json.optional_member("domain_ascii", address.domain_ascii);
  json.optional_member("domain_unicode", address.domain_unicode);
  json.end_object();
}

void append_part_members(JsonText& json, const Part& part, const PartDetails& details) {
  json.key("partId");
  part.kind == PartKind::multipart ? json.null() : json.string(part.path.empty() ? "1" : part.path);
  json.member("type", part.media_type);
  json.member("size", static_cast<std::int64_t>(part.body.size()));
  json.member("encoding", name_of(part.encoding));
  json.optional_member("charset", details.charset);
  json.optional_member("name", details.file_name);
  json.optional_member("disposition", details.disposition);
  json.optional_member("cid", details.content_id);
  json.optional_member("language", details.language);
  json.optional_member("location", details.content_location);
}

}  // namespace

void append_addresses_json(std::string& out, std::span<const Address> addresses) {
  JsonText json(out);
  json.begin_array();
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    if (!addresses[i].is_group) {
      append_mailbox(json, addresses[i]);
      continue;
    }
    json.begin_object().member("group", addresses[i].name).key("members").begin_array();
    for (const std::size_t group = i; i + 1 < addresses.size() && addresses[i + 1].group == group; ++i) {
      append_mailbox(json, addresses[i + 1]);
    }
    json.end_array().end_object();
  }
  json.end_array();
}

void append_strings_json(std::string& out, std::span<const std::string_view> strings) {
  JsonText json(out);
  json.begin_array();
  for (const std::string_view text : strings) json.string(text);
  json.end_array();
}

void append_headers_json(std::string& out, std::span<const Header> headers) {
  JsonText json(out);
  json.begin_array();
  for (const Header& header : headers) json.begin_array().string(header.name).string(header.value).end_array();
  json.end_array();
}

void append_structure_json(std::string& out, const Email& email) {
  JsonText json(out);
  const auto& parts = email.structure.parts;
  std::vector<std::uint32_t> open;  // multiparts whose subParts are being written
  for (std::uint32_t i = 0; i < parts.size(); ++i) {
    if (parts[i].message_depth != 0) continue;
    for (; !open.empty() && open.back() != parts[i].parent; open.pop_back()) json.end_array().end_object();
    json.begin_object();
    append_part_members(json, parts[i], email.details[i]);
    if (parts[i].kind == PartKind::multipart) {
      json.key("subParts").begin_array();
      open.push_back(i);
    } else {
      json.end_object();
    }
  }
  for (; !open.empty(); open.pop_back()) json.end_array().end_object();
}

void append_defects_json(std::string& out, std::span<const Defect> defects) {
  JsonText json(out);
  json.begin_array();
  for (const Defect& defect : defects) {
    json.begin_object()
        .member("code", name_of(defect.code))
        .member("at", static_cast<std::int64_t>(defect.at))
        .end_object();
  }
  json.end_array();
}

}  // namespace haulier::mime
