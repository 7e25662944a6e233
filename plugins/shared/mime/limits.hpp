#pragma once
#include <cstddef>
#include <cstdint>

namespace haulier::mime {

// Every bound of the reader. Crossing one is a defect and a best-effort result, never a lost message.
struct Limits {
  std::size_t message_bytes = 150u << 20;     // larger: read all the same, with a defect
  std::uint32_t multipart_depth = 32;         // deeper: the multipart stays one opaque part
  std::uint32_t nested_messages = 8;          // deeper: the message stays one opaque part
  std::size_t parts = 2000;                   // more: the last part holds the rest of the message
  std::size_t header_block_bytes = 1u << 20;  // of one part; more: the fields beyond are not read
  std::size_t header_bytes = 256u << 10;      // of one field's value; more: cut
  std::size_t header_count = 4000;            // of one part
  std::size_t encoded_words = 4000;           // per field; more: the rest stays raw
  std::size_t addresses = 10000;              // per field
  std::size_t parameters = 200;               // per field
  std::uint32_t parameter_segments = 100;     // RFC 2231 section numbers from here on are ignored
  std::uint32_t comment_depth = 16;           // RFC 5322 comments nested deeper are text
  std::size_t boundary_bytes = 200;           // RFC 2046 says 70
  std::size_t text_bytes = 4u << 20;          // each of the columns text and html
  std::size_t container_bytes = 64u << 20;    // decoded size of a TNEF or S/MIME part; larger: not opened
  bool facts = true;                          // false: Email::facts stays empty (a sixth of the time for small mail)
  std::size_t html_tokens = 2'000'000;        // tags read when HTML becomes text
};

}  // namespace haulier::mime
