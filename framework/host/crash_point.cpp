#include "crash_point.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <charconv>

namespace haulier::host {

CrashPoints::CrashPoints(Place stop_at, std::string list_file, Stop stop)
    : armed_(stop_at.number != 0 || !list_file.empty()),
      stop_at_(std::move(stop_at)),
      list_file_(std::move(list_file)),
      stop_(stop ? std::move(stop) : [](std::string_view, std::uint64_t) { ::_exit(kExitCode); }) {}

CrashPoints::Place CrashPoints::stop_at(const GetEnv& get_env) {
  const char* value = get_env("HAULIER_CRASH_AT");
  if (value == nullptr) return {};
  const std::string_view text(value);
  const std::size_t colon = text.rfind(':');
  const std::string_view name = text.substr(0, colon == std::string_view::npos ? 0 : colon);
  const std::string_view digits = text.substr(colon == std::string_view::npos ? 0 : colon + 1);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) return {};
  return {number, std::string(name)};
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
  if (stop_at_.number == 0 || (!stop_at_.step.empty() && stop_at_.step != name)) return;
  if (++counted_ == stop_at_.number) stop_(name, number);
}

}  // namespace haulier::host
