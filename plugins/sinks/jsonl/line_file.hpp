// LineFile: a text file that is only appended to, line by line, and never left with half a line in it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace haulier::jsonl {

// Owns the file and an exclusive lock on it. Used by one thread at a time. Every function throws
// Error(HAULIER_LOCAL_IO) when the system refuses.
class LineFile {
 public:
  // Creates the file with mode 0600 when it is missing. A last line without its end - a run was stopped within it - is
  // cut off. Throws Error(HAULIER_RETRY) when another run holds the file.
  explicit LineFile(std::string path);
  LineFile(const LineFile&) = delete;
  LineFile& operator=(const LineFile&) = delete;
  ~LineFile();

  void append(std::string_view text);
  // Where the next character goes, in bytes.
  [[nodiscard]] std::uint64_t end() const noexcept { return written_ + buffer_.size(); }
  // Takes back everything from `end` on, also what is in the file already.
  void cut_back(std::uint64_t end);
  // Hands the buffer to the system.
  void drain();
  // Waits until everything appended is on the disk.
  void sync();

  [[nodiscard]] std::uint64_t repaired_bytes() const noexcept { return repaired_; }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  void lock();
  void repair();
  void sync_folder();

  std::string path_;
  int fd_ = -1;
  std::uint64_t written_ = 0;   // bytes in the file
  std::uint64_t repaired_ = 0;  // bytes of the half line that was cut off
  bool is_new_ = false;
  std::string buffer_;
};

}  // namespace haulier::jsonl
