#include "engine/spill_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <system_error>
#include <utility>

namespace haulier::host {

namespace {

[[noreturn]] void fail(int error, const std::string& what) {
  throw std::system_error(error, std::generic_category(), what);
}

int open_nameless(const std::string& directory) {
  const int fd = ::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd >= 0) return fd;
  // O_TMPFILE is missing on some file systems (NFS, old overlayfs): those say one of these.
  if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL && errno != ENOENT) {
    fail(errno, "cannot create a spill file in " + directory);
  }
  std::string name = directory + "/haulier-spill-XXXXXX";
  const int named = ::mkostemp(name.data(), O_CLOEXEC);
  if (named < 0) fail(errno, "cannot create a spill file in " + directory);
  ::unlink(name.c_str());
  return named;
}

}  // namespace

std::string spill_directory(const std::string& configured, const char* tmpdir) {
  if (!configured.empty()) return configured;
  for (const char* candidate : {tmpdir, "/var/tmp"}) {
    if (candidate && *candidate && ::access(candidate, W_OK | X_OK) == 0) return candidate;
  }
  return "/tmp";
}

SpillFile::SpillFile(const std::string& directory)
    : fd_(open_nameless(directory)), staging_(std::make_unique_for_overwrite<char[]>(kStaging)) {}

SpillFile::~SpillFile() {
  if (mapping_) ::munmap(mapping_, static_cast<std::size_t>(size_));
  if (fd_ >= 0) ::close(fd_);
}

void SpillFile::append(std::string_view bytes) {
  size_ += bytes.size();
  while (!bytes.empty()) {
    if (staged_ == 0 && bytes.size() >= kStaging) return write_out(bytes);
    const std::size_t n = std::min(kStaging - staged_, bytes.size());
    std::memcpy(staging_.get() + staged_, bytes.data(), n);
    staged_ += n;
    bytes.remove_prefix(n);
    if (staged_ == kStaging) write_out({staging_.get(), std::exchange(staged_, 0)});
  }
}

void SpillFile::write_out(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail(errno, "cannot write a spill file");
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

const std::uint8_t* SpillFile::map() {
  write_out({staging_.get(), std::exchange(staged_, 0)});
  staging_.reset();
  if (size_ > 0) {
    void* at = ::mmap(nullptr, static_cast<std::size_t>(size_), PROT_READ, MAP_SHARED, fd_, 0);
    if (at == MAP_FAILED) fail(errno, "cannot map a spill file");
    mapping_ = static_cast<std::uint8_t*>(at);
  }
  ::close(std::exchange(fd_, -1));
  return mapping_;
}

void SpillFile::drop(std::uint64_t offset, std::uint64_t size) const noexcept {
  if (!mapping_ || size == 0) return;
  // Rounded outwards: dropping too much costs one page fault, never a byte, because the mapping is shared and
  // read-only.
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  const std::uint64_t from = offset / page * page;
  ::madvise(mapping_ + from, static_cast<std::size_t>(offset + size - from), MADV_DONTNEED);
}

}  // namespace haulier::host
