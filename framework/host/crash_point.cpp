#include "crash_point.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <charconv>

namespace haulier::host {

CrashPoints::CrashPoints(std::uint64_t stop_at, std::string list_file, Stop stop)
    : armed_(stop_at != 0 || !list_file.empty()),
      stop_at_(stop_at),
      list_file_(std::move(list_file)),
      stop_(stop ? std::move(stop) : [](std::string_view, std::uint64_t) { ::_exit(kExitCode); }) {}

std::uint64_t CrashPoints::stop_at(const GetEnv& get_env) {
  const char* value = get_env("HAULIER_CRASH_AT");
  if (value == nullptr) return 0;
  const std::string_view text(value);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? number : 0;
}

std::string CrashPoints::list_file(const GetEnv& get_env) {
  const char* value = get_env("HAULIER_CRASH_LIST");
  return value == nullptr ? std::string() : std::string(value);
}

void CrashPoints::count(std::string_view name) {
  const std::uint64_t number = ++steps_;
  if (!list_file_.empty()) {
    // O_APPEND with one write: lines of several threads and processes do not mix.
    const int fd = ::open(list_file_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd >= 0) {
      const std::string line = std::string(name) + "\n";
      [[maybe_unused]] const auto written = ::write(fd, line.data(), line.size());
      ::close(fd);
    }
  }
  if (number == stop_at_) stop_(name, number);
}

}  // namespace haulier::host
