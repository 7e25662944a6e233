#pragma once
#include <array>
#include <cstddef>
#include <string_view>

namespace haulier::mime {

// What a tag means for the text.
enum class TagKind : unsigned char {
  inline_text,  // no effect
  line,         // begins and ends a line
  paragraph,    // with an empty line around it
  line_break,
  ruler,
  cell,
  list,
  ordered_list,
  item,
  quote,
  preformatted,
  link,
  image,
  raw,      // content is no text and no markup: script, style
  dropped,  // content is markup that is not shown
};

// One tag of HTML: `<name attributes>` or `</name>`.
struct HtmlTag {
  std::array<char, 16> name_bytes{};
  std::size_t name_size = 0;
  TagKind kind = TagKind::inline_text;
  bool closing = false;
  bool hidden = false;   // its element is not shown
  bool is_void = false;  // has no content
  std::string_view href;
  std::string_view alt;

  [[nodiscard]] std::string_view name() const { return {name_bytes.data(), name_size}; }
};

// Reads the tags of one text. No byte is read twice but for one missing quote of each kind at the end of the text.
class HtmlTagReader {
 public:
  explicit HtmlTagReader(std::string_view html) : html_(html) {}
  // `at` stands on a '<' that is followed by a letter or by '/' and a letter. Returns the position behind the '>', or
  // npos when the tag never ends.
  std::size_t read(std::size_t at, HtmlTag& tag) const;

 private:
  std::size_t read_name(std::size_t at, HtmlTag& tag) const;
  std::size_t read_value(std::size_t at, std::string_view& value) const;

  std::string_view html_;
};

}  // namespace haulier::mime
