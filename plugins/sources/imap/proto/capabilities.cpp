#include "proto/capabilities.hpp"

#include <algorithm>

namespace haulier::imap {

// capability-data = "CAPABILITY" *(SP capability)
void Capabilities::add(std::string_view atoms) {
  constexpr std::size_t kMaxNames = 512;
  for (std::size_t at = 0; at < atoms.size() && names_.size() < kMaxNames;) {
    const auto end = std::min(atoms.find(' ', at), atoms.size());
    std::string name(atoms.substr(at, end - at));
    for (char& c : name) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    if (!name.empty()) names_.push_back(std::move(name));
    at = end + 1;
  }
  std::sort(names_.begin(), names_.end());
}

bool Capabilities::has(std::string_view upper) const { return std::binary_search(names_.begin(), names_.end(), upper); }

}  // namespace haulier::imap
