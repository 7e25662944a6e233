#include "streams.hpp"

#include <string>
#include <string_view>

#include <haulier/error.hpp>

namespace haulier::extract_attachments {

namespace {

constexpr std::uint32_t kKey = HAULIER_FIELD_KEY | HAULIER_FIELD_NOT_NULL;
constexpr std::uint32_t kNotNull = HAULIER_FIELD_NOT_NULL;

constexpr std::string_view kPartFields[] = {
    "email_id",       "part_path",       "ordinal",      "role",    "filename",    "filename_raw",
    "filename_safe",  "filename_source", "media_type",   "charset", "disposition", "content_id",
    "cid_referenced", "encoding",        "size_encoded", "content", "defects"};
static_assert(std::size(kPartFields) == parts::count);

}  // namespace

void parts::check(const haulier_stream& stream) {
  for (std::uint32_t i = 0; i < parts::count; ++i) {
    if (i < stream.n_fields && view(stream.fields[i].name) == kPartFields[i]) continue;
    throw Error::bad_config("", "the stream `attachment_parts` has no field `" + std::string(kPartFields[i]) +
                                    "` at position " + std::to_string(i));
  }
}

std::uint32_t attachments::declare(Schema& schema, std::string_view contents) {
  const std::uint32_t attachments = schema.add("attachments", 0,
                                               {{"email_id", HAULIER_STRING, kKey},
                                                {"part_path", HAULIER_STRING, kKey},
                                                {"ordinal", HAULIER_INT64, kNotNull},
                                                {"role", HAULIER_STRING, kNotNull},
                                                {"filename", HAULIER_STRING},
                                                {"filename_raw", HAULIER_STRING},
                                                {"filename_safe", HAULIER_STRING, kNotNull},
                                                {"filename_source", HAULIER_STRING, kNotNull},
                                                {"media_type", HAULIER_STRING, kNotNull},
                                                {"charset", HAULIER_STRING},
                                                {"disposition", HAULIER_STRING},
                                                {"content_id", HAULIER_STRING},
                                                {"cid_referenced", HAULIER_BOOL, kNotNull},
                                                {"encoding", HAULIER_STRING, kNotNull},
                                                {"size_encoded", HAULIER_INT64, kNotNull},
                                                {"size", HAULIER_INT64, kNotNull},
                                                {"sha256", HAULIER_STRING},
                                                {"media_type_sniffed", HAULIER_STRING},
                                                {"type_mismatch", HAULIER_BOOL, kNotNull},
                                                {"dangers", HAULIER_JSON, kNotNull},
                                                {"truncated", HAULIER_BOOL, kNotNull},
                                                {"defects", HAULIER_JSON, kNotNull}});
  schema.relate(attachments, {HAULIER_RELATION_PART_OF, {"email_id"}, "emails"});
  schema.relate(attachments, {HAULIER_RELATION_USES, {"sha256"}, contents});
  return attachments;
}

std::uint32_t contents::declare(Schema& schema) {
  return schema.add(
      "attachment_contents", HAULIER_STREAM_IMMUTABLE,
      {{"sha256", HAULIER_STRING, kKey}, {"size", HAULIER_INT64, kNotNull}, {"content", HAULIER_BLOB, kNotNull}});
}

std::uint32_t files::declare(Schema& schema) {
  return schema.add(
      "attachment_files", HAULIER_STREAM_IMMUTABLE | HAULIER_STREAM_OUTSIDE,
      {{"sha256", HAULIER_STRING, kKey}, {"size", HAULIER_INT64, kNotNull}, {"path", HAULIER_STRING, kNotNull}});
}

}  // namespace haulier::extract_attachments
