#include "mime/defects.hpp"

namespace haulier::mime {

namespace {

constexpr std::string_view kNames[] = {"mbox_from_line",
                                       "leading_blank_lines",
                                       "no_headers",
                                       "missing_header_separator",
                                       "malformed_header",
                                       "space_before_colon",
                                       "header_limit",
                                       "header_8bit",
                                       "duplicate_header",
                                       "bare_cr_line_ends",
                                       "nul_replaced",
                                       "missing_boundary",
                                       "boundary_not_found",
                                       "boundary_unclosed",
                                       "boundary_too_long",
                                       "part_after_close",
                                       "depth_limit",
                                       "nested_message_limit",
                                       "part_limit",
                                       "multipart_encoding",
                                       "invalid_content_type",
                                       "unknown_encoding",
                                       "base64_dirty",
                                       "base64_truncated",
                                       "base64_after_padding",
                                       "quoted_printable_invalid",
                                       "uuencode_truncated",
                                       "unknown_charset",
                                       "charset_mismatch",
                                       "charset_invalid_bytes",
                                       "encoded_word_invalid",
                                       "encoded_word_limit",
                                       "parameter_limit",
                                       "address_limit",
                                       "date_invalid",
                                       "date_missing",
                                       "message_id_missing",
                                       "text_truncated",
                                       "html_limit",
                                       "message_too_large",
                                       "external_body",
                                       "encoded_message",
                                       "yenc_truncated",
                                       "tnef_damaged",
                                       "smime_unreadable",
                                       "container_limit",
                                       "time_limit"};
static_assert(std::size(kNames) == static_cast<std::size_t>(DefectCode::count_));

}  // namespace

std::string_view name_of(DefectCode code) { return kNames[static_cast<std::size_t>(code)]; }

}  // namespace haulier::mime
