#pragma once
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

namespace haulier::mime {

// Byte positions in the message, end exclusive. 64 bit: nothing here assumes that a message fits into 4 GiB.
struct Range {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;

  [[nodiscard]] std::uint64_t size() const { return end - begin; }
  [[nodiscard]] std::string_view in(std::string_view message) const { return message.substr(begin, end - begin); }
};

enum class TransferEncoding : std::uint8_t { bits7, bits8, binary, base64, quoted_printable, uuencode, yenc, unknown };
[[nodiscard]] std::string_view name_of(TransferEncoding encoding);
[[nodiscard]] constexpr bool is_identity(TransferEncoding encoding) {
  return encoding <= TransferEncoding::binary || encoding == TransferEncoding::unknown;
}

enum class PartKind : std::uint8_t {
  leaf,
  multipart,  // its children follow it
  message,    // message/rfc822 whose bytes were read: exactly one child, the nested message's root
};

// One node of the MIME tree. Parts lie in the order of the message (a parent before its children); views point into
// the message or the structure's arena.
struct Part {
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

  std::uint32_t parent = kNone;
  std::uint32_t ordinal = 0;  // among its siblings, from 1
  std::uint32_t children = 0;
  std::uint32_t depth = 0;          // multiparts and messages above it
  std::uint32_t message_depth = 0;  // nested messages above it; 0 = belongs to the message itself
  PartKind kind = PartKind::leaf;
  TransferEncoding encoding = TransferEncoding::bits7;
  std::uint32_t first_field = 0;  // in Structure::fields, when message_depth is 0
  std::uint32_t fields = 0;       // how many of them
  std::uint64_t fields_end = 0;   // where those that are not there begin; at most header.end
  Range header;                   // without the empty line
  Range body;                     // without the line end that belongs to the next boundary
  std::string_view content_type;  // raw value, empty when the field is missing
  std::string_view media_type;    // lower case, e.g. text/plain; the default when missing
  std::string_view path;  // IMAP section number (RFC 9051 section 6.4.5), e.g. 2.1.3; empty for a root multipart
};

[[nodiscard]] inline std::string_view subtype_of(std::string_view media_type) {
  const std::size_t slash = media_type.find('/');
  return slash == std::string_view::npos ? std::string_view() : media_type.substr(slash + 1);
}

}  // namespace haulier::mime
