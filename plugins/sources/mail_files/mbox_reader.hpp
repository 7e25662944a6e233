// MboxReader: the messages of an mbox file, in pieces as they are read. RFC 4155, with mboxrd quoting taken back.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace haulier::mail_files {

// One pass over one file; one thread. Holds one buffer, never a message: lines of any length pass through.
class MboxReader {
 public:
  // Throws std::system_error when the file cannot be opened.
  explicit MboxReader(const std::filesystem::path& path);
  MboxReader(const MboxReader&) = delete;
  MboxReader& operator=(const MboxReader&) = delete;
  ~MboxReader();

  // Steps to the next message; false at the end of the file. What next_message skipped of the one before is gone.
  [[nodiscard]] bool next_message();
  // The time of its `From ` line, microseconds since 1970 UTC.
  [[nodiscard]] std::optional<std::int64_t> from_time() const noexcept { return from_time_; }
  // Gives every byte of the message to `piece`. Throws std::system_error on a read error.
  void read_message(const std::function<void(std::string_view)>& piece);

 private:
  // The rest of the line at the cursor, at most one buffer of it; empty at the end of the file.
  [[nodiscard]] std::string_view line_piece();
  bool fill();

  int fd_ = -1;
  std::string buffer_;
  std::size_t begin_ = 0, end_ = 0;
  bool end_of_file_ = false;
  bool started_ = false;
  bool at_line_start_ = true;
  bool has_from_line_ = false;    // of this message: only then is a blank line at its end a separator
  bool from_line_waits_ = false;  // buffer_[begin_] starts a `From ` line that opens a message
  std::optional<std::int64_t> from_time_;
};

}  // namespace haulier::mail_files
