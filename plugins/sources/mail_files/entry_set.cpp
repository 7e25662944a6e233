#include "entry_set.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <vector>

#include "haulier/json.hpp"

namespace haulier::mail_files {

namespace {

constexpr std::size_t kEntry = 9;  // bytes: number, big-endian, and flags

std::string base64(const std::string& bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(length));
  return out;
}

std::string from_base64(const std::string& text) {
  std::string out(text.size() / 4 * 3, '\0');
  const int length =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(text.data()),
                      static_cast<int>(text.size()));
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
  if (length < 0 || text.size() % 4 != 0)
    throw Error(HAULIER_BAD_STATE, "mail_files: the entries of a state row are damaged");
  out.resize(static_cast<std::size_t>(length) - padding);
  return out;
}

}  // namespace

std::string EntrySet::to_json() const {
  std::vector<std::pair<std::int64_t, std::uint8_t>> sorted(entries_.begin(), entries_.end());
  std::sort(sorted.begin(), sorted.end());
  std::string bytes;
  bytes.reserve(sorted.size() * kEntry);
  for (const auto& [uid, flags] : sorted) {
    for (int shift = 56; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(uid >> shift));
    bytes.push_back(static_cast<char>(flags));
  }
  std::string out = "{\"v\":1,\"signature\":";
  append_json_string(out, signature);
  return out + ",\"entries\":\"" + base64(bytes) + "\"}";
}

EntrySet EntrySet::from_json(std::string_view json) {
  const Json state = Json::parse(json);
  if (state["v"].integer() != 1) {
    throw Error(HAULIER_BAD_STATE, "mail_files: a state row has version " + std::to_string(state["v"].integer()) +
                                       "; this program reads version 1");
  }
  EntrySet out;
  out.signature = state["signature"].text();
  const std::string bytes = from_base64(state["entries"].text());
  if (bytes.size() % kEntry != 0) throw Error(HAULIER_BAD_STATE, "mail_files: the entries of a state row are cut off");
  for (std::size_t at = 0; at < bytes.size(); at += kEntry) {
    std::uint64_t uid = 0;
    for (std::size_t i = 0; i < 8; ++i) uid = uid << 8 | static_cast<unsigned char>(bytes[at + i]);
    out.put(static_cast<std::int64_t>(uid), static_cast<std::uint8_t>(bytes[at + 8]));
  }
  return out;
}

}  // namespace haulier::mail_files
