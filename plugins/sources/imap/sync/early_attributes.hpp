#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "proto/response.hpp"

namespace haulier::imap {

/// What a server told of a message before its body, in a FETCH of its own: one message may be spread over several
/// responses, and only the UID says that they belong together. Bounded; a value, used for one mailbox.
class EarlyAttributes {
 public:
  static constexpr std::size_t kMaxMessages = 1000;

  /// A FETCH without a body, of a message that is not stored.
  void note(const FetchData& fetch) {
    if (!fetch.uid || (!fetch.flags && !fetch.internal_date_us)) return;
    if (told_.size() >= kMaxMessages && !told_.contains(fetch.uid->value())) return;
    auto& told = told_[fetch.uid->value()];
    if (fetch.flags) told.flags = *fetch.flags;
    if (fetch.internal_date_us) told.internal_date_us = fetch.internal_date_us;
  }
  /// A FETCH with the body: what it leaves out comes from here. It then holds views of this object.
  void fill(FetchData& fetch) const {
    const auto told = fetch.uid ? told_.find(fetch.uid->value()) : told_.end();
    if (told == told_.end()) return;
    if (!fetch.flags && told->second.flags) fetch.flags = *told->second.flags;
    if (!fetch.internal_date_us) fetch.internal_date_us = told->second.internal_date_us;
  }
  void clear() { told_.clear(); }

 private:
  struct Told {
    std::optional<std::string> flags;
    std::optional<std::int64_t> internal_date_us;
  };
  std::map<std::uint32_t, Told> told_;
};

}  // namespace haulier::imap
