// "did you mean".
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace haulier::host {

// Edits (insert, delete, replace, swap of neighbours) that turn one text into the other, letter case ignored.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

// The nearest candidate that is near enough to be meant (a third of its length, at least one edit); else empty.
[[nodiscard]] std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

// `; did you mean "host"?` or, when nothing is near and there are few, `; known are "host", "port"`, or nothing.
[[nodiscard]] std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace haulier::host
