#include "content_folder.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include <haulier/error.hpp>

namespace haulier::extract_attachments {

namespace {

constexpr mode_t kFolderMode = 0700;

[[noreturn]] void fail(const std::string& path, int code) {
  std::string hint = "check that the folder exists and may be written";
  if (code == ENOSPC || code == EDQUOT) hint = "make room on the disk, then run again";
  throw Error(HAULIER_LOCAL_IO, path + ": " + std::strerror(code), hint);
}

class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  [[nodiscard]] int get() const { return descriptor_; }

 private:
  int descriptor_;
};

bool write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

ContentFolder::ContentFolder(std::string path) : path_(std::move(path)) {
  std::error_code fault;
  std::filesystem::create_directories(path_, fault);
  if (fault) fail(path_, fault.value());
  folder_ = ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder_ < 0) fail(path_, errno);
}

ContentFolder::~ContentFolder() { ::close(folder_); }

std::string ContentFolder::put(std::string_view sha256, std::string_view bytes) {
  std::string shard(sha256.substr(0, 2));
  std::string path = shard + "/" + std::string(sha256);
  if (::mkdirat(folder_, shard.c_str(), kFolderMode) == 0)
    new_shards_ = true;
  else if (errno != EEXIST)
    fail(path_ + "/" + shard, errno);
  // Also when the file is there: whoever wrote it may have died before its name was on the disk.
  if (std::find(touched_.begin(), touched_.end(), shard) == touched_.end()) touched_.push_back(shard);
  struct stat known {};
  const bool there = ::fstatat(folder_, path.c_str(), &known, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(known.st_mode) &&
                     static_cast<std::uint64_t>(known.st_size) == bytes.size();
  if (!there) write(shard, path, bytes);
  return path;
}

// Under a name of its own first: a crash leaves at most a `.new-` file that nothing points to.
void ContentFolder::write(const std::string& shard, const std::string& path, std::string_view bytes) const {
  std::string name = path_ + "/" + shard + "/.new-XXXXXX";
  const File file(::mkostemp(name.data(), O_CLOEXEC));
  if (file.get() < 0) fail(name, errno);
  const bool written = write_all(file.get(), bytes) && ::fsync(file.get()) == 0;
  if (written && ::renameat(AT_FDCWD, name.c_str(), folder_, path.c_str()) == 0) return;
  const int code = errno;
  ::unlink(name.c_str());
  fail(path_ + "/" + path, code);
}

void ContentFolder::sync_folder(const std::string& path) const {
  const File shard(::openat(folder_, path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (shard.get() < 0 || ::fsync(shard.get()) != 0) fail(path_ + "/" + path, errno);
}

void ContentFolder::sync() {
  for (const std::string& shard : touched_) sync_folder(shard);
  touched_.clear();
  if (new_shards_ && ::fsync(folder_) != 0) fail(path_, errno);
  new_shards_ = false;
}

std::uint64_t ContentFolder::remove(const std::string& folder, std::string_view sha256) {
  const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  // The key comes from a database: nothing else becomes a path.
  if (sha256.size() != 64 || !std::all_of(sha256.begin(), sha256.end(), is_digit)) return 0;
  const std::string shard = folder + "/" + std::string(sha256.substr(0, 2));
  const File open_shard(::open(shard.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (open_shard.get() < 0 && errno == ENOENT) return 0;
  if (open_shard.get() < 0) fail(shard, errno);
  const std::string name(sha256);
  struct stat known {};
  const bool there = ::fstatat(open_shard.get(), name.c_str(), &known, AT_SYMLINK_NOFOLLOW) == 0;
  if (there && ::unlinkat(open_shard.get(), name.c_str(), 0) != 0 && errno != ENOENT) fail(shard + "/" + name, errno);
  // Also when it is gone: whoever removed it may have died before that was on the disk.
  if (::fsync(open_shard.get()) != 0) fail(shard, errno);
  return there ? static_cast<std::uint64_t>(known.st_size) : 0;
}

}  // namespace haulier::extract_attachments
