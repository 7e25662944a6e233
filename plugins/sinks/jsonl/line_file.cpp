#include "line_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "haulier/error.hpp"

namespace haulier::jsonl {

namespace {

constexpr std::size_t kBuffer = 256 * 1024;     // bytes before they go to the system
constexpr std::uint64_t kRepairWindow = 65536;  // bytes per step back when looking for the last line end

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Error io_error(const std::string& path, const char* doing, int code) {
  std::string hint;
  if (code == ENOSPC || code == EDQUOT) hint = "make room on the disk, then run again";
  if (code == ENOENT) hint = "mkdir -p " + folder_of(path);
  if (code == EACCES || code == EPERM) hint = "this user must be able to write the file: ls -ld " + path;
  return {HAULIER_LOCAL_IO, std::string("cannot ") + doing + " " + path + ": " + std::strerror(code), hint};
}

}  // namespace

LineFile::LineFile(std::string path) : path_(std::move(path)) {
  is_new_ = ::access(path_.c_str(), F_OK) != 0;
  fd_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd_ < 0) throw io_error(path_, "open", errno);
  try {
    lock();
    repair();
  } catch (...) {
    ::close(fd_);
    throw;
  }
}

LineFile::~LineFile() { ::close(fd_); }

void LineFile::lock() {
  struct stat info {};
  if (::fstat(fd_, &info) != 0) throw io_error(path_, "look at", errno);
  if (!S_ISREG(info.st_mode)) throw Error::bad_config("/path", path_ + " is not a regular file");
  written_ = static_cast<std::uint64_t>(info.st_size);
  if (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) throw Error::retry(path_ + " is being written by another run");
    throw io_error(path_, "lock", errno);
  }
}

void LineFile::repair() {
  std::vector<char> window(kRepairWindow);
  std::uint64_t keep = written_;
  while (keep > 0) {
    const std::uint64_t size = std::min(keep, kRepairWindow);
    const ssize_t got = ::pread(fd_, window.data(), static_cast<std::size_t>(size), static_cast<off_t>(keep - size));
    if (got != static_cast<ssize_t>(size)) throw io_error(path_, "read", got < 0 ? errno : EIO);
    const auto* found = static_cast<const char*>(::memrchr(window.data(), '\n', static_cast<std::size_t>(size)));
    if (found) {
      keep = keep - size + static_cast<std::uint64_t>(found - window.data()) + 1;
      break;
    }
    keep -= size;
  }
  if (keep == written_) return;
  if (::ftruncate(fd_, static_cast<off_t>(keep)) != 0) throw io_error(path_, "cut", errno);
  repaired_ = written_ - keep;
  written_ = keep;
}

void LineFile::append(std::string_view text) {
  buffer_.append(text);
  if (buffer_.size() >= kBuffer) drain();
}

void LineFile::drain() {
  std::size_t at = 0;
  while (at < buffer_.size()) {
    const ssize_t n = ::write(fd_, buffer_.data() + at, buffer_.size() - at);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      const int code = errno;
      buffer_.erase(0, at);
      throw io_error(path_, "write", code);
    }
    at += static_cast<std::size_t>(n);
    written_ += static_cast<std::uint64_t>(n);
  }
  buffer_.clear();
}

void LineFile::cut_back(std::uint64_t end) {
  if (end >= written_) {
    buffer_.resize(static_cast<std::size_t>(std::min(end - written_, static_cast<std::uint64_t>(buffer_.size()))));
    return;
  }
  buffer_.clear();
  if (::ftruncate(fd_, static_cast<off_t>(end)) != 0) throw io_error(path_, "cut", errno);
  written_ = end;
}

void LineFile::sync() {
  drain();
  if (::fsync(fd_) != 0) throw io_error(path_, "sync", errno);
  if (is_new_) sync_folder();
  is_new_ = false;
}

// Without it a power cut may lose the name of a new file.
void LineFile::sync_folder() {
  const std::string folder = folder_of(path_);
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) throw io_error(folder, "open", errno);
  const int code = ::fsync(fd) == 0 ? 0 : errno;
  ::close(fd);
  if (code != 0) throw io_error(folder, "sync", code);
}

}  // namespace haulier::jsonl
