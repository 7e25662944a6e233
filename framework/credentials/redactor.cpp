#include "redactor.hpp"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <utility>

#include "bytes.hpp"

namespace haulier::credentials {
namespace {

constexpr std::size_t kPrefixBytes = 4;
constexpr std::string_view kMask = "***";

std::uint32_t prefix_of(std::string_view text) noexcept {
  std::uint32_t prefix = 0;
  std::memcpy(&prefix, text.data(), kPrefixBytes);
  return prefix;
}

Secret base64_of(std::string_view text, Base64 form) {
  SecretBuilder builder;
  append_base64(as_bytes(text), form, builder);
  return builder.finish();
}

// The base64 digits that depend on `text` alone when `skip` (0, 1 or 2) bytes of something else stand before it in its
// first group of three: the digits shared with neighbours are cut off at both ends.
Secret base64_inside(std::string_view text, std::size_t skip, Base64 form) {
  SecretBuilder padded;
  padded.append(std::string_view("\0\0", skip)).append(text);
  const Secret shifted = padded.finish();
  const Secret digits = base64_of(shifted.reveal(), form);
  const std::size_t first = skip == 0 ? 0 : skip + 1;
  const std::size_t last = shifted.size() * 8 / 6;
  return last > first ? Secret(digits.reveal().substr(first, last - first)) : Secret();
}

Secret json_escaped(std::string_view text) {
  SecretBuilder builder;
  for (const char byte : text) {
    if (byte == '"' || byte == '\\') builder.append('\\');
    builder.append(byte);
  }
  return builder.finish();
}

Secret percent_form(std::string_view text, bool space_as_plus, bool upper_hex) {
  SecretBuilder builder;
  append_percent_encoded(text, space_as_plus, upper_hex, builder);
  return builder.finish();
}

// As a server that dumps what it got may show it.
Secret hexadecimal(std::string_view text, const char* digits) {
  SecretBuilder builder;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    builder.append(digits[byte >> 4]).append(digits[byte & 15U]);
  }
  return builder.finish();
}

std::vector<Secret> forms_of(const Secret& secret, std::string_view user) {
  const std::string_view text = secret.reveal();
  std::vector<Secret> forms;
  if (text.size() >= Redactor::kShortestPlain) {
    forms.push_back(secret.clone());
    forms.push_back(json_escaped(text));
    forms.push_back(hexadecimal(text, "0123456789abcdef"));
    forms.push_back(hexadecimal(text, "0123456789ABCDEF"));
    for (const bool plus : {false, true}) {
      for (const bool upper : {false, true}) forms.push_back(percent_form(text, plus, upper));
    }
    for (const Base64 form : {Base64::standard_unpadded, Base64::url_unpadded}) {
      for (std::size_t skip = 0; skip < 3; ++skip) forms.push_back(base64_inside(text, skip, form));
    }
    // As seen when the secret is coded alone; a shorter form would leave its last digit behind.
    for (const Base64 form : {Base64::standard, Base64::standard_unpadded, Base64::url_unpadded}) {
      forms.push_back(base64_of(text, form));
    }
  }
  if (user.empty()) return forms;
  SecretBuilder xoauth2;  // Google's and Microsoft's XOAUTH2: user, bearer token, separated by 0x01
  xoauth2.append("user=")
      .append(user)
      .append(
          "\x01"
          "auth=Bearer ")
      .append(text)
      .append("\x01\x01");
  SecretBuilder plain;  // RFC 4616 with an empty authorization identity
  plain.append('\0').append(user).append('\0').append(text);
  forms.push_back(base64_of(xoauth2.finish().reveal(), Base64::standard));
  forms.push_back(base64_of(plain.finish().reveal(), Base64::standard));
  return forms;
}

}  // namespace

void Redactor::add(const Secret& secret, std::string_view user, std::string_view slot) {
  if (secret.empty()) return;
  {
    const std::shared_lock lock(mutex_);
    if (knows(secret)) return;
  }
  std::vector<Secret> forms = forms_of(secret, user);
  const std::unique_lock lock(mutex_);
  const std::uint64_t owner = next_owner_++;
  for (Secret& form : forms) add_needle(owner, std::move(form));
  if (slot.empty()) return;
  auto kept = slots_.find(slot);
  if (kept == slots_.end()) kept = slots_.emplace(std::string(slot), std::deque<std::uint64_t>()).first;
  kept->second.push_back(owner);
  if (kept->second.size() <= kKeptPerSlot) return;
  forget(kept->second.front());
  kept->second.pop_front();
}

bool Redactor::knows(const Secret& secret) const {
  if (secret.size() < kPrefixBytes) return false;
  const auto bucket = needles_.find(prefix_of(secret.reveal()));
  if (bucket == needles_.end()) return false;
  return std::any_of(bucket->second.begin(), bucket->second.end(),
                     [&](const Needle& needle) { return needle.text.equals(secret); });
}

void Redactor::add_needle(std::uint64_t owner, Secret text) {
  if (text.size() < kPrefixBytes) return;
  std::vector<Needle>& bucket = needles_[prefix_of(text.reveal())];
  const auto same = std::find_if(bucket.begin(), bucket.end(), [&](const Needle& n) { return n.text.equals(text); });
  if (same != bucket.end()) {
    same->owner = owner;  // the newest registration keeps it alive
    return;
  }
  bucket.push_back({owner, std::move(text)});
  std::sort(bucket.begin(), bucket.end(),
            [](const Needle& a, const Needle& b) { return a.text.size() > b.text.size(); });
}

void Redactor::forget(std::uint64_t owner) {
  for (auto bucket = needles_.begin(); bucket != needles_.end();) {
    std::erase_if(bucket->second, [&](const Needle& needle) { return needle.owner == owner; });
    bucket = bucket->second.empty() ? needles_.erase(bucket) : std::next(bucket);
  }
}

std::size_t Redactor::longest_match(std::string_view text) const {
  const auto bucket = needles_.find(prefix_of(text));
  if (bucket == needles_.end()) return 0;
  for (const Needle& needle : bucket->second) {
    if (text.starts_with(needle.text.reveal())) return needle.text.size();
  }
  return 0;
}

std::string Redactor::mask(std::string_view text) const {
  const std::shared_lock lock(mutex_);
  std::string masked;
  masked.reserve(text.size());
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t length = text.size() - at >= kPrefixBytes ? longest_match(text.substr(at)) : 0;
    if (length == 0) {
      masked.push_back(text[at++]);
      continue;
    }
    if (!masked.ends_with(kMask)) masked.append(kMask);
    at += length;
  }
  return masked;
}

}  // namespace haulier::credentials
