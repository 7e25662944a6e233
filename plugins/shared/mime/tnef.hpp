#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace haulier::mime {

// What a winmail.dat holds (MS-OXTNEF): attachments and, sometimes, the message's body. Contents are views of the
// input; nothing is copied but the properties' texts. Reads every offset against the end, so damage only ends the
// list. Bounds: 500 attachments, 4,096 properties each; a message in a message stays one opaque child.
struct Tnef {
  struct Child {
    std::string name_bytes;  // the best name there is, in `name_charset`
    bool name_is_utf16 = false;
    std::string_view media_type;  // as written, ASCII
    std::string_view content_id;
    std::string_view content;
  };
  std::string charset;  // label of 8-bit texts, e.g. windows-1252
  std::string_view text;
  bool text_is_utf16 = false;
  std::string_view html;
  std::vector<Child> children;
  bool damaged = false;  // ended before its end
};

// False when `bytes` is no TNEF at all.
bool read_tnef(std::string_view bytes, Tnef& out);

}  // namespace haulier::mime
