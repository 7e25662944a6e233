#pragma once
#include <cstdint>
#include <string_view>

#include <haulier/schema.hpp>

// The streams of this transform. The numbers are positions in schemas/README.md.
namespace haulier::extract_attachments {

// What normalize_mime gives; `email_id` to `size_encoded` are also the first fields of `attachments`.
namespace parts {
enum Field : std::uint32_t {
  email_id,
  part_path,
  ordinal,
  role,
  filename,
  filename_raw,
  filename_safe,
  filename_source,
  media_type,
  charset,
  disposition,
  content_id,
  cid_referenced,
  encoding,
  size_encoded,
  content,
  defects,
  count
};
// Throws Error (bad config) when the stream is not the one of schemas/README.md.
void check(const haulier_stream& stream);
}  // namespace parts

namespace attachments {
enum Field : std::uint32_t {
  size = parts::content,
  sha256,
  media_type_sniffed,
  type_mismatch,
  dangers,
  truncated,
  defects,
  count
};
// contents: name of the stream that holds their bytes.
std::uint32_t declare(Schema& schema, std::string_view contents);
}  // namespace attachments

namespace contents {
enum Field : std::uint32_t { sha256, size, content, count };
std::uint32_t declare(Schema& schema);
}  // namespace contents

// Instead of contents when they are kept in a folder.
namespace files {
enum Field : std::uint32_t { sha256 = contents::sha256, size = contents::size, path, count };
static_assert(static_cast<std::uint32_t>(count) == contents::count);
std::uint32_t declare(Schema& schema);
}  // namespace files

}  // namespace haulier::extract_attachments
