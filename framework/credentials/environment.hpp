// What the sign-in code takes from the machine: randomness, time, waiting. Tests give their own.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <span>

namespace haulier::credentials {

// Called at every durability step with its name ("vault.temp_synced", "refresh.response_received", ...). Tests throw or
// end the process in it; the name is only for the reader of a failure, the order of the calls is what a sweep counts.
using Checkpoint = std::function<void(const char* step)>;

// All members are set; every function may be called from any thread.
struct Environment {
  std::function<void(std::span<std::uint8_t>)> random;
  std::function<std::int64_t()> unix_seconds;
  std::function<std::chrono::milliseconds()> monotonic;  // counts on while the machine sleeps
  std::function<void(std::chrono::milliseconds)> pause;
  std::function<bool()> cancelled;
  Checkpoint checkpoint;
};

[[nodiscard]] Environment system_environment();

}  // namespace haulier::credentials
