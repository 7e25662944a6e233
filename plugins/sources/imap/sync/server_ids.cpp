#include "sync/server_ids.hpp"

#include <charconv>

namespace haulier::imap {
namespace {
constexpr std::size_t kDigits = 16;
}

// objectid = 1*255(ALPHA / DIGIT / "_" / "-"), RFC 8474 section 7; Gmail's are digits. Anything else is not kept.
std::string_view keepable_id(std::string_view id) {
  constexpr std::size_t kMaxOctets = 255;
  if (id.size() > kMaxOctets) return {};
  for (const char c : id) {
    if (c <= 0x20 || c >= 0x7F) return {};
  }
  return id;
}

std::string_view server_id_of(const FetchData& fetch) {
  return keepable_id(fetch.email_id.empty() ? fetch.gm_msgid : fetch.email_id);
}

// FNV-1a, then the finalizer of SplitMix64: Gmail's ids are numbers that differ in their last digits only.
std::uint64_t id_hash(std::string_view id) {
  std::uint64_t hash = 0xCBF29CE484222325ULL;
  for (const char c : id) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  hash = (hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9ULL;
  hash = (hash ^ (hash >> 27)) * 0x94D049BB133111EBULL;
  return hash ^ (hash >> 31);
}

void IdLedger::add(std::uint64_t hash) {
  if (!set_.insert(hash).second) return;
  order_.push_back(hash);
  if (order_.size() <= kMaxIds) return;
  set_.erase(order_.front());
  order_.pop_front();
}

std::string IdLedger::to_text() const {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  out.reserve(order_.size() * kDigits);
  for (const auto id : order_) {
    for (int shift = 60; shift >= 0; shift -= 4) out += kHex[(id >> shift) & 15];
  }
  return out;
}

std::optional<IdLedger> IdLedger::parse(std::string_view text) {
  if (text.size() % kDigits != 0) return std::nullopt;
  IdLedger out;
  for (; !text.empty(); text.remove_prefix(kDigits)) {
    std::uint64_t id = 0;
    const auto result = std::from_chars(text.data(), text.data() + kDigits, id, 16);
    if (result.ec != std::errc{} || result.ptr != text.data() + kDigits) return std::nullopt;
    out.add(id);
  }
  return out;
}

}  // namespace haulier::imap
