// EntrySet: which messages of one mailbox are settled, with their flags; and its text form for the state row.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace haulier::mail_files {

// A value. Nine bytes a message in the text form, before base64.
class EntrySet {
 public:
  [[nodiscard]] std::optional<std::uint8_t> flags(std::int64_t uid) const {
    const auto found = entries_.find(uid);
    if (found == entries_.end()) return std::nullopt;
    return found->second;
  }
  void put(std::int64_t uid, std::uint8_t flags) { entries_[uid] = flags; }
  void erase(std::int64_t uid) { entries_.erase(uid); }
  [[nodiscard]] const std::unordered_map<std::int64_t, std::uint8_t>& entries() const noexcept { return entries_; }
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

  // Size and time of an mbox when all of it was settled; empty otherwise.
  std::string signature;

  // {"v":1,"signature":"...","entries":"<base64>"}
  [[nodiscard]] std::string to_json() const;
  // Throws haulier::Error(HAULIER_BAD_STATE) on anything to_json did not make.
  static EntrySet from_json(std::string_view json);

 private:
  std::unordered_map<std::int64_t, std::uint8_t> entries_;
};

}  // namespace haulier::mail_files
