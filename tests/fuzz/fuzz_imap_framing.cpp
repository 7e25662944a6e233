// Framing: whatever the bytes and however they are split, the items must be the same and the views inside the input.
// Its length says how it is split.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "proto/fetch_parser.hpp"
#include "proto/framer.hpp"

namespace {

using haulier::imap::Framer;

std::string items(std::string_view input, std::size_t piece) {
  Framer::Limits limits;
  limits.response_bytes = 4096;
  limits.kept_literal_bytes = 256;
  limits.streamed_literal_bytes = 65536;
  Framer framer(limits);
  std::string out;
  for (std::size_t from = 0; from < input.size(); from += piece) {
    // A block of its own, so that a read behind its end is seen.
    const auto part = input.substr(from, piece);
    const std::vector<char> block(part.begin(), part.end());
    framer.feed({block.data(), block.size()});
    for (;;) {
      const auto item = framer.next();
      if (item.kind == Framer::Kind::kNeedInput) break;
      if (item.kind == Framer::Kind::kLiteralBegin && haulier::imap::ends_in_message_literal(item.data))
        framer.stream_literal();
      if (item.kind == Framer::Kind::kLiteralData) {
        out += item.data;
        continue;
      }
      out += static_cast<char>('0' + static_cast<int>(item.kind));
      if (item.kind == Framer::Kind::kResponse) out += item.data;
      if (item.kind == Framer::Kind::kError) return out;
    }
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (items(input, size + 1) != items(input, size % 17 + 1)) std::abort();
  return 0;
}
