#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace haulier::mime {

// The closed list of what can be wrong with a message. The names are stored with the row: add, never rename.
enum class DefectCode : std::uint8_t {
  mbox_from_line,
  leading_blank_lines,
  no_headers,
  missing_header_separator,
  malformed_header,
  space_before_colon,
  header_limit,
  header_8bit,
  duplicate_header,
  bare_cr_line_ends,
  nul_replaced,
  missing_boundary,
  boundary_not_found,
  boundary_unclosed,
  boundary_too_long,
  part_after_close,
  depth_limit,
  nested_message_limit,
  part_limit,
  multipart_encoding,
  invalid_content_type,
  unknown_encoding,
  base64_dirty,
  base64_truncated,
  base64_after_padding,
  quoted_printable_invalid,
  uuencode_truncated,
  unknown_charset,
  charset_mismatch,
  charset_invalid_bytes,
  encoded_word_invalid,
  encoded_word_limit,
  parameter_limit,
  address_limit,
  date_invalid,
  date_missing,
  message_id_missing,
  text_truncated,
  html_limit,
  message_too_large,
  external_body,
  encoded_message,
  yenc_truncated,
  tnef_damaged,
  smime_unreadable,
  container_limit,
  time_limit,
  count_
};

[[nodiscard]] std::string_view name_of(DefectCode code);

struct Defect {
  DefectCode code;
  std::uint64_t at;  // byte position in the message
};

// What was found wrong, in the order found: at most kPerCode of one code and kCapacity together, so that a hostile
// message can neither grow the row nor hide one kind of damage behind another.
class DefectList {
 public:
  static constexpr std::size_t kCapacity = 64;
  static constexpr std::uint8_t kPerCode = 4;

  void add(DefectCode code, std::uint64_t at) {
    auto& seen = seen_[static_cast<std::size_t>(code)];
    if (seen == kPerCode || size_ == kCapacity) return;
    ++seen;
    items_[size_++] = {code, at};
  }
  [[nodiscard]] bool has(DefectCode code) const { return seen_[static_cast<std::size_t>(code)] != 0; }
  [[nodiscard]] const Defect* begin() const { return items_.data(); }
  [[nodiscard]] const Defect* end() const { return items_.data() + size_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  void clear() {
    size_ = 0;
    seen_.fill(0);
  }

 private:
  std::array<Defect, kCapacity> items_{};
  std::array<std::uint8_t, static_cast<std::size_t>(DefectCode::count_)> seen_{};
  std::size_t size_ = 0;
};

}  // namespace haulier::mime
