#include "flags_json.hpp"

#include <algorithm>

#include "haulier/json.hpp"
#include "plain_text.hpp"

namespace haulier::imap {

std::string flags_json(std::string_view canonical) {
  std::string out = "[";
  for (std::size_t at = 0; at < canonical.size();) {
    const auto end = std::min(canonical.find(' ', at), canonical.size());
    if (end > at) {
      if (out.size() > 1) out += ',';
      append_json_string(out, plain_text(canonical.substr(at, end - at)));
    }
    at = end + 1;
  }
  return out += ']';
}

}  // namespace haulier::imap
