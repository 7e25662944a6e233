#include "mime/transfer_decoder.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "mime/ascii.hpp"
#include "mime/byte_scan.hpp"

namespace haulier::mime {

namespace {

constexpr std::size_t kBlock = 64u << 10;
constexpr std::size_t kMaxUuLine = 256;

constexpr std::array<std::int8_t, 256> make_hex_values() {
  std::array<std::int8_t, 256> values{};
  for (std::size_t i = 0; i < 256; ++i) values[i] = static_cast<std::int8_t>(hex_value(static_cast<char>(i)));
  return values;
}
constexpr auto kHex = make_hex_values();

// The byte of the two hex digits at `digits`; negative when they are none.
int escaped_byte(const char* digits) {
  const int high = kHex[static_cast<unsigned char>(digits[0])];
  const int low = kHex[static_cast<unsigned char>(digits[1])];
  return (high | low) < 0 ? -1 : high * 16 + low;
}

bool is_blank(char c) { return c == ' ' || c == '\t'; }

}  // namespace

std::size_t TransferDecoder::feed(std::string_view in, char* out) {
  switch (encoding_) {
    case TransferEncoding::base64:
      return base64_.feed(in, out);
    case TransferEncoding::quoted_printable:
      return feed_quoted_printable(in, out);
    case TransferEncoding::uuencode:
      return feed_uuencode(in, out);
    case TransferEncoding::yenc:
      return feed_yenc(in, out);
    default:
      return in.copy(out, in.size());
  }
}

std::size_t TransferDecoder::finish(char* out) {
  switch (encoding_) {
    case TransferEncoding::base64:
      return base64_.finish(out);
    case TransferEncoding::quoted_printable:
      blank_count_ = 0;
      return escape_ == Escape::digit ? broken_escape(out) : 0;  // a lone '=' at the end is a soft line break
    case TransferEncoding::uuencode:
      return uu_line_.empty() ? 0 : uuencoded_line(uu_line_, out);
    case TransferEncoding::yenc:
      end_yenc_control();
      return 0;
    default:
      return 0;
  }
}

std::size_t TransferDecoder::write_blanks(char* out) {
  const std::size_t size = blank_count_;
  if (size != 0) std::memcpy(out, blanks_, size);
  blank_count_ = 0;
  return size;
}

// The escape turned out to be none: it stands for itself.
std::size_t TransferDecoder::broken_escape(char* out) {
  invalid_ = true;
  std::size_t size = 0;
  out[size++] = '=';
  if (escape_ == Escape::digit) out[size++] = first_digit_;
  if (escape_ == Escape::blanks) out[size++] = ' ';
  escape_ = Escape::none;
  return size;
}

// One byte after an '='. RFC 2045 section 6.7: two hex digits, or blanks and a line end (soft line break).
std::size_t TransferDecoder::escaped(char c, char* out) {
  const bool soft = escape_ == Escape::begun || escape_ == Escape::blanks;
  if (soft && (c == ' ' || c == '\t')) {
    escape_ = Escape::blanks;
  } else if (soft && c == '\r') {
    escape_ = Escape::cr;
  } else if (c == '\n' && escape_ != Escape::digit) {
    escape_ = Escape::none;
  } else if (escape_ == Escape::begun && hex_value(c) >= 0) {
    escape_ = Escape::digit;
    first_digit_ = c;
  } else if (escape_ == Escape::digit && hex_value(c) >= 0) {
    *out = static_cast<char>(hex_value(first_digit_) * 16 + hex_value(c));
    escape_ = Escape::none;
    return 1;
  } else {
    const bool lone_cr = escape_ == Escape::cr;  // a line end of CR alone
    escape_ = lone_cr ? Escape::none : escape_;
    const std::size_t size = lone_cr ? 0 : broken_escape(out);
    return size + feed_quoted_printable({&c, 1}, out + size);
  }
  return 0;
}

// Text up to the next '=' or line end. Blanks at a line's end were added in transport and go; those at the end of `in`
// wait for what follows.
std::size_t TransferDecoder::literal_run(std::string_view run, char next, char* out) {
  std::size_t size = run.size();
  if (next != '=') {
    while (size > 0 && is_blank(run[size - 1])) --size;
  }
  char* to = out;
  if (size != 0 || next == '=') to += write_blanks(to);
  if (size != 0) std::memcpy(to, run.data(), size);
  to += size;
  if (next != '\0') {
    blank_count_ = 0;
    return static_cast<std::size_t>(to - out);
  }
  for (; size < run.size(); ++size) {
    if (blank_count_ == sizeof blanks_) to += write_blanks(to);
    blanks_[blank_count_++] = run[size];
  }
  return static_cast<std::size_t>(to - out);
}

std::size_t TransferDecoder::feed_quoted_printable(std::string_view in, char* out) {
  char* to = out;
  std::size_t at = 0;
  while (at < in.size()) {
    if (escape_ != Escape::none) {
      to += escaped(in[at], to);
      ++at;
      continue;
    }
    const std::size_t begin = at;
    at = copy_until_escape_or_line_end(in, at, to);
    const char next = at < in.size() ? in[at] : '\0';
    const std::string_view run = in.substr(begin, at - begin);
    if (next != '\0' && blank_count_ == 0 && (next == '=' || run.empty() || !is_blank(run.back()))) {
      to += run.size();  // the common case: nothing waits and nothing is cut
    } else {
      to += literal_run(run, next, to);
    }
    if (next == '\0') break;
    if (next == '\r' && at + 1 < in.size() && in[at + 1] == '\n') {
      *to++ = '\r';
      *to++ = '\n';
      at += 2;
      continue;
    }
    if (next != '=') {
      *to++ = next;
      ++at;
      continue;
    }
    // Runs of escapes, as every text without Latin letters has them.
    int byte = 0;
    while (at + 2 < in.size() && in[at] == '=' && (byte = escaped_byte(in.data() + at + 1)) >= 0) {
      *to++ = static_cast<char>(byte);
      at += 3;
    }
    if (at == in.size() || in[at] != '=') continue;
    if (in.substr(at + 1).starts_with("\r\n")) {
      at += 3;
    } else {
      escape_ = Escape::begun;
      ++at;
    }
  }
  return static_cast<std::size_t>(to - out);
}

// A data line: its first character is the count of bytes, each four characters after it hold three.
std::size_t TransferDecoder::uuencoded_line(std::string_view line, char* out) {
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
  if (uu_state_ == UuState::end) return 0;
  if (uu_state_ == UuState::begin) {
    if (line.starts_with("begin ")) uu_state_ = UuState::data;
    return 0;
  }
  if (line == "end") {
    uu_state_ = UuState::end;
    return 0;
  }
  if (line.empty()) return 0;
  const auto value = [](char c) { return static_cast<unsigned>(c - ' ') & 0x3F; };
  const std::size_t count = value(line[0]);
  std::size_t size = 0;
  for (std::size_t i = 1; size < count && i < line.size(); i += 4) {
    const auto at = [&](std::size_t k) { return i + k < line.size() ? value(line[i + k]) : 0u; };
    const unsigned group = at(0) << 18 | at(1) << 12 | at(2) << 6 | at(3);
    for (int shift = 16; shift >= 0 && size < count; shift -= 8) out[size++] = static_cast<char>(group >> shift);
  }
  return size;
}

std::size_t TransferDecoder::feed_uuencode(std::string_view in, char* out) {
  char* to = out;
  while (!in.empty()) {
    const std::size_t found = in.find('\n');
    const std::size_t size = found == std::string_view::npos ? in.size() : found + 1;
    if (uu_line_.empty() && found != std::string_view::npos) {
      to += uuencoded_line(in.substr(0, std::min(size, kMaxUuLine)), to);
    } else {
      uu_line_.append(in.substr(0, std::min(size, kMaxUuLine - std::min(kMaxUuLine, uu_line_.size()))));
      if (found != std::string_view::npos) {
        to += uuencoded_line(uu_line_, to);
        uu_line_.clear();
      }
    }
    in.remove_prefix(size);
  }
  return static_cast<std::size_t>(to - out);
}

// A control line is whole.
void TransferDecoder::end_yenc_control() {
  if (std::string_view(uu_line_).starts_with("=yend"))
    yenc_state_ = YencState::ended;
  else if (yenc_state_ == YencState::control || std::string_view(uu_line_).starts_with("=ybegin "))
    yenc_state_ = YencState::line_begin;
  uu_line_.clear();
}

// Each byte plus 42, critical ones behind '=' plus 64 more; lines that begin with "=y" are control lines.
std::size_t TransferDecoder::feed_yenc(std::string_view in, char* out) {
  char* to = out;
  for (const char c : in) {
    if (yenc_state_ == YencState::ended) break;
    const bool line_end = c == '\r' || c == '\n';
    switch (yenc_state_) {
      case YencState::before:
      case YencState::control:
        if (line_end)
          end_yenc_control();
        else if (uu_line_.size() < kMaxUuLine)
          uu_line_.push_back(c);
        break;
      case YencState::line_escape:
        if (c == 'y') {
          uu_line_ = "=y";
          yenc_state_ = YencState::control;
          break;
        }
        [[fallthrough]];
      case YencState::escape:
        if (!line_end) *to++ = static_cast<char>(static_cast<unsigned char>(c) - 64 - 42);
        yenc_state_ = line_end ? YencState::line_begin : YencState::data;
        break;
      default:
        if (line_end) {
          yenc_state_ = YencState::line_begin;
        } else if (c == '=') {
          yenc_state_ = yenc_state_ == YencState::line_begin ? YencState::line_escape : YencState::escape;
        } else {
          *to++ = static_cast<char>(static_cast<unsigned char>(c) - 42);
          yenc_state_ = YencState::data;
        }
    }
  }
  return static_cast<std::size_t>(to - out);
}

void decode_body(std::string_view body, TransferDecoder& decoder, TransferEncoding encoding, std::string& buffer,
                 const Sink& sink) {
  if (is_identity(encoding)) {
    for (; !body.empty(); body.remove_prefix(std::min(kBlock, body.size()))) {
      if (!sink(body.substr(0, kBlock))) return;
    }
    return;
  }
  if (buffer.size() < kBlock + TransferDecoder::kSlack) buffer.resize(kBlock + TransferDecoder::kSlack);
  for (; !body.empty(); body.remove_prefix(std::min(kBlock, body.size()))) {
    const std::size_t size = decoder.feed(body.substr(0, kBlock), buffer.data());
    if (size != 0 && !sink({buffer.data(), size})) return;
  }
  const std::size_t size = decoder.finish(buffer.data());
  if (size != 0) sink({buffer.data(), size});
}

}  // namespace haulier::mime
