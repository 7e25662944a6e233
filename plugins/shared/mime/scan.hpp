#pragma once
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "mime/arena.hpp"
#include "mime/defects.hpp"
#include "mime/header_fields.hpp"
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
  std::vector<HeaderField> fields;  // of the parts that belong to the message itself
  char line_end = '\n';             // '\r' for messages that know no LF
  Arena arena;                      // owns the strings that are not views of the message

  void clear() {
    parts.clear();
    fields.clear();
    arena.reset();
    line_end = '\n';
  }
};

// The fields of a part's header in order: as the scan found them, or found again where it kept none (behind a line that
// is no field, behind very many fields, and when the header is longer than Limits::header_block_bytes).
class PartFields {
 public:
  PartFields(std::string_view message, const Structure& structure, const Part& part, const Limits& limits)
      : kept_(part.header.size() <= limits.header_block_bytes),
        next_(structure.fields.data() + part.first_field),
        end_(kept_ ? next_ + part.fields : next_),
        cursor_(Range{kept_ ? part.fields_end : part.header.begin, part.header.end}.in(message).substr(
                    0, limits.header_block_bytes),
                structure.line_end) {}
  [[nodiscard]] bool next(HeaderField& field) {
    if (next_ == end_) return cursor_.next(field);
    field = *next_++;
    return true;
  }

 private:
  bool kept_;
  const HeaderField* next_;
  const HeaderField* end_;
  HeaderCursor cursor_;
};

// One pass over the bytes: O(size) time, O(parts) memory, no recursion, no exception on any input (but bad_alloc).
// There is always at least one part, parts[0]. The message outlives the structure.
void scan(std::string_view message, const Limits& limits, Structure& structure, DefectList& defects,
          const Progress& progress = {});

}  // namespace haulier::mime
