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
  explicit ConnectionLost(const std::string& what) : std::runtime_error(what) {}
  ConnectionLost(const std::string& what, const Reaction& reaction) : std::runtime_error(what), reaction_(reaction) {}
  [[nodiscard]] std::uint64_t pause_ms() const { return reaction_.wait_ms; }
  /// The whole account is to rest, not only this connection.
  [[nodiscard]] bool rests_account() const { return reaction_.kind == Reaction::Kind::kPause; }
  /// The server has too many connections of this account.
  [[nodiscard]] bool too_many() const { return reaction_.fewer_connections; }

 private:
  Reaction reaction_;
};

/// The server broke a limit or a rule of the protocol: when new connections end the same way, waiting does not cure it.
class RuleBroken : public ConnectionLost {
 public:
  using ConnectionLost::ConnectionLost;
};

/// True when a new connection may cure it.
[[nodiscard]] bool is_passing(const IoError& error);

/// The words and the status with which the host hears of it.
[[nodiscard]] Error to_error(const IoError& error, const ServerConfig& server);

/// True when it is no fault of one connection or account: nobody goes on.
[[nodiscard]] inline bool stops_all(const Error& error) {
  return error.status() == HAULIER_CANCELLED || error.status() == HAULIER_LOCAL_IO || error.status() == HAULIER_FATAL;
}

}  // namespace haulier::imap
