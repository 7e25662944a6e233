#include "danger.hpp"

#include <algorithm>
#include <iterator>

#include "mime/ascii.hpp"
#include "mime/utf8.hpp"

namespace haulier::extract_attachments {

namespace {

constexpr std::string_view kExecutable[] = {"exe", "scr", "com",    "pif", "bat", "cmd", "msi",  "msp",  "dll",  "cpl",
                                            "js",  "jse", "vbs",    "vbe", "wsf", "wsh", "hta",  "ps1",  "psm1", "lnk",
                                            "jar", "apk", "reg",    "inf", "sh",  "app", "dmg",  "pkg",  "iso",  "img",
                                            "vhd", "chm", "gadget", "msc", "scf", "url", "appx", "msix", "xll",  "one"};
constexpr std::string_view kDocument[] = {"pdf", "doc",  "docx", "xls",  "xlsx", "ppt", "pptx", "txt", "rtf",
                                          "jpg", "jpeg", "png",  "gif",  "bmp",  "mp3", "mp4",  "avi", "zip",
                                          "rar", "csv",  "htm",  "html", "odt",  "eml", "xml"};
constexpr std::string_view kMacro[] = {"docm", "dotm", "xlsm", "xltm", "xlam", "xlsb",
                                       "pptm", "potm", "ppam", "ppsm", "sldm"};

template <std::size_t N>
bool is_one_of(const std::string_view (&list)[N], std::string_view word) {
  return std::any_of(std::begin(list), std::end(list),
                     [&](std::string_view entry) { return mime::equals_ignoring_case(entry, word); });
}

// Windows drops blanks and dots at the end of a name.
std::string_view without_end(std::string_view name) {
  while (!name.empty() && (name.back() == '.' || mime::is_space(name.back()))) name.remove_suffix(1);
  return name;
}

// Takes the last extension off `name`; empty when there is none.
std::string_view take_extension(std::string_view& name) {
  name = without_end(name);
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) return {};
  const std::string_view extension = mime::trim(name.substr(dot + 1));
  name = without_end(name.substr(0, dot));
  return extension;
}

}  // namespace

bool has_bidi_controls(std::string_view name) {
  while (!name.empty()) {
    const mime::CodePoint c = mime::first_code_point(name);
    if ((c.value >= 0x202A && c.value <= 0x202E) || (c.value >= 0x2066 && c.value <= 0x2069)) return true;
    name.remove_prefix(c.bytes);
  }
  return false;
}

bool has_executable_extension(std::string_view name) { return is_one_of(kExecutable, take_extension(name)); }

bool has_double_extension(std::string_view name) {
  if (!is_one_of(kExecutable, take_extension(name))) return false;
  return is_one_of(kDocument, take_extension(name));
}

bool has_macro_extension(std::string_view name) { return is_one_of(kMacro, take_extension(name)); }

}  // namespace haulier::extract_attachments
