#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace haulier::extract_attachments {

// Looks at a content while it streams by: its first bytes for the media type, and marks of macros and encryption in
// archives and office files. Keeps 33 KiB at most, whatever the size of the content.
class ContentInspector {
 public:
  void begin();
  void feed(std::string_view window);

  [[nodiscard]] std::string_view media_type() const;  // sniffed; empty when unknown
  [[nodiscard]] bool has_macro() const { return macro_; }
  [[nodiscard]] bool is_encrypted_archive() const { return encrypted_; }

 private:
  enum class Container : unsigned char { unknown, none, zip, ole, rar };

  void decide();
  void search(std::string_view bytes);
  void search_zip(std::string_view bytes);

  std::string head_;
  std::string seam_;  // end of the last window and beginning of this one
  Container container_ = Container::unknown;
  bool macro_ = false;
  bool encrypted_ = false;
};

}  // namespace haulier::extract_attachments
