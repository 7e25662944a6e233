// Waits on 127.0.0.1 for the browser to come back from the provider (RFC 8252 section 7.3).
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "environment.hpp"
#include "file_descriptor.hpp"

namespace haulier::credentials {

// Listens from construction to destruction on 127.0.0.1 (never another address), on a port the system picks. Answers
// one GET of its own path; every other request gets 404 and is forgotten. Several connections may be open at once,
// because browsers open some that they never use. At most 16 connections and 16 KiB per request. One thread.
class LoopbackListener {
 public:
  explicit LoopbackListener(std::string path);
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

  // The query of the one request, without "?". Throws TryAgainLater when the time is over or on cancellation.
  [[nodiscard]] std::string wait(std::chrono::milliseconds limit, const Environment& environment);

 private:
  struct Connection {
    FileDescriptor socket;
    std::string received;
  };
  void accept_one();
  // True when this connection brought the query.
  bool serve(Connection& connection, std::string& query);
  [[nodiscard]] bool answer(const Connection& connection, std::string& query) const;

  std::string path_;
  FileDescriptor listener_;
  std::uint16_t port_ = 0;
  std::vector<Connection> connections_;
};

}  // namespace haulier::credentials
