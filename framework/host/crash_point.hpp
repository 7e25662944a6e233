// Numbered steps at which a test stops the process, to prove that the next run recovers. Off unless the environment
// says so: HAULIER_CRASH_AT=N stops at the N-th step of all, HAULIER_CRASH_AT=sqlite.row:N at the N-th step of that
// name (threads mix the order of all steps, but each thread's own order stays), HAULIER_CRASH_LIST=FILE appends the
// name of every step to FILE.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace haulier::host {

// One object, made in main (or by a test) and passed by reference. step() may be called from any thread.
class CrashPoints {
 public:
  using GetEnv = std::function<const char*(const char* name)>;
  // What happens at the chosen step. The default is _exit(99): no destructor, no flush, as a power cut would.
  using Stop = std::function<void(std::string_view step, std::uint64_t number)>;

  struct Place {
    Place(std::uint64_t nth = 0, std::string name = {}) : number(nth), step(std::move(name)) {}

    std::uint64_t number;  // 0: never
    std::string step;      // only steps of this name count; empty: all do
  };

  static constexpr int kExitCode = 99;

  CrashPoints() = default;  // never stops
  CrashPoints(Place stop_at, std::string list_file, Stop stop = {});
  CrashPoints(const CrashPoints&) = delete;
  CrashPoints& operator=(const CrashPoints&) = delete;

  // Read the two variables; a value that is neither N nor NAME:N is ignored.
  [[nodiscard]] static Place stop_at(const GetEnv& get_env);
  [[nodiscard]] static std::string list_file(const GetEnv& get_env);

  void step(std::string_view name) {
    if (armed_) [[unlikely]]
      count(name);
  }
  [[nodiscard]] std::uint64_t steps() const { return steps_; }

 private:
  void count(std::string_view name);

  bool armed_ = false;
  Place stop_at_;
  std::string list_file_;
  Stop stop_;
  std::atomic<std::uint64_t> steps_{0};
  std::atomic<std::uint64_t> counted_{0};  // of those that stop_at_ means
};

}  // namespace haulier::host
