#pragma once
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "proto/response.hpp"

namespace haulier::imap {

/// `id`, or nothing when it is no id that a row can hold.
[[nodiscard]] std::string_view keepable_id(std::string_view id);

/// The server's own id of a message, EMAILID (RFC 8474) or X-GM-MSGID; empty when it gave none or none that can be
/// kept.
[[nodiscard]] std::string_view server_id_of(const FetchData& fetch);

/// 64 bits of an id: 200,000 of them collide with a chance of one in a billion.
[[nodiscard]] std::uint64_t id_hash(std::string_view id);

/// The newest server ids that were stored from one mailbox, so that a message which turns up at another place is not
/// fetched again. Bounded, because it is written with the state: 8,192 ids are 128 KiB of text. A value.
class IdLedger {
 public:
  static constexpr std::size_t kMaxIds = 8'192;

  void add(std::uint64_t hash);
  [[nodiscard]] bool empty() const { return order_.empty(); }
  [[nodiscard]] const std::deque<std::uint64_t>& ids() const { return order_; }
  /// Hex digits, 16 for each id, oldest first.
  [[nodiscard]] std::string to_text() const;
  [[nodiscard]] static std::optional<IdLedger> parse(std::string_view text);
  friend bool operator==(const IdLedger& a, const IdLedger& b) { return a.order_ == b.order_; }

 private:
  std::deque<std::uint64_t> order_;
  std::unordered_set<std::uint64_t> set_;
};

}  // namespace haulier::imap
