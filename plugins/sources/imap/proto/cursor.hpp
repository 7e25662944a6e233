#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "proto/framer.hpp"

namespace haulier::imap {

/// nstring of a response as views of it: nothing is copied before it is asked for.
struct ImapString {
  enum class Form { kNil, kPlain, kEscaped, kStreamed };
  Form form = Form::kNil;
  std::string_view raw;    ///< between the quotes, or the bytes of the literal or atom
  std::uint64_t size = 0;  ///< bytes; of a streamed literal as announced

  [[nodiscard]] bool nil() const { return form == Form::kNil; }
  /// The value. A backslash before anything but `"` and `\` is kept: QQ sends such ones.
  [[nodiscard]] std::string text() const;
};

/// Reads the tokens of one framed response from left to right. Borrows the text; cheap to copy, so a caller can try
/// and go back. Never recursive: nesting is counted, up to kMaxNesting.
class Cursor {
 public:
  static constexpr std::size_t kMaxNesting = 64;

  explicit Cursor(std::string_view text, std::span<const StreamedLiteral> streamed = {})
      : text_(text), streamed_(streamed) {}

  [[nodiscard]] bool at_end() const { return at_ >= text_.size(); }
  [[nodiscard]] char peek() const { return at_end() ? '\0' : text_[at_]; }
  [[nodiscard]] std::string_view rest() const { return text_.substr(at_); }

  bool take(char c);
  /// One or more spaces: servers send two now and then.
  bool take_spaces();
  /// Case-insensitive; `upper` in capitals. Leaves the cursor when it does not match.
  bool take_word(std::string_view upper);

  /// Characters up to SP, a parenthesis, a quote or the end; may be empty.
  [[nodiscard]] std::string_view atom();
  /// An atom where `[` ... `]` and `<` ... `>` belong to the name: BODY[HEADER.FIELDS (A B)]<0>.
  [[nodiscard]] std::string_view item_name();
  [[nodiscard]] std::optional<std::uint64_t> number();
  /// astring / nstring: quoted, literal, NIL or atom.
  [[nodiscard]] std::optional<ImapString> string();
  /// The inside of a balanced `( ... )`, for a list whose elements are wanted later.
  [[nodiscard]] std::optional<std::string_view> list_inside();
  /// Any one value: atom, string or nested list. False: unbalanced, or nested deeper than kMaxNesting.
  [[nodiscard]] bool skip_value();

 private:
  [[nodiscard]] std::optional<ImapString> quoted();
  [[nodiscard]] std::optional<ImapString> literal();

  std::string_view text_;
  std::span<const StreamedLiteral> streamed_;
  std::size_t at_ = 0;
};

[[nodiscard]] bool equals_word(std::string_view text, std::string_view upper);

}  // namespace haulier::imap
