// SpillFile: bytes in a file without a name, written once in order, then mapped for reading.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace haulier::host {

// Where spill files go: the configured folder, else TMPDIR, else /var/tmp, else /tmp; the first that can be written to.
[[nodiscard]] std::string spill_directory(const std::string& configured, const char* tmpdir);

// The file vanishes with its last descriptor or mapping, also when the process is killed. Bytes pass through a staging
// buffer, so that memory stays flat however big the file gets. Owned by one blob; one thread until mapped.
class SpillFile {
 public:
  static constexpr std::size_t kStaging = 256 * 1024;  // bytes

  // Throws std::system_error (as do append and map).
  explicit SpillFile(const std::string& directory);
  ~SpillFile();
  SpillFile(const SpillFile&) = delete;
  SpillFile& operator=(const SpillFile&) = delete;

  void append(std::string_view bytes);
  // Writes the rest out, frees the staging buffer, closes the descriptor. Returns the bytes; null when empty.
  const std::uint8_t* map();
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  // The pages that hold [offset, offset + size) may leave memory; they come back from the file when they are read.
  void drop(std::uint64_t offset, std::uint64_t size) const noexcept;

 private:
  void write_out(std::string_view bytes);

  int fd_ = -1;
  std::uint64_t size_ = 0;
  std::unique_ptr<char[]> staging_;
  std::size_t staged_ = 0;
  std::uint8_t* mapping_ = nullptr;
};

}  // namespace haulier::host
