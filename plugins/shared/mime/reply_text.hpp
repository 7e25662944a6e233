#pragma once
#include <string>
#include <string_view>

namespace haulier::mime {

// What the sender wrote, apart from what they quoted and from their signature. A guess by the marks that mail programs
// leave in many languages (`>`, "On ... wrote:", "-----Original Message-----", Outlook's block of From, Sent, To and
// Subject, "-- "); the text itself stays as it is beside it.
struct ReplySplit {
  bool cut = false;            // something was found; else `reply` is empty and the text is the reply
  std::string reply;           // UTF-8, LF; empty lines at both ends removed
  std::string_view signature;  // without its delimiter; a view of the text
};

// `text` is UTF-8 with LF line ends. Linear in its size.
void split_reply(std::string_view text, ReplySplit& out);

}  // namespace haulier::mime
