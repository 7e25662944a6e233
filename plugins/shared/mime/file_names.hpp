#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_set>

namespace haulier::mime {

inline constexpr std::size_t kMaxFileNameBytes = 180;

// Makes names for display and export out of what mails say: no path, no control or bidi characters, none of the
// characters and names that Windows refuses, NFC, at most kMaxFileNameBytes, unique within one mail. Still never to be
// used as a path: contents are stored by their hash.
class SafeFileNames {
 public:
  void clear() { taken_.clear(); }
  // `name` is valid UTF-8 and may be empty: then the name is made of the part's path and the type's extension.
  [[nodiscard]] std::string make(std::string_view name, std::string_view part_path, std::string_view media_type);

 private:
  std::unordered_set<std::string> taken_;  // lower case (ASCII)
};

// The usual extension of a media type, "bin" when there is none.
[[nodiscard]] std::string_view extension_of(std::string_view media_type);

}  // namespace haulier::mime
