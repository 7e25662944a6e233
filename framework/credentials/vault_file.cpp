#include "vault_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "expiry_forecast.hpp"
#include "vault_error.hpp"
#include "vault_format.hpp"

namespace haulier::credentials {
namespace {

std::filesystem::path directory_of(const std::filesystem::path& file) {
  return file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
}

// A directory that others can write to lets them swap the vault; the sticky bit of /tmp forbids just that.
void check_directory(const std::filesystem::path& file) {
  struct stat status {};
  if (::stat(directory_of(file).c_str(), &status) != 0) return;
  if ((status.st_mode & S_IWOTH) != 0 && (status.st_mode & S_ISVTX) == 0) {
    throw VaultPlace(file.string(),
                     "lies in a directory that others can write to. Run: chmod o-w " + directory_of(file).string());
  }
}

void check_status(const std::filesystem::path& file, const struct stat& status) {
  if (!S_ISREG(status.st_mode)) throw VaultPlace(file.string(), "is not a regular file");
  if (status.st_uid != ::geteuid()) throw VaultOwner(file.string(), status.st_uid, ::geteuid());
  if ((status.st_mode & 077U) != 0) throw VaultMode(file.string(), status.st_mode);
  if (status.st_nlink != 1) throw VaultPlace(file.string(), "has more than one name (hard links); keep one");
}

void write_all(int fd, ByteView bytes, const std::string& file) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count = ::write(fd, bytes.data() + done, bytes.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw VaultStorageFailure(file, "written", errno);
    done += static_cast<std::size_t>(count);
  }
}

// FILE.lock holds two lines of text: the holder, padded to a fixed length, and the highest generation with its vault.
constexpr std::size_t kHolderBytes = 64;
constexpr std::size_t kGenerationDigits = 16;

std::string holder_of(int fd) {
  char text[kHolderBytes];
  const ssize_t count = ::pread(fd, text, sizeof text, 0);
  const std::string_view line(text, count > 0 ? static_cast<std::size_t>(count) : 0);
  const std::size_t end = line.find_last_not_of(" \n");
  return std::string(end == std::string_view::npos ? std::string_view() : line.substr(0, end + 1));
}

// Only words for another process's message: a failure must not stop the work.
void write_line(int fd, const std::string& line, std::size_t at) {
  [[maybe_unused]] const ssize_t written = ::pwrite(fd, line.data(), line.size(), static_cast<off_t>(at));
}

void write_holder(int fd, std::int64_t now) {
  std::string holder = std::to_string(::getpid()) + " since " + utc_time(now);
  holder.resize(kHolderBytes - 1, ' ');
  write_line(fd, holder + "\n", 0);
}

void sync_directory_of(const std::filesystem::path& file) {
  const FileDescriptor directory(::open(directory_of(file).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid() || ::fsync(directory.get()) != 0) {
    throw VaultStorageFailure(directory_of(file).string(), "synced", errno);
  }
}

}  // namespace

Bytes read_vault_file(const std::filesystem::path& file) {
  const FileDescriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd.valid()) {
    if (errno == ENOENT || errno == ENOTDIR) throw VaultMissing(file.string());
    if (errno == ELOOP) throw VaultPlace(file.string(), "is a symbolic link; name the file itself");
    throw VaultStorageFailure(file.string(), "opened", errno);
  }
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) throw VaultStorageFailure(file.string(), "examined", errno);
  check_status(file, status);
  check_directory(file);
  if (static_cast<std::uint64_t>(status.st_size) > kMaxVaultBytes)
    throw VaultDamaged(file.string(), "larger than 16 MiB");
  Bytes bytes(static_cast<std::size_t>(status.st_size));
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count = ::read(fd.get(), bytes.data() + done, bytes.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw VaultStorageFailure(file.string(), "read", errno);
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  bytes.resize(done);
  return bytes;
}

void replace_vault_file(const std::filesystem::path& file, ByteView bytes, const Checkpoint& checkpoint) {
  const std::string name = file.string();
  const std::filesystem::path fresh = unfinished_copy(file);
  check_directory(file);
  ::unlink(fresh.c_str());
  FileDescriptor fd(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd.valid()) throw VaultStorageFailure(name, "written", errno);
  checkpoint("vault.temp_created");
  try {
    write_all(fd.get(), bytes, name);
    checkpoint("vault.temp_written");
    if (::fsync(fd.get()) != 0) throw VaultStorageFailure(name, "written to disk", errno);
    checkpoint("vault.temp_synced");
    if (::rename(fresh.c_str(), file.c_str()) != 0) throw VaultStorageFailure(name, "replaced", errno);
  } catch (const VaultStorageFailure&) {
    ::unlink(fresh.c_str());
    throw;
  }
  checkpoint("vault.renamed");
  sync_directory_of(file);
  checkpoint("vault.directory_synced");
}

void finish_replacing_vault_file(const std::filesystem::path& file) {
  const std::filesystem::path fresh = unfinished_copy(file);
  const FileDescriptor fd(::open(fresh.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd.valid() || ::fsync(fd.get()) != 0) throw VaultStorageFailure(file.string(), "written to disk", errno);
  if (::rename(fresh.c_str(), file.c_str()) != 0) throw VaultStorageFailure(file.string(), "replaced", errno);
  sync_directory_of(file);
}

std::filesystem::path unfinished_copy(const std::filesystem::path& file) { return file.string() + ".new"; }

std::filesystem::path former_copy(const std::filesystem::path& file) { return file.string() + ".1"; }

VaultLock::VaultLock(const std::filesystem::path& file, LockMode mode, std::chrono::milliseconds limit,
                     const Environment& environment)
    : mode_(mode) {
  const std::string name = file.string() + ".lock";
  lock_ = FileDescriptor(::open(name.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!lock_.valid()) {
    // Without the directory there is no vault either. On a read-only disk nobody can write, so reading needs no lock.
    if (errno == ENOENT || errno == ENOTDIR) throw VaultMissing(file.string());
    if (errno == EROFS && mode == LockMode::shared) return;
    throw VaultStorageFailure(name, "opened", errno);
  }
  const int operation = (mode == LockMode::shared ? LOCK_SH : LOCK_EX) | LOCK_NB;
  const std::chrono::milliseconds deadline = environment.monotonic() + limit;
  std::chrono::milliseconds step{2};
  while (::flock(lock_.get(), operation) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) throw VaultStorageFailure(name, "locked", errno);
    if (environment.cancelled()) throw TryAgainLater("cancelled while waiting for the lock of " + file.string());
    if (environment.monotonic() >= deadline) throw VaultLocked(file.string(), holder_of(lock_.get()));
    environment.pause(step);
    step = std::min(step * 2, std::chrono::milliseconds{50});
  }
  if (mode == LockMode::exclusive) write_holder(lock_.get(), environment.unix_seconds());
}

std::optional<SeenGeneration> VaultLock::seen() const {
  SeenGeneration seen;
  char text[2 * sizeof(VaultId) + 1 + kGenerationDigits];
  if (!lock_.valid() || ::pread(lock_.get(), text, sizeof text, kHolderBytes) != sizeof text) return std::nullopt;
  const std::string_view line(text, sizeof text);
  const std::optional<Bytes> id = from_hex(line.substr(0, 2 * seen.id.size()));
  const std::optional<Bytes> generation = from_hex(line.substr(2 * seen.id.size() + 1));
  if (!id || !generation) return std::nullopt;
  std::copy(id->begin(), id->end(), seen.id.begin());
  for (const std::uint8_t byte : *generation) seen.generation = seen.generation << 8U | byte;
  return seen;
}

void VaultLock::note(const SeenGeneration& seen) const {
  if (!lock_.valid()) return;
  constexpr const char* kDigits = "0123456789abcdef";
  std::string line;
  const auto append = [&](std::uint8_t byte) { (line += kDigits[byte >> 4U]) += kDigits[byte & 15U]; };
  for (const std::uint8_t byte : seen.id) append(byte);
  line += ' ';
  for (unsigned shift = 64; shift > 0; shift -= 8) append(static_cast<std::uint8_t>(seen.generation >> (shift - 8)));
  write_line(lock_.get(), line + "\n", kHolderBytes);
}

void make_private_directories(const std::filesystem::path& directory) {
  if (directory.empty() || std::filesystem::exists(directory)) return;
  make_private_directories(directory.parent_path());
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
    throw VaultStorageFailure(directory.string(), "created", errno);
  }
}

}  // namespace haulier::credentials
