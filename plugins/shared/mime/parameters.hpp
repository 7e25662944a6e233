#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "mime/arena.hpp"
#include "mime/limits.hpp"

namespace haulier::mime {

// The parameters of a Content-Type or Content-Disposition value (RFC 2045 section 5.1, RFC 2231). Values are bytes:
// whoever asks knows what to do with the charset. Reads what people's programs write: unquoted blanks, stray quotes,
// Windows paths, missing semicolons.
class Parameters {
 public:
  struct Value {
    std::string_view bytes;
    std::string_view raw;      // as written: the first piece, without quotes
    std::string_view charset;  // RFC 2231 only
    bool found = false;
    bool extended = false;  // RFC 2231 syntax was used
  };

  // Returns the part before the first ';' (the media type or disposition), trimmed. `value` and `arena` outlive this.
  std::string_view parse(std::string_view value, Arena& arena, const Limits& limits);
  [[nodiscard]] Value find(std::string_view name) const;
  [[nodiscard]] bool truncated() const { return truncated_; }
  void clear();

 private:
  struct Item {
    std::string_view name;  // without section and asterisk
    std::string_view value;
    std::int32_t section;  // -1 when there is none
    bool extended;
  };

  void add(std::string_view name, std::string_view value, const Limits& limits);
  [[nodiscard]] std::string_view quoted(std::string_view value, std::size_t& at);
  [[nodiscard]] Value joined(std::string_view name) const;

  std::vector<Item> items_;
  Arena* arena_ = nullptr;
  std::uint32_t max_segments_ = 0;
  bool truncated_ = false;
};

}  // namespace haulier::mime
