#pragma once
#include <string_view>

namespace haulier::mime {

// The subject without reply, forward and list tags (RFC 5256 section 2.1, with the tags of other languages). The view
// points into `subject`, which is decoded UTF-8.
struct BaseSubject {
  std::string_view base;
  bool is_reply = false;
  bool is_forward = false;
};
[[nodiscard]] BaseSubject base_subject(std::string_view subject);

}  // namespace haulier::mime
