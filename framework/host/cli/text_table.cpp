#include "cli/text_table.hpp"

#include <algorithm>

#include "report/escape.hpp"
#include "utf8.hpp"

namespace haulier::host {

namespace {

// Columns on a terminal: East Asian wide characters and emoji take two (Unicode TR 11, the ranges of living scripts).
std::size_t width_of(char32_t code) {
  const bool wide = (code >= 0x1100 && code <= 0x115F) || (code >= 0x2E80 && code <= 0xA4CF) ||
                    (code >= 0xAC00 && code <= 0xD7A3) || (code >= 0xF900 && code <= 0xFAFF) ||
                    (code >= 0xFE30 && code <= 0xFE6F) || (code >= 0xFF00 && code <= 0xFF60) ||
                    (code >= 0x1F300 && code <= 0x1FAFF) || (code >= 0x20000 && code <= 0x3FFFD);
  return wide ? 2 : 1;
}

std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Utf8Character next = utf8_at(text, at);
    width += width_of(next.code);
    at += next.size;
  }
  return width;
}

}  // namespace

std::string text_table(const std::vector<std::vector<std::string>>& rows) {
  if (rows.size() < 2) return {};
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], width_of(escape_for_terminal(row[i])));
    }
  }
  std::string out;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string cell = escape_for_terminal(row[i]);
      out += cell;
      if (i + 1 < row.size()) out.append(widths[i] - width_of(cell) + 2, ' ');
    }
    out += "\n";
  }
  return out;
}

}  // namespace haulier::host
