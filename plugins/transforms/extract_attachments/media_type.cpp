#include "media_type.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>

#include "mime/ascii.hpp"

namespace haulier::extract_attachments {

namespace {

using namespace std::string_view_literals;

struct Signature {
  std::size_t offset;
  std::string_view bytes;
  std::string_view media_type;
};

// The first that fits wins, so longer ones stand before shorter ones.
constexpr Signature kSignatures[] = {{0, "%PDF-"sv, "application/pdf"},
                                     {0, "\x89PNG\r\n\x1A\n"sv, "image/png"},
                                     {0, "\xFF\xD8\xFF"sv, "image/jpeg"},
                                     {0, "GIF87a"sv, "image/gif"},
                                     {0, "GIF89a"sv, "image/gif"},
                                     {8, "WEBP"sv, "image/webp"},
                                     {8, "WAVEfmt"sv, "audio/wav"},
                                     {8, "AVI LIST"sv, "video/x-msvideo"},
                                     {0, "II*\0"sv, "image/tiff"},
                                     {0, "MM\0*"sv, "image/tiff"},
                                     {0, "\0\0\1\0"sv, "image/x-icon"},
                                     {0, "8BPS"sv, "image/vnd.adobe.photoshop"},
                                     {4, "ftypheic"sv, "image/heic"},
                                     {4, "ftypheix"sv, "image/heic"},
                                     {4, "ftypmif1"sv, "image/heif"},
                                     {4, "ftypavif"sv, "image/avif"},
                                     {4, "ftypqt  "sv, "video/quicktime"},
                                     {4, "ftypM4A"sv, "audio/mp4"},
                                     {4, "ftyp"sv, "video/mp4"},
                                     {4, "moov"sv, "video/quicktime"},
                                     {0, "\x1A\x45\xDF\xA3"sv, "video/x-matroska"},
                                     {0, "FLV\1"sv, "video/x-flv"},
                                     {0, "\0\0\1\xBA"sv, "video/mpeg"},
                                     {0, "OggS"sv, "application/ogg"},
                                     {0, "fLaC"sv, "audio/flac"},
                                     {0, "ID3"sv, "audio/mpeg"},
                                     {0, "#!AMR"sv, "audio/amr"},
                                     {0, "MThd"sv, "audio/midi"},
                                     {0, "PK\3\4"sv, "application/zip"},
                                     {0, "PK\5\6"sv, "application/zip"},
                                     {0, "Rar!\x1A\7"sv, "application/vnd.rar"},
                                     {0, "7z\xBC\xAF\x27\x1C"sv, "application/x-7z-compressed"},
                                     {0, "\x1F\x8B\x08"sv, "application/gzip"},
                                     {0, "BZh"sv, "application/x-bzip2"},
                                     {0,
                                      "\xFD"
                                      "7zXZ\0"sv,
                                      "application/x-xz"},
                                     {0, "\x28\xB5\x2F\xFD"sv, "application/zstd"},
                                     {257, "ustar"sv, "application/x-tar"},
                                     {0, "MSCF\0\0\0\0"sv, "application/vnd.ms-cab-compressed"},
                                     {0, "\x60\xEA"sv, "application/x-arj"},
                                     {2, "-lh5-"sv, "application/x-lzh"},
                                     {0x8001, "CD001"sv, "application/x-iso9660-image"},
                                     {0, "xar!"sv, "application/x-xar"},
                                     {0, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"sv, "application/x-ole-storage"},
                                     {0, "{\\rtf"sv, "application/rtf"},
                                     {0, "\x78\x9F\x3E\x22"sv, "application/ms-tnef"},
                                     {0, "%!PS"sv, "application/postscript"},
                                     {0, "AT&TFORM"sv, "image/vnd.djvu"},
                                     {0, "!BDN"sv, "application/vnd.ms-outlook"},
                                     {0, "\x4C\0\0\0\1\x14\2\0"sv, "application/x-ms-shortcut"},
                                     {0, "MZ"sv, "application/x-msdownload"},
                                     {0,
                                      "\x7F"
                                      "ELF"sv,
                                      "application/x-elf"},
                                     {0, "\xFE\xED\xFA\xCE"sv, "application/x-mach-binary"},
                                     {0, "\xFE\xED\xFA\xCF"sv, "application/x-mach-binary"},
                                     {0, "\xCF\xFA\xED\xFE"sv, "application/x-mach-binary"},
                                     {0, "\xCA\xFE\xBA\xBE"sv, "application/java-vm"},
                                     {0, "dex\n"sv, "application/x-dex"},
                                     {0, "#!"sv, "text/x-shellscript"},
                                     {0, "CWS"sv, "application/x-shockwave-flash"},
                                     {0, "FWS"sv, "application/x-shockwave-flash"},
                                     {0, "SQLite format 3\0"sv, "application/vnd.sqlite3"},
                                     {0, "wOFF"sv, "font/woff"},
                                     {0, "wOF2"sv, "font/woff2"},
                                     {0, "BEGIN:VCALENDAR"sv, "text/calendar"},
                                     {0, "BEGIN:VCARD"sv, "text/vcard"},
                                     {0, "-----BEGIN PGP"sv, "application/pgp"},
                                     {0, "<?xml"sv, "application/xml"},
                                     {0, "BM"sv, "image/bmp"}};

// Formats that are zip files: a name that stands near the beginning tells which.
constexpr Signature kZipFormats[] = {
    {0, "mimetypeapplication/epub+zip"sv, "application/epub+zip"},
    {0, "mimetypeapplication/vnd.oasis.opendocument.text"sv, "application/vnd.oasis.opendocument.text"},
    {0, "mimetypeapplication/vnd.oasis.opendocument.spreadsheet"sv, "application/vnd.oasis.opendocument.spreadsheet"},
    {0, "mimetypeapplication/vnd.oasis.opendocument.presentation"sv, "application/vnd.oasis.opendocument.presentation"},
    {0, "word/"sv, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
    {0, "xl/"sv, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
    {0, "ppt/"sv, "application/vnd.openxmlformats-officedocument.presentationml.presentation"},
    {0, "AndroidManifest.xml"sv, "application/vnd.android.package-archive"},
    {0, "META-INF/MANIFEST.MF"sv, "application/java-archive"}};

struct Alias {
  std::string_view name;
  std::string_view canonical;
};
constexpr Alias kAliases[] = {{"image/jpg", "image/jpeg"},
                              {"image/pjpeg", "image/jpeg"},
                              {"image/x-png", "image/png"},
                              {"image/x-ms-bmp", "image/bmp"},
                              {"image/x-bmp", "image/bmp"},
                              {"image/vnd.microsoft.icon", "image/x-icon"},
                              {"image/heif", "image/heic"},
                              {"audio/mp3", "audio/mpeg"},
                              {"audio/x-wav", "audio/wav"},
                              {"audio/wave", "audio/wav"},
                              {"audio/ogg", "application/ogg"},
                              {"video/ogg", "application/ogg"},
                              {"audio/m4a", "audio/mp4"},
                              {"audio/x-m4a", "audio/mp4"},
                              {"video/webm", "video/x-matroska"},
                              {"application/x-pdf", "application/pdf"},
                              {"application/x-zip-compressed", "application/zip"},
                              {"application/x-zip", "application/zip"},
                              {"application/x-gzip", "application/gzip"},
                              {"application/x-rar-compressed", "application/vnd.rar"},
                              {"application/x-rar", "application/vnd.rar"},
                              {"application/x-compressed-tar", "application/gzip"},
                              {"application/x-dosexec", "application/x-msdownload"},
                              {"application/exe", "application/x-msdownload"},
                              {"application/vnd.ms-tnef", "application/ms-tnef"},
                              {"application/pgp-encrypted", "application/pgp"},
                              {"application/pgp-signature", "application/pgp"},
                              {"application/pgp-keys", "application/pgp"},
                              {"application/x-ics", "text/calendar"},
                              {"application/ics", "text/calendar"},
                              {"text/x-vcard", "text/vcard"},
                              {"text/rtf", "application/rtf"},
                              {"text/xml", "application/xml"}};

std::string_view canonical(std::string_view type) {
  const auto* found =
      std::find_if(std::begin(kAliases), std::end(kAliases), [&](const Alias& a) { return a.name == type; });
  return found == std::end(kAliases) ? type : found->canonical;
}

std::string_view sniff_text(std::string_view head) {
  while (!head.empty() && (mime::is_space(head.front()) || static_cast<unsigned char>(head.front()) >= 0xEF)) {
    head.remove_prefix(1);
  }
  for (const std::string_view tag : {"<!doctype html"sv, "<html"sv, "<head"sv, "<body"sv}) {
    if (mime::starts_with_ignoring_case(head, tag)) return "text/html";
  }
  if (mime::starts_with_ignoring_case(head, "<svg")) return "image/svg+xml";
  return {};
}

bool is_kept_in_zip(std::string_view type) {
  return type.find("openxmlformats") != std::string_view::npos || type.find("opendocument") != std::string_view::npos ||
         type.find("macroenabled") != std::string_view::npos || type.ends_with("+zip") ||
         type == "application/java-archive" || type == "application/vnd.android.package-archive" ||
         type.starts_with("application/vnd.ms-") || type.starts_with("application/vnd.apple.");
}

bool is_kept_in_ole(std::string_view type) {
  return type == "application/msword" || type.starts_with("application/vnd.ms-") || type == "application/excel" ||
         type == "application/x-msexcel" || type == "application/mspowerpoint" || type == "application/x-msi" ||
         type.find("openxmlformats") != std::string_view::npos || type == "application/vnd.visio";
}

}  // namespace

std::string_view sniff_media_type(std::string_view head) {
  for (const Signature& signature : kSignatures) {
    if (head.size() < signature.offset + signature.bytes.size()) continue;
    // A look at the first byte spares most of them the comparison.
    if (head[signature.offset] != signature.bytes[0]) continue;
    if (head.substr(signature.offset, signature.bytes.size()) != signature.bytes) continue;
    if (signature.media_type == "application/zip") {
      for (const Signature& format : kZipFormats) {
        if (head.substr(0, 4096).find(format.bytes) != std::string_view::npos) return format.media_type;
      }
    }
    if (signature.media_type == "application/xml") {
      const std::string_view start = head.substr(0, 1024);
      if (start.find("<svg") != std::string_view::npos) return "image/svg+xml";
      if (start.find("<html") != std::string_view::npos) return "text/html";
    }
    return signature.media_type;
  }
  return sniff_text(head.substr(0, 256));
}

bool contradicts(std::string_view declared, std::string_view sniffed) {
  if (sniffed.empty() || declared.empty()) return false;
  const std::string_view a = canonical(declared);
  const std::string_view b = canonical(sniffed);
  if (a == b || a == "application/octet-stream" || a == "application/binary" || a == "application/x-download")
    return false;
  if (b == "application/zip" || is_kept_in_zip(b))
    return a != "application/zip" && !(is_kept_in_zip(a) && b == "application/zip");
  if (b == "application/x-ole-storage") return !is_kept_in_ole(a);
  // XML and text formats have many names.
  if (b == "application/xml") return !(a.ends_with("xml") || a.starts_with("text/") || a == "application/xhtml+xml");
  if (b == "text/html") return a != "application/xhtml+xml" && a != "text/plain";
  if (b == "application/pgp") return !a.starts_with("text/");
  if (b == "text/x-shellscript") return !a.starts_with("text/") && a != "application/x-sh";
  // Messages and plain text may begin with anything.
  return !a.starts_with("message/") && !a.starts_with("multipart/") && !(a == "text/plain" && b.starts_with("text/"));
}

bool is_executable_type(std::string_view sniffed) {
  return sniffed == "application/x-msdownload" || sniffed == "application/x-elf" ||
         sniffed == "application/x-mach-binary" || sniffed == "application/java-vm" || sniffed == "application/x-dex" ||
         sniffed == "application/x-ms-shortcut" || sniffed == "text/x-shellscript" ||
         sniffed == "application/java-archive" || sniffed == "application/vnd.android.package-archive";
}

}  // namespace haulier::extract_attachments
