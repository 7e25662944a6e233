// A record as one line of JSON (RFC 8259): {"stream":...,"op":...,key fields,other fields}.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "haulier/batch.hpp"
#include "haulier/schema.hpp"

namespace haulier::jsonl {

// Takes the pieces of a line in order; a piece is at most some 100 KiB unless a text is longer.
using Append = std::function<void(std::string_view piece)>;

// One stream's line format. Borrowed stream: valid as long as the schema.
class RecordLine {
 public:
  // Blobs of more than max_blob bytes are left out, but for their size.
  RecordLine(const haulier_stream& stream, std::uint64_t max_blob_bytes);

  // Throws Error::bad_record(index) before the first piece when a value cannot be written.
  void check(const RecordView& record, std::uint64_t index) const;
  // The whole line with its end. Absent fields are left out; a delete has its key only.
  void write(const RecordView& record, const Append& append) const;

 private:
  const haulier_stream* stream_;
  std::uint64_t max_blob_bytes_;
  std::vector<std::uint32_t> order_;  // fields, keys first
};

}  // namespace haulier::jsonl
