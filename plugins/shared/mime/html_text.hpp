#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace haulier::mime {

struct HtmlTextLimits {
  std::size_t out_bytes;
  std::size_t tags;
};

struct HtmlTextResult {
  bool cut = false;        // out_bytes reached
  bool tag_limit = false;  // tags reached; the rest was left out
};

// Makes readable text of HTML in one pass without a tree: script, style and hidden elements dropped, links kept as
// `text <address>`, lists with bullets and numbers, table cells apart, white space and preheader filler collapsed.
// `html` is valid UTF-8, and so is what is appended to `out`; line ends are LF.
HtmlTextResult append_html_text(std::string& out, std::string_view html, const HtmlTextLimits& limits);

// Appends one character reference (what follows '&') as UTF-8 to `out`; returns the bytes it took, 0 when it is none.
std::size_t append_entity(std::string& out, std::string_view after_ampersand);

}  // namespace haulier::mime
