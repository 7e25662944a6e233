#include "content_inspector.hpp"

#include <algorithm>

#include "media_type.hpp"

namespace haulier::extract_attachments {

namespace {

using namespace std::string_view_literals;

constexpr std::size_t kHead = 0x8001 + 5;  // the ISO 9660 signature lies there
constexpr std::size_t kSeam = 64;          // longer than every mark

// Names of streams in OLE files are UTF-16.
constexpr std::string_view kOleMacro = "_\0V\0B\0A\0_\0P\0R\0O\0J\0E\0C\0T\0"sv;
constexpr std::string_view kOleEncrypted = "E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0"sv;

}  // namespace

void ContentInspector::begin() {
  head_.clear();
  seam_.clear();
  container_ = Container::unknown;
  macro_ = encrypted_ = false;
}

void ContentInspector::decide() {
  const std::string_view head = head_;
  if (head.starts_with("PK\3\4"))
    container_ = Container::zip;
  else if (head.starts_with("\xD0\xCF\x11\xE0"))
    container_ = Container::ole;
  else if (head.starts_with("Rar!"))
    container_ = Container::rar;
  else
    container_ = Container::none;
  if (container_ != Container::rar) return;
  // RAR 5: header type 4 is the encryption header; RAR 4: flag 0x0080 of the archive header.
  if (head.starts_with("Rar!\x1A\7\1\0"sv))
    encrypted_ = head.size() > 13 && head[13] == 4;
  else
    encrypted_ = head.size() > 11 && (static_cast<unsigned char>(head[10]) & 0x80) != 0;
}

// Local file header: signature, 2 bytes version, 2 bytes flags; bit 0 of the flags says that the file is encrypted.
void ContentInspector::search_zip(std::string_view bytes) {
  for (std::size_t at = bytes.find("PK\3\4"); at != std::string_view::npos && !encrypted_;
       at = bytes.find("PK\3\4", at + 4)) {
    if (at + 6 < bytes.size() && (bytes[at + 6] & 1) != 0) encrypted_ = true;
  }
  if (bytes.find("vbaProject.bin") != std::string_view::npos) macro_ = true;
}

void ContentInspector::search(std::string_view bytes) {
  if (container_ == Container::zip) {
    search_zip(bytes);
  } else if (container_ == Container::ole) {
    if (bytes.find(kOleMacro) != std::string_view::npos) macro_ = true;
    if (bytes.find(kOleEncrypted) != std::string_view::npos) encrypted_ = true;
  }
}

void ContentInspector::feed(std::string_view window) {
  if (head_.size() < kHead) head_.append(window.substr(0, kHead - head_.size()));
  if (container_ == Container::unknown) {
    if (head_.size() < 16) return;  // a content that small holds nothing
    decide();
    if (window.size() < head_.size()) {
      // The first windows were smaller than the signature.
      search(head_);
      seam_.assign(head_, head_.size() - std::min(kSeam, head_.size()));
      return;
    }
  }
  if (container_ == Container::none || container_ == Container::rar) return;
  seam_.append(window.substr(0, kSeam));
  search(seam_);
  search(window);
  if (window.size() >= kSeam)
    seam_.assign(window.substr(window.size() - kSeam));
  else
    seam_.erase(0, seam_.size() - std::min(kSeam, seam_.size()));
}

std::string_view ContentInspector::media_type() const { return sniff_media_type(head_); }

}  // namespace haulier::extract_attachments
