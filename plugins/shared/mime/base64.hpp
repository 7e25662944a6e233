#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace haulier::mime {

// Base64 as mail has it (RFC 2045 section 6.8): any line length, foreign bytes skipped, padding anywhere, several
// padded pieces in a row. Fed in pieces of any size.
class Base64Decoder {
 public:
  // Decodes all of `in`; `out` has room for in.size() + 8 bytes. Returns the bytes written.
  std::size_t feed(std::string_view in, char* out);
  // Ends the text: writes at most 2 bytes.
  std::size_t finish(char* out);

  [[nodiscard]] bool dirty() const { return dirty_; }                  // bytes outside the alphabet were skipped
  [[nodiscard]] bool after_padding() const { return after_padding_; }  // data behind the padding
  [[nodiscard]] bool truncated() const { return truncated_; }          // the last group is incomplete

 private:
  std::size_t feed_byte(unsigned char byte, char* out);
  std::size_t flush(char* out);

  std::uint32_t bits_ = 0;
  int pending_ = 0;  // sextets in bits_
  bool padded_ = false;
  bool skip_line_ = false;
  bool dirty_ = false;
  bool after_padding_ = false;
  bool truncated_ = false;
};

namespace base64_kernel {

// Decodes whole groups of 4 valid characters from the front of [in, in + size) until the first byte that is none;
// `out` has room for size + 8 bytes. Returns the characters read (a multiple of 4); 3/4 of that were written.
using Kernel = std::size_t (*)(const char* in, std::size_t size, char* out);
[[nodiscard]] Kernel fastest();  // what this processor can run
std::size_t scalar(const char* in, std::size_t size, char* out);
#if defined(__x86_64__)
std::size_t ssse3(const char* in, std::size_t size, char* out);
std::size_t avx2(const char* in, std::size_t size, char* out);
#endif

}  // namespace base64_kernel

}  // namespace haulier::mime
