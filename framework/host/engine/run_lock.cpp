#include "engine/run_lock.hpp"

#include <Poco/Checksum.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

#include "cli/failure.hpp"
#include "json_writer.hpp"
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

// A checksum of a password is a hint at it, and the name of a file is no secret.
std::string without_secrets(std::string json, const std::vector<std::string>& secrets) {
  for (const std::string& secret : secrets) {
    const std::string quoted = json_string(secret);
    for (auto at = json.find(quoted); at != std::string::npos; at = json.find(quoted)) json.erase(at, quoted.size());
  }
  return json;
}

}  // namespace

std::string lock_name(const PipelineConfig& config) {
  Poco::Checksum places;
  for (const PluginUse& sink : config.sinks) {
    places.update(sink.id);
    places.update(without_secrets(sink.checked.json, config.secrets));
  }
  char text[16];
  std::snprintf(text, sizeof text, ".%08x", static_cast<unsigned>(places.checksum()));
  return config.name + text;
}

RunLock::RunLock(std::string folder, const std::string& name, std::int64_t lease_ms, Clock& clock)
    : folder_(std::move(folder)),
      file_((std::filesystem::path(folder_) / (name + ".lock")).string()),
      lease_ms_(lease_ms),
      clock_(clock) {}

RunLock::RunLock(const PipelineConfig& config, const StatePlace& place, Clock& clock)
    : RunLock(state_folder(config.state_directory.value_or(""), config.name, place), lock_name(config), config.lease_ms,
              clock) {}

RunLock::~RunLock() {
  if (fd_ < 0) return;
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  changed_.notify_all();
  keeper_.join();
  ::close(fd_);
}

LockAnswer RunLock::take(IfLocked if_locked, bool fenced, LogSink& log, const std::function<bool()>& pause) {
  try {
    while (!try_take()) {
      if (if_locked == IfLocked::take_over) {
        log.log(LogLevel::warning, "host", "taking over from another run of this pipeline: " + holder());
        return LockAnswer::not_held;
      }
      if (if_locked != IfLocked::wait) return LockAnswer::occupied;
      // Somebody else's lock gives no event to wait for.
      if (pause()) return LockAnswer::stopped;
    }
  } catch (const Failed& failed) {
    if (failed.failure().exit_code != ExitCode::local_io || !fenced) throw;
    log.log(LogLevel::warning, "host",
            failed.failure().what + "; two runs at once are kept apart by the sinks alone, the newer one wins");
    return LockAnswer::not_held;
  }
  if (passed_over_) {
    log.log(LogLevel::warning, "host",
            "another run of this pipeline holds the lock and gave no sign of life for its lease; passing it over: it "
            "can write nothing more",
            {{"lock", file_}});
  }
  return LockAnswer::held;
}

Failure RunLock::occupied(const std::string& pipeline) const {
  return {.exit_code = ExitCode::try_again,
          .what = "another run of pipeline " + pipeline + " is at work: " + holder() + " (" + file_ + ")"};
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
  fd_ = fd;
  sign();
  touch();
  keeper_ = std::thread([this] { keep(); });
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

void RunLock::sign() const noexcept {
  char host[256] = "";
  ::gethostname(host, sizeof host - 1);
  const std::string words = "process " + std::to_string(::getpid()) + " on " + host + " since " +
                            format_utc(clock_.now_us()).substr(0, 19) + "Z\n";
  // For people; the lock is the flock, which needs no words.
  const bool is_signed = ::ftruncate(fd_, 0) == 0 && ::pwrite(fd_, words.data(), words.size(), 0) > 0;
  static_cast<void>(is_signed);
}

void RunLock::touch() const noexcept {
  const std::int64_t now_us = clock_.now_us();
  const timespec at{static_cast<time_t>(now_us / 1'000'000), static_cast<long>(now_us % 1'000'000 * 1000)};
  const timespec times[2] = {at, at};
  ::futimens(fd_, times);
}

// The keeper's thread.
void RunLock::keep() {
  std::unique_lock lock(mutex_);
  const auto ended = [this] { return ended_; };
  while (!clock_.wait(lock, changed_, clock_.monotonic_us() + touch_interval_ms() * 1000, ended)) touch();
}

std::string RunLock::holder() const {
  std::ifstream in(file_);
  std::string words;
  std::getline(in, words);
  return words;
}

}  // namespace haulier::host
