#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace haulier::imap {

/// Where a line of a response ends in a literal whose bytes were handed out instead of kept: offset of the first byte
/// behind the line's CRLF, and the length announced.
struct StreamedLiteral {
  std::size_t offset;
  std::uint64_t size;
};

/// Cuts a stream of bytes into responses and literals (RFC 9051 section 2.2.2, 4.3). Incremental: each byte is looked
/// at once, by memchr. The text of a response is kept until it is complete; the bytes of a literal that is streamed are
/// views of the input. Owned and used by one Session.
class Framer {
 public:
  struct Limits {
    /// One response without its streamed literals. A SEARCH of two million messages fits.
    std::size_t response_bytes = std::size_t{16} << 20;
    /// A literal kept in the response: a mailbox name, a string.
    std::uint64_t kept_literal_bytes = std::uint64_t{64} << 10;
    /// A literal handed out: a message.
    std::uint64_t streamed_literal_bytes = std::uint64_t{1} << 30;
  };

  enum class Kind {
    kNeedInput,     ///< the input is used up
    kLiteralBegin,  ///< `size` bytes follow; call stream_literal() to get them, else they are kept in the response
    kLiteralData,   ///< `data` is a view of the input
    kLiteralEnd,
    kResponse,  ///< `data` is the whole response without its last CRLF, valid until the next call
    kError      ///< a limit or the grammar is broken; `data` says which; nothing more comes
  };
  struct Item {
    Kind kind;
    std::string_view data;
    std::uint64_t size = 0;
  };

  Framer() = default;
  explicit Framer(Limits limits) : limits_(limits) {}

  /// Borrows `input` until next() says kNeedInput. Only then may it be called again.
  void feed(std::string_view input) { input_ = input; }
  [[nodiscard]] Item next();

  /// Takes the bytes that no item has covered: behind the answer to COMPRESS they are in another form.
  [[nodiscard]] std::string take_unread_input() { return std::string(std::exchange(input_, {})); }

  /// Right after kLiteralBegin: the bytes come as kLiteralData and are not kept.
  void stream_literal();

  /// The response so far, up to and including the CRLF of its last complete line.
  [[nodiscard]] std::string_view text() const { return text_; }
  /// The literals of the current response that were handed out.
  [[nodiscard]] const std::vector<StreamedLiteral>& streamed() const { return streamed_; }
  /// True when bytes were fed that no item has covered yet: what must not be there after STARTTLS.
  [[nodiscard]] bool has_unread_input() const { return !input_.empty() || (!text_.empty() && mode_ != Mode::kDone); }

 private:
  enum class Mode { kLine, kDecide, kKeep, kStream, kStreamEnd, kDone, kFailed };

  [[nodiscard]] Item take_line();
  [[nodiscard]] Item end_of_line();
  [[nodiscard]] bool keep_literal();
  [[nodiscard]] Item fail(std::string_view reason);

  Limits limits_;
  std::string_view input_;
  std::string text_;
  std::size_t line_start_ = 0;
  std::vector<StreamedLiteral> streamed_;
  std::uint64_t literal_left_ = 0;
  std::string_view failure_;
  Mode mode_ = Mode::kLine;
  bool literals_allowed_ = true;
};

}  // namespace haulier::imap
