#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "mime/charset_labels.hpp"

struct uchardet;

namespace haulier::mime {

// Guesses the encoding of bytes that have no usable label. Owned by one Charsets; keeps uchardet's tables, which cost
// more to make than a short text to look at.
class CharsetDetector {
 public:
  // kUnknownCharset when nothing can be said. The bytes are known not to be UTF-8. Reads at most 16 KiB.
  [[nodiscard]] const Charset& detect(std::string_view bytes);

 private:
  const Charset& ask_uchardet(std::string_view sample);

  struct Free {
    void operator()(uchardet* detector) const;
  };
  std::unique_ptr<uchardet, Free> detector_;
  std::string condensed_;
};

// Escape sequences of ISO-2022-JP (RFC 1468) in what claims to be ASCII.
[[nodiscard]] bool looks_like_iso_2022_jp(std::string_view ascii);

}  // namespace haulier::mime
