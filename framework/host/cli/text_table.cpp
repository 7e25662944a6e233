#include "cli/text_table.hpp"

#include <algorithm>

#include "report/escape.hpp"
#include "utf8.hpp"

namespace haulier::host {

std::string text_table(const std::vector<std::vector<std::string>>& rows) {
  if (rows.size() < 2) return {};
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], utf8_length(escape_for_terminal(row[i])));
    }
  }
  std::string out;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string cell = escape_for_terminal(row[i]);
      out += cell;
      if (i + 1 < row.size()) out.append(widths[i] - utf8_length(cell) + 2, ' ');
    }
    out += "\n";
  }
  return out;
}

}  // namespace haulier::host
