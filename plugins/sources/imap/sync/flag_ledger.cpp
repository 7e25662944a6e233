#include "sync/flag_ledger.hpp"

#include <algorithm>
#include <vector>

#include "proto/cursor.hpp"

namespace haulier::imap {

std::string canonical_flags(std::string_view flags) {
  std::vector<std::string_view> names;
  for (std::size_t at = 0; at < flags.size();) {
    const auto end = std::min(flags.find(' ', at), flags.size());
    const auto name = flags.substr(at, end - at);
    if (!name.empty() && !equals_word(name, "\\RECENT")) names.push_back(name);
    at = end + 1;
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  std::string out;
  for (const auto name : names) {
    if (!out.empty()) out += ' ';
    for (const char c : name) out += c > 0x20 && c < 0x7F ? c : '?';
  }
  return out;
}

bool FlagLedger::update(std::uint32_t uid, const std::string& canonical) {
  for (auto it = uids_.begin(); it != uids_.end(); ++it) {
    if (!it->second.contains(uid)) continue;
    if (it->first == canonical) return false;
    it->second.erase(uid);
    if (it->second.empty()) uids_.erase(it);
    break;
  }
  uids_[canonical].insert(uid);
  // Counting is linear in the lists, so it is done now and then.
  if (++updates_since_check_ % 256 == 0) {
    std::size_t intervals = 0;
    for (const auto& [list, set] : uids_) intervals += set.intervals().size();
    if (intervals > kMaxIntervals || uids_.size() > kMaxLists) uids_.clear();
  }
  return true;
}

void FlagLedger::forget(const IntervalSet& uids) {
  for (auto it = uids_.begin(); it != uids_.end();) {
    it->second.erase(uids);
    it = it->second.empty() ? uids_.erase(it) : std::next(it);
  }
}

}  // namespace haulier::imap
