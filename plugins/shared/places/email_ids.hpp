// The ids of e-mails (schemas/README.md, `emails.id`), for who makes them and who checks them. Header-only.
#pragma once

#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "mime/sha256_lanes.hpp"

namespace haulier::places {

// 8 hex digits of a time, then 24 of a hash. Mail comes about in the order of its dates, so rows that are written
// together lie together in every index over such ids; a hash alone would touch a page of each index for every row. The
// same input gives the same id, always. One object per thread.
class EmailIds {
 public:
  // By the server's own id. Gmail's tells the time.
  [[nodiscard]] std::string of_server_id(std::string_view account, std::string_view server_id) {
    return hex_time(seconds_of_server_id(server_id)).append(hash(account, std::string_view("\0id:", 4), server_id));
  }

  // By the bytes. `sent_us`: the date that they tell, microseconds since 1970.
  [[nodiscard]] std::string of_bytes(std::string_view account, std::string_view raw_sha256,
                                     std::optional<std::int64_t> sent_us) {
    return hex_time(sent_us.value_or(0) / 1'000'000).append(hash_of_bytes(account, raw_sha256));
  }

  // Whether an id is of_bytes() of them, whatever their date is.
  [[nodiscard]] bool is_of_bytes(std::string_view id, std::string_view account, std::string_view raw_sha256) {
    return id.size() == kTimeDigits + kHashDigits && id.substr(kTimeDigits) == hash_of_bytes(account, raw_sha256);
  }

  // Of a message inside another one, with whose rows it comes.
  [[nodiscard]] std::string of_nested(std::string_view account, std::string_view parent_id,
                                      std::string_view part_path) {
    const std::string place = std::string(parent_id).append(1, '\0').append(part_path);
    return std::string(parent_id.substr(0, kTimeDigits)).append(hash(account, std::string_view("\0nested:", 8), place));
  }

 private:
  static constexpr std::size_t kTimeDigits = 8;
  static constexpr std::size_t kHashDigits = 24;

  // Seconds since 1970; 0 for none and for what does not fit (from 2106 on).
  static std::string hex_time(std::int64_t seconds) {
    if (seconds < 0 || seconds > std::numeric_limits<std::uint32_t>::max()) seconds = 0;
    std::string digits(kTimeDigits, '0');
    for (std::size_t i = kTimeDigits; i-- > 0; seconds >>= 4) digits[i] = "0123456789abcdef"[seconds & 15];
    return digits;
  }

  // X-GM-MSGID: milliseconds, 20 bits further up. A number that is something else does no harm, it only costs locality.
  static std::int64_t seconds_of_server_id(std::string_view id) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), number);
    if (error != std::errc() || end != id.data() + id.size()) return 0;
    return static_cast<std::int64_t>((number >> 20U) / 1000);
  }

  std::string hash_of_bytes(std::string_view account, std::string_view raw_sha256) {
    return hash(account, std::string_view("\0sha256:", 8), raw_sha256);
  }

  std::string hash(std::string_view account, std::string_view kind, std::string_view what) {
    text_.assign(account).append(kind).append(what);
    return std::string(mime::view_of(mime::hex_of(lanes_.of(text_))).substr(0, kHashDigits));
  }

  mime::Sha256Lanes lanes_;
  std::string text_;
};

}  // namespace haulier::places
