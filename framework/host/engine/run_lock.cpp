#include "engine/run_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

#include "cli/failure.hpp"
#include "report/escape.hpp"

namespace haulier::host {

namespace {

[[noreturn]] void fail(const std::string& what, int error) {
  throw Failed({.exit_code = ExitCode::local_io, .what = what + ": " + std::strerror(error)});
}

// False: somebody else holds it.
bool flock_now(int fd, const std::string& path) {
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return true;
  if (errno == EWOULDBLOCK) return false;
  const int error = errno;
  ::close(fd);
  fail("cannot lock " + path, error);
}

}  // namespace

RunLock::RunLock(std::string folder, const std::string& name, std::int64_t lease_ms, Clock& clock)
    : folder_(std::move(folder)),
      file_((std::filesystem::path(folder_) / (name + ".lock")).string()),
      lease_ms_(lease_ms),
      clock_(clock) {}

RunLock::~RunLock() {
  if (fd_ >= 0) ::close(fd_);
}

int RunLock::open_file(const std::string& path) const {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) fail("cannot open " + path, errno);
  return fd;
}

bool RunLock::stale(int fd) const noexcept {
  struct stat info {};
  if (::fstat(fd, &info) != 0) return false;
  const std::int64_t touched_us = std::int64_t{info.st_mtim.tv_sec} * 1'000'000 + info.st_mtim.tv_nsec / 1000;
  return clock_.now_us() - touched_us > lease_ms_ * 1000;
}

// One at a time: who looks at a holder's age must not meet one that has the lock and has not touched the file yet, and
// of two that find the same stale holder the second must not remove the first one's new file.
bool RunLock::try_take() {
  if (fd_ >= 0) return true;
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  if (error) fail("cannot make the state folder " + folder_, error.value());
  const std::string turn = file_ + ".turn";
  const int turn_fd = open_file(turn);
  const bool taken = flock_now(turn_fd, turn) && (lock_current() || pass_over());
  ::close(turn_fd);
  return taken;
}

bool RunLock::lock_current() {
  const int fd = open_file(file_);
  if (!flock_now(fd, file_)) {
    ::close(fd);
    return false;
  }
  sign(fd);
  return true;
}

bool RunLock::pass_over() {
  const int fd = open_file(file_);
  const bool passed = stale(fd);
  ::close(fd);
  if (!passed) return false;
  ::unlink(file_.c_str());
  passed_over_ = lock_current();
  return passed_over_;
}

void RunLock::sign(int fd) noexcept {
  char host[256] = "";
  ::gethostname(host, sizeof host - 1);
  const std::string words = "process " + std::to_string(::getpid()) + " on " + host + " since " +
                            format_utc(clock_.now_us()).substr(0, 19) + "Z\n";
  // For people; the lock is the flock, which needs no words.
  const bool signed_by_us = ::ftruncate(fd, 0) == 0 && ::pwrite(fd, words.data(), words.size(), 0) > 0;
  static_cast<void>(signed_by_us);
  fd_ = fd;
  touch();
}

void RunLock::touch() noexcept {
  const int fd = fd_;
  if (fd < 0) return;
  const std::int64_t now_us = clock_.now_us();
  const timespec at{static_cast<time_t>(now_us / 1'000'000), static_cast<long>(now_us % 1'000'000 * 1000)};
  const timespec times[2] = {at, at};
  ::futimens(fd, times);
}

std::string RunLock::holder() const {
  std::ifstream in(file_);
  std::string words;
  std::getline(in, words);
  return words;
}

}  // namespace haulier::host
