#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace haulier::imap {

/// How fast a connection may go, decided by who knows what else the account does. Shared by connections; thread: any.
class Pace {
 public:
  virtual ~Pace() = default;
  /// How many of `wanted` commands may be sent now.
  [[nodiscard]] virtual std::size_t take_commands(std::size_t wanted) = 0;
  [[nodiscard]] virtual std::chrono::milliseconds until_next_command() = 0;
  /// Called for what was read; waits when it came too fast. Throws IoError(kCancelled).
  virtual void received(std::size_t bytes) = 0;
  /// Nothing is due, nothing may be sent. Throws IoError(kCancelled).
  virtual void rest(std::chrono::milliseconds time) = 0;
  /// What the link gave while there was more to come.
  virtual void measured(std::uint64_t bytes_per_second) = 0;
};

}  // namespace haulier::imap
