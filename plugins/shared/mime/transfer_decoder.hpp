#pragma once
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "mime/base64.hpp"
#include "mime/part.hpp"

namespace haulier::mime {

// Undoes a content transfer encoding piece by piece; never fails: damage is decoded as people's programs do it and
// remembered. One object decodes one body.
class TransferDecoder {
 public:
  static constexpr std::size_t kSlack = 1024;  // room that feed() needs beyond the size of its input

  explicit TransferDecoder(TransferEncoding encoding) : encoding_(encoding) {}

  // Decodes all of `in`; `out` has room for in.size() + kSlack bytes. Returns the bytes written.
  std::size_t feed(std::string_view in, char* out);
  std::size_t finish(char* out);  // the same room as for an empty input

  [[nodiscard]] const Base64Decoder& base64() const { return base64_; }
  [[nodiscard]] bool quoted_printable_invalid() const { return invalid_; }
  [[nodiscard]] bool uuencode_truncated() const {
    return uu_state_ != UuState::end && encoding_ == TransferEncoding::uuencode;
  }
  [[nodiscard]] bool yenc_truncated() const {
    return yenc_state_ != YencState::ended && encoding_ == TransferEncoding::yenc;
  }

 private:
  // Inside an escape: after '=', after '=' and one digit, after '=' and blanks, after '=' and CR.
  enum class Escape : unsigned char { none, begun, digit, blanks, cr };
  // Before =ybegin, at the beginning of a line, in it, after '=' there, in it after '=', in a control line, after
  // =yend.
  enum class YencState : unsigned char { before, line_begin, data, line_escape, escape, control, ended };
  enum class UuState : unsigned char { begin, data, end };

  std::size_t feed_quoted_printable(std::string_view in, char* out);
  std::size_t feed_yenc(std::string_view in, char* out);
  void end_yenc_control();
  std::size_t feed_uuencode(std::string_view in, char* out);
  std::size_t uuencoded_line(std::string_view line, char* out);
  std::size_t broken_escape(char* out);
  std::size_t escaped(char c, char* out);
  std::size_t literal_run(std::string_view run, char next, char* out);
  std::size_t write_blanks(char* out);

  TransferEncoding encoding_;
  Base64Decoder base64_;
  char blanks_[kSlack / 2];  // blanks that may turn out to be trailing
  std::size_t blank_count_ = 0;
  Escape escape_ = Escape::none;
  char first_digit_ = 0;
  bool invalid_ = false;
  UuState uu_state_ = UuState::begin;
  YencState yenc_state_ = YencState::before;
  std::string uu_line_;  // an incomplete line, or a control line of yEnc; at most 256 bytes
};

// Decodes `body` in blocks of at most 64 KiB and hands each to `sink`, until it returns false. Identity encodings
// are handed on without a copy. `buffer` is scratch memory that the caller keeps.
using Sink = std::function<bool(std::string_view decoded)>;
void decode_body(std::string_view body, TransferDecoder& decoder, TransferEncoding encoding, std::string& buffer,
                 const Sink& sink);

}  // namespace haulier::mime
