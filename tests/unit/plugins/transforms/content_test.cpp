#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "extract_attachments/content_inspector.hpp"
#include "extract_attachments/danger.hpp"
#include "extract_attachments/media_type.hpp"

namespace content_test {
namespace data = boost::unit_test::data;
using namespace std::string_literals;
using haulier::extract_attachments::ContentInspector;
using haulier::extract_attachments::contradicts;
using haulier::extract_attachments::sniff_media_type;

struct Sniff {
  const char* type;
  std::string head;
};
std::ostream& operator<<(std::ostream& out, const Sniff& s) { return out << s.type; }

const Sniff kSniffs[] = {
    {"application/pdf", "%PDF-1.7"},
    {"image/png", "\x89PNG\r\n\x1A\n...."},
    {"image/jpeg", "\xFF\xD8\xFF\xE0"},
    {"image/gif", "GIF89a"},
    {"image/webp", "RIFF....WEBPVP8 "},
    {"audio/wav", "RIFF....WAVEfmt "},
    {"video/mp4",
     "\0\0\0\x20"
     "ftypisom"s},
    {"image/heic",
     "\0\0\0\x20"
     "ftypheic"s},
    {"application/zip", "PK\3\4something"},
    {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "PK\3\4............word/document.xml"},
    {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "PK\3\4............xl/workbook.xml"},
    {"application/vnd.oasis.opendocument.text",
     "PK\3\4..........................mimetypeapplication/vnd.oasis.opendocument.textPK"},
    {"application/vnd.rar", "Rar!\x1A\7\1\0"s},
    {"application/x-7z-compressed", "7z\xBC\xAF\x27\x1C"},
    {"application/gzip", "\x1F\x8B\x08\0"s},
    {"application/x-tar", std::string(257, '\0') + "ustar"},
    {"application/x-ole-storage", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"},
    {"application/rtf", "{\\rtf1"},
    {"application/ms-tnef", "\x78\x9F\x3E\x22"},
    {"application/x-msdownload", "MZ\x90\0"s},
    {"application/x-elf",
     "\x7F"
     "ELF"},
    {"text/x-shellscript", "#!/bin/sh"},
    {"text/html", "  <!DOCTYPE HTML><html>"},
    {"application/xml", "<?xml version='1.0'?><a/>"},
    {"image/svg+xml", "<?xml version='1.0'?><svg/>"},
    {"text/calendar", "BEGIN:VCALENDAR"},
    {"", "just words"},
    {"", ""},
};

struct Pair {
  const char* declared;
  const char* sniffed;
  bool differ;
};
std::ostream& operator<<(std::ostream& out, const Pair& p) { return out << p.declared << " / " << p.sniffed; }

const Pair kPairs[] = {
    {"application/pdf", "application/pdf", false},
    {"image/jpg", "image/jpeg", false},
    {"application/x-zip-compressed", "application/zip", false},
    {"application/octet-stream", "application/x-msdownload", false},
    {"application/pdf", "application/x-msdownload", true},
    {"image/png", "image/jpeg", true},
    {"text/plain", "application/pdf", true},
    {"application/msword", "application/x-ole-storage", false},
    {"application/pdf", "application/x-ole-storage", true},
    {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "application/zip", false},
    {"application/zip", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", false},
    {"application/vnd.openxmlformats-officedocument.wordprocessingml.document",
     "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", true},
    {"application/rss+xml", "application/xml", false},
    {"image/png", "text/html", true},
    {"text/plain", "text/html", false},
    {"message/rfc822", "text/x-shellscript", true},
    {"application/pdf", "", false},
};

ContentInspector inspect(std::string_view bytes, std::size_t step) {
  ContentInspector inspector;
  inspector.begin();
  for (; !bytes.empty(); bytes.remove_prefix(std::min(step, bytes.size()))) inspector.feed(bytes.substr(0, step));
  return inspector;
}

std::string zip_entry(const std::string& name, bool encrypted) {
  return "PK\3\4\x14\0"s + (encrypted ? "\1\0"s : "\0\0"s) + std::string(18, '\0') +
         std::string(1, static_cast<char>(name.size())) + std::string(3, '\0') + name + std::string(200, 'z');
}
}  // namespace content_test

BOOST_AUTO_TEST_SUITE(attachment_content)

using namespace content_test;

BOOST_DATA_TEST_CASE(first_bytes_show_the_type, data::make(kSniffs), row) {
  BOOST_TEST(sniff_media_type(row.head) == row.type);
}

BOOST_DATA_TEST_CASE(only_real_differences_count, data::make(kPairs), row) {
  BOOST_TEST(contradicts(row.declared, row.sniffed) == row.differ);
}

BOOST_AUTO_TEST_CASE(marks_are_found_wherever_the_windows_are_cut) {
  const std::string macro = zip_entry("word/document.xml", false) + zip_entry("word/vbaProject.bin", false);
  const std::string locked = zip_entry("readme.txt", false) + zip_entry("secret.txt", true);
  const std::string plain = zip_entry("a.txt", false) + zip_entry("b.txt", false);
  std::string ole =
      "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"s + std::string(500, 'x') + "_\0V\0B\0A\0_\0P\0R\0O\0J\0E\0C\0T\0"s;
  for (const std::size_t step : {7u, 16u, 63u, 64u, 65u, 100u, 230u, 250u, 5000u}) {
    BOOST_TEST_CONTEXT("windows of " << step) {
      BOOST_TEST(inspect(macro, step).has_macro());
      BOOST_TEST(!inspect(macro, step).is_encrypted_archive());
      BOOST_TEST(inspect(locked, step).is_encrypted_archive());
      BOOST_TEST(!inspect(plain, step).is_encrypted_archive());
      BOOST_TEST(!inspect(plain, step).has_macro());
      BOOST_TEST(inspect(ole, step).has_macro());
    }
  }
}

BOOST_AUTO_TEST_CASE(encrypted_rar_and_office_files_are_found) {
  BOOST_TEST(inspect("Rar!\x1A\7\1\0crc.\x0D\4.............."s, 99).is_encrypted_archive());
  BOOST_TEST(!inspect("Rar!\x1A\7\1\0crc.\x0D\1.............."s, 99).is_encrypted_archive());
  BOOST_TEST(inspect("Rar!\x1A\7\0..\x73\x80\0............."s, 99).is_encrypted_archive());
  std::string office = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"s + std::string(100, 'x');
  for (const char c : "EncryptedPackage"s) office += std::string(1, c) + '\0';
  BOOST_TEST(inspect(office, 99).is_encrypted_archive());
}

BOOST_AUTO_TEST_CASE(names_tell_dangers) {
  namespace danger = haulier::extract_attachments;
  BOOST_TEST(danger::has_double_extension("invoice.pdf.exe"));
  BOOST_TEST(danger::has_double_extension("invoice.PDF .ScR. "));
  BOOST_TEST(!danger::has_double_extension("setup.1.2.exe"));
  BOOST_TEST(!danger::has_double_extension("archive.tar.gz"));
  BOOST_TEST(danger::has_executable_extension("a.js"));
  BOOST_TEST(!danger::has_executable_extension("a.json"));
  BOOST_TEST(!danger::has_executable_extension("exe"));
  BOOST_TEST(danger::has_macro_extension("a.docm"));
  BOOST_TEST(!danger::has_macro_extension("a.docx"));
  BOOST_TEST(danger::has_bidi_controls("a\u202Etxt.exe"));
  BOOST_TEST(!danger::has_bidi_controls("שלום.txt"));
}

BOOST_AUTO_TEST_SUITE_END()
