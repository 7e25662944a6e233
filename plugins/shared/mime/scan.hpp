#pragma once
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "mime/arena.hpp"
#include "mime/defects.hpp"
#include "mime/limits.hpp"
#include "mime/parameters.hpp"
#include "mime/part.hpp"

namespace haulier::mime {

// Called about every MiB with the position below which the scan needs no byte any more (and once with the size), so
// that the caller can hash what is hot in the cache and give the pages of a mapped message back.
using Progress = std::function<void(std::uint64_t finished)>;

// The MIME tree of one message. Reused between messages: clear() keeps the memory.
struct Structure {
  std::vector<Part> parts;
  char line_end = '\n';  // '\r' for messages that know no LF
  Arena arena;           // owns the strings that are not views of the message

  void clear() {
    parts.clear();
    arena.reset();
    line_end = '\n';
  }
};

// One pass over the bytes: O(size) time, O(parts) memory, no recursion, no exception on any input (but bad_alloc).
// There is always at least one part, parts[0]. The message outlives the structure.
void scan(std::string_view message, const Limits& limits, Structure& structure, DefectList& defects,
          const Progress& progress = {});

}  // namespace haulier::mime
