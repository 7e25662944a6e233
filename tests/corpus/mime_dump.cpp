// What the MIME reader makes of each file that standard input names, one JSON line per file: compare.py reads it.
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "mime/json_text.hpp"
#include "mime/reader.hpp"
#include "mime/sha256.hpp"
#include "mime/tnef.hpp"
#include "mime/transfer_decoder.hpp"

namespace {

using namespace haulier::mime;

std::string decoded(const Part& part, std::string_view message) {
  std::string out;
  std::string block;
  TransferDecoder decoder(part.encoding);
  decode_body(part.body.in(message), decoder, part.encoding, block, [&](std::string_view piece) {
    out.append(piece);
    return true;
  });
  return out;
}

// Line ends out of the way: whether the last one belongs to the part is told differently everywhere.
std::string comparable(const std::string& bytes) {
  std::string out;
  for (const char c : bytes) {
    if (c != '\r' && c != '\n') out.push_back(c);
  }
  return out;
}

void write_leaves(JsonText& json, const Email& email, std::string_view message) {
  Sha256 sha256;
  json.key("leaves").begin_array();
  for (const Part& part : email.structure.parts) {
    if (part.kind != PartKind::leaf) continue;
    const auto digest = hex_of(sha256.of(comparable(decoded(part, message))));
    json.begin_array().string(part.media_type).string(view_of(digest).substr(0, 16));
    json.string(name_of(part.encoding)).end_array();
  }
  json.end_array();
}

// ( for each part, so that only the shape of the tree counts.
std::string shape_of(const Structure& structure) {
  std::string out;
  std::uint32_t depth = 0;
  for (const Part& part : structure.parts) {
    for (; depth > part.depth; --depth) out += ')';
    out += part.kind == PartKind::multipart ? "m(" : part.kind == PartKind::message ? "r(" : "b";
    if (part.kind != PartKind::leaf) ++depth;
    if (part.kind == PartKind::multipart && part.children == 0) {
      out += ')';
      --depth;
    }
  }
  return out + std::string(depth, ')');
}

void write(const std::string& path, const Email& email, std::string_view message) {
  std::string line;
  JsonText json(line);
  json.begin_object().member("file", path).member("subject", email.subject).member("message_id", email.message_id);
  json.member("shape", shape_of(email.structure)).member("text", email.text).member("html", email.html);
  json.member("text_source", name_of(email.text_source));
  if (email.sent && email.date_source == DateSource::header) json.member("date", email.sent->utc_us / 1'000'000);
  for (const auto& [name, list] : {std::pair{"from", &email.from}, {"to", &email.to}}) {
    json.key(name).begin_array();
    for (const Address& address : *list) {
      if (!address.is_group) json.begin_array().string(address.name).string(address.address).end_array();
    }
    json.end_array();
  }
  write_leaves(json, email, message);
  json.key("files").begin_array();
  for (const Attachment& row : email.attachments) json.string(row.file_name);
  json.end_array().key("defects").begin_array();
  for (const Defect& defect : email.defects) json.string(name_of(defect.code));
  json.end_array().end_object();
  std::cout << line << '\n';
}

}  // namespace

int main() {
  Reader reader;
  for (std::string path; std::getline(std::cin, path);) {
    std::ifstream file(path, std::ios::binary);
    std::string message{std::istreambuf_iterator<char>(file), {}};
    if (path.ends_with(".tnef")) message.insert(0, "Content-Type: application/ms-tnef\n\n");
    write(path, reader.read(message), message);
  }
}
