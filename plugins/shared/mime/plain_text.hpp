#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "mime/part.hpp"

namespace haulier::mime {

// CRLF and lone CR become LF. What is in `scratch` is lost; the two may change places.
void use_lf(std::string& text, std::string& scratch);

// format=flowed (RFC 3676 section 4): joins flowed lines of one quote depth, undoes space-stuffing; with `delete_space`
// (DelSp=yes) the blank at the break goes away. Replaces `text`, whose line ends are LF.
void unflow(std::string& text, bool delete_space);

// At most `characters` code points of `text` for a list of mails: white space collapsed, quoted lines and rulers left
// out, never cut inside a grapheme (base letter and marks, emoji sequences, flags). Appends to `out`.
void append_preview(std::string& out, std::string_view text, std::size_t characters);

// A uuencoded or yEnc file inside a text: [begin, end) holds it with the lines that begin and end it.
struct UuBlock {
  std::size_t begin;
  std::size_t end;
  std::string_view file_name;
  TransferEncoding encoding = TransferEncoding::uuencode;
};
// The blocks of a text, in order, at most `limit`. Only blocks that have their last line count.
void find_uu_blocks(std::string_view text, std::size_t limit, std::vector<UuBlock>& out);

}  // namespace haulier::mime
