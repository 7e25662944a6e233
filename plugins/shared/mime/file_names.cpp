#include "mime/file_names.hpp"

#include <unicode/unorm2.h>
#include <unicode/ustring.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "mime/ascii.hpp"
#include "mime/utf8.hpp"

namespace haulier::mime {

namespace {

struct Extension {
  std::string_view media_type;
  std::string_view extension;
};
constexpr Extension kExtensions[] = {
    {"application/gzip", "gz"},
    {"application/json", "json"},
    {"application/msword", "doc"},
    {"application/pdf", "pdf"},
    {"application/pgp-encrypted", "asc"},
    {"application/pgp-signature", "asc"},
    {"application/pkcs7-mime", "p7m"},
    {"application/pkcs7-signature", "p7s"},
    {"application/rtf", "rtf"},
    {"application/vnd.ms-excel", "xls"},
    {"application/vnd.ms-powerpoint", "ppt"},
    {"application/vnd.openxmlformats-officedocument.presentationml.presentation", "pptx"},
    {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"},
    {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"},
    {"application/x-pkcs7-mime", "p7m"},
    {"application/x-pkcs7-signature", "p7s"},
    {"application/xml", "xml"},
    {"application/zip", "zip"},
    {"application/ics", "ics"},
    {"application/ms-tnef", "dat"},
    {"audio/mpeg", "mp3"},
    {"audio/wav", "wav"},
    {"image/bmp", "bmp"},
    {"image/gif", "gif"},
    {"image/heic", "heic"},
    {"image/jpeg", "jpg"},
    {"image/jpg", "jpg"},
    {"image/png", "png"},
    {"image/svg+xml", "svg"},
    {"image/tiff", "tiff"},
    {"image/webp", "webp"},
    {"message/delivery-status", "txt"},
    {"message/disposition-notification", "txt"},
    {"message/global", "eml"},
    {"message/rfc822", "eml"},
    {"text/calendar", "ics"},
    {"text/csv", "csv"},
    {"text/html", "html"},
    {"text/plain", "txt"},
    {"text/rfc822-headers", "txt"},
    {"text/vcard", "vcf"},
    {"text/x-vcard", "vcf"},
    {"text/xml", "xml"},
    {"video/mp4", "mp4"},
    {"video/quicktime", "mov"}};

bool is_dropped(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0xAD || c == 0x61C || c == 0x180E ||
         (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF ||
         (c >= 0xFFF9 && c <= 0xFFFB);
}

bool is_replaced(char32_t c) {
  return c < 0x80 && std::string_view("<>:\"|?*/\\").find(static_cast<char>(c)) != std::string_view::npos;
}

std::string_view last_component(std::string_view name) {
  while (!name.empty() && (name.back() == '/' || name.back() == '\\')) name.remove_suffix(1);
  const std::size_t slash = name.find_last_of("/\\");
  return slash == std::string_view::npos ? name : name.substr(slash + 1);
}

std::string_view without_edges(std::string_view name) {
  const auto is_edge = [](char c) { return c == '.' || is_space(c); };
  while (!name.empty() && is_edge(name.front())) name.remove_prefix(1);
  while (!name.empty() && is_edge(name.back())) name.remove_suffix(1);
  return name;
}

// Windows keeps these names for devices, with any extension.
bool is_reserved(std::string_view name) {
  const std::string_view stem = trim(name.substr(0, name.find('.')));
  for (const std::string_view device : {"con", "prn", "aux", "nul"}) {
    if (equals_ignoring_case(stem, device)) return true;
  }
  return stem.size() == 4 && stem[3] >= '1' && stem[3] <= '9' &&
         (starts_with_ignoring_case(stem, "com") || starts_with_ignoring_case(stem, "lpt"));
}

// The last extension with its dot, when it is one.
std::string_view extension_with_dot(std::string_view name) {
  constexpr std::size_t kLongestExtension = 16;
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || name.size() - dot > kLongestExtension) return {};
  return name.substr(dot);
}

std::string with_suffix(std::string_view name, std::string_view suffix, std::size_t limit) {
  const std::string_view extension = extension_with_dot(name);
  std::string_view stem = name.substr(0, name.size() - extension.size());
  const std::size_t rest = suffix.size() + extension.size();
  stem = cut_utf8(stem, limit > rest ? limit - rest : 0);
  std::string result(stem);
  result.append(suffix).append(extension);
  return result;
}

std::string normalised(const std::string& name) {
  if (is_ascii(name)) return name;
  UErrorCode error = U_ZERO_ERROR;
  const UNormalizer2* nfc = unorm2_getNFCInstance(&error);
  if (U_FAILURE(error)) return name;
  std::vector<char16_t> wide(name.size() + 1);
  std::int32_t size = 0;
  u_strFromUTF8(wide.data(), static_cast<std::int32_t>(wide.size()), &size, name.data(),
                static_cast<std::int32_t>(name.size()), &error);
  std::vector<char16_t> composed(static_cast<std::size_t>(size) * 3 + 1);
  const std::int32_t composed_size =
      unorm2_normalize(nfc, wide.data(), size, composed.data(), static_cast<std::int32_t>(composed.size()), &error);
  if (U_FAILURE(error)) return name;
  std::string result(static_cast<std::size_t>(composed_size) * 3, '\0');
  std::int32_t bytes = 0;
  u_strToUTF8(result.data(), static_cast<std::int32_t>(result.size()), &bytes, composed.data(), composed_size, &error);
  if (U_FAILURE(error)) return name;
  result.resize(static_cast<std::size_t>(bytes));
  return result;
}

std::string lower_ascii(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), to_lower);
  return result;
}

std::string cleaned(std::string_view name) {
  std::string clean;
  // A name may be as long as its header field; what is cut away later need not be looked at.
  std::string_view rest = cut_utf8(last_component(name), std::size_t{16} << 10);
  while (!rest.empty()) {
    const CodePoint c = first_code_point(rest);
    if (is_replaced(c.value))
      clean.push_back('_');
    else if (!is_dropped(c.value))
      clean.append(rest.substr(0, c.bytes));
    rest.remove_prefix(c.bytes);
  }
  clean = normalised(std::string(without_edges(clean)));
  if (is_reserved(clean)) clean.insert(0, 1, '_');
  if (clean.size() > kMaxFileNameBytes) clean = with_suffix(clean, "", kMaxFileNameBytes);
  return std::string(without_edges(clean));
}

}  // namespace

std::string_view extension_of(std::string_view media_type) {
  for (const Extension& entry : kExtensions) {
    if (entry.media_type == media_type) return entry.extension;
  }
  return media_type.starts_with("text/") ? "txt" : "bin";
}

std::string SafeFileNames::make(std::string_view name, std::string_view part_path, std::string_view media_type) {
  std::string safe = cleaned(name);
  if (safe.empty()) {
    safe = "part-";
    safe.append(part_path).append(".").append(extension_of(media_type));
  }
  std::string unique = safe;
  for (int copy = 2; !taken_.insert(lower_ascii(unique)).second; ++copy) {
    // Two thousand parts of one name must not cost two thousand squared look-ups.
    constexpr int kMaxCopies = 16;
    const std::string mark =
        copy <= kMaxCopies ? " (" + std::to_string(copy) + ")" : " [" + std::string(part_path) + "]";
    unique = with_suffix(safe, mark, kMaxFileNameBytes);
    if (copy > kMaxCopies + 1) break;
  }
  return unique;
}

}  // namespace haulier::mime
