#include "jsonl_sink.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace haulier::jsonl {

namespace {

constexpr std::uint32_t kNotWritten = HAULIER_STREAM_TRANSIENT | HAULIER_STREAM_STATE;
constexpr std::int64_t kDefaultMaxBlob = 1024 * 1024;  // bytes, as in config.schema.json

}  // namespace

JsonlSink::JsonlSink(const Config& config, Host host)
    : host_(host),
      path_(config.text("path")),
      max_blob_bytes_(static_cast<std::uint64_t>(config.integer("max_blob", kDefaultMaxBlob))) {
  if (path_.empty()) throw config.error("path", "the path of the file is missing");
}

bool JsonlSink::one_file_per_stream() const {
  struct stat info {};
  return path_.back() == '/' || (::stat(path_.c_str(), &info) == 0 && S_ISDIR(info.st_mode));
}

LineFile* JsonlSink::file_of(const std::string& path) {
  auto& file = files_[path];
  if (!file) {
    file = std::make_unique<LineFile>(path);
    if (file->repaired_bytes() != 0) {
      host_.warning(path + ": the last line was not complete and was cut off (" +
                    std::to_string(file->repaired_bytes()) + " bytes); its record comes again");
    }
  }
  return file.get();
}

void JsonlSink::open(SchemaView streams, const SinkOptions& options) {
  if (options.inspect) return;
  const bool many = one_file_per_stream();
  const std::string folder = many && path_.back() != '/' ? path_ + "/" : path_;
  for (std::uint32_t i = 0; i < streams.size(); ++i) {
    if (streams[i].flags & kNotWritten) {
      targets_.push_back(nullptr);
      continue;
    }
    LineFile* file = file_of(many ? folder + std::string(view(streams[i].name)) + ".jsonl" : path_);
    targets_.push_back(std::make_unique<Target>(Target{RecordLine(streams[i], max_blob_bytes_), file}));
  }
  host_.crash_point("jsonl.opened");
}

void JsonlSink::check() {
  const std::size_t slash = path_.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path_.substr(0, slash + 1);
  if (::access(folder.c_str(), W_OK | X_OK) != 0) {
    throw Error(HAULIER_LOCAL_IO, "cannot write in " + folder + ": " + std::strerror(errno),
                errno == ENOENT ? "mkdir -p " + folder : "ls -ld " + folder);
  }
  if (::access(path_.c_str(), F_OK) == 0 && ::access(path_.c_str(), W_OK) != 0) {
    throw Error(HAULIER_LOCAL_IO, "cannot write " + path_ + ": " + std::strerror(errno), "ls -ld " + path_);
  }
}

void JsonlSink::write_record(const RecordView& record, std::uint64_t index) {
  if (record.stream() >= targets_.size()) throw Error::bad_record(index, "a record of a stream that was not declared");
  Target* target = targets_[record.stream()].get();
  if (target == nullptr) return;
  target->line.check(record, index);
  target->line.write(record, [&](std::string_view piece) { target->file->append(piece); });
  host_.crash_point("jsonl.line");
}

void JsonlSink::write(BatchView batch, Outcomes) {
  std::vector<std::pair<LineFile*, std::uint64_t>> before;
  for (const auto& [path, file] : files_) before.emplace_back(file.get(), file->end());
  try {
    for (std::uint64_t i = 0; i < batch.size(); ++i) write_record(batch[i], i);
  } catch (...) {
    for (const auto& [file, end] : before) file->cut_back(end);
    throw;
  }
}

void JsonlSink::flush() {
  for (const auto& [path, file] : files_) file->drain();
  host_.crash_point("jsonl.drained");
  for (const auto& [path, file] : files_) {
    file->sync();
    host_.crash_point("jsonl.synced");
  }
}

}  // namespace haulier::jsonl
