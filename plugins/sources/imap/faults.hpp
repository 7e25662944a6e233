#pragma once
#include <cstdint>
#include <stdexcept>
#include <string>

#include "config.hpp"
#include "haulier/error.hpp"
#include "io/byte_stream.hpp"
#include "sync/reaction.hpp"

namespace haulier::imap {

/// The server ended the conversation, or broke a rule of it: a new connection may help. `pause` is what the server, or
/// custom with such servers, asks for before that.
class ConnectionLost : public std::runtime_error {
 public:
  explicit ConnectionLost(const std::string& what, std::uint64_t pause_ms = 0)
      : std::runtime_error(what), pause_ms_(pause_ms) {}
  [[nodiscard]] std::uint64_t pause_ms() const { return pause_ms_; }

 private:
  std::uint64_t pause_ms_;
};

/// The account has read what it may in a day; everything that was read is kept.
class DayUsedUp : public ConnectionLost {
 public:
  using ConnectionLost::ConnectionLost;
};

/// True when a new connection may cure it.
[[nodiscard]] bool is_passing(const IoError& error);

/// The words and the status with which the host hears of it.
[[nodiscard]] Error to_error(const IoError& error, const ServerConfig& server);

}  // namespace haulier::imap
