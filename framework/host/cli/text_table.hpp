// A table for a terminal: aligned columns, two blanks between them.
#pragma once

#include <string>
#include <vector>

namespace haulier::host {

// The first row is the head. Cells are made harmless for a terminal. Empty without rows below the head.
[[nodiscard]] std::string text_table(const std::vector<std::vector<std::string>>& rows);

}  // namespace haulier::host
