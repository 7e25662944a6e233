// JsonlSink: appends records as JSON lines. Not transactional: a record can come twice, with the same key; the last
// line of a key counts. The host keeps the state, after flush().
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "haulier/host.hpp"
#include "haulier/sink.hpp"
#include "line_file.hpp"
#include "record_line.hpp"

namespace haulier::jsonl {

// Made by the SDK. Calls never overlap; the thread may change between calls.
class JsonlSink {
 public:
  JsonlSink(const Config& config, Host host);

  void open(SchemaView streams, const SinkOptions& options);
  void check();
  // All records of the batch are appended, or none.
  void write(BatchView batch, Outcomes outcomes);
  void flush();

 private:
  struct Target {
    RecordLine line;
    LineFile* file;  // owned by files_
  };
  [[nodiscard]] bool one_file_per_stream() const;
  LineFile* file_of(const std::string& path);
  void write_record(const RecordView& record, std::uint64_t index);

  Host host_;
  std::string path_;
  std::uint64_t max_blob_bytes_;
  std::map<std::string, std::unique_ptr<LineFile>> files_;  // by path
  std::vector<std::unique_ptr<Target>> targets_;            // by stream; none for streams that are not written
};

}  // namespace haulier::jsonl
