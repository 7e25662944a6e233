#pragma once
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "io/byte_stream.hpp"
#include "trace.hpp"

namespace replay {

// How the server's octets of all connections together are cut into reads.
struct Cuts {
  std::size_t at = SIZE_MAX;       // one cut before this octet
  std::size_t every = SIZE_MAX;    // and one after this many
  std::size_t ends_at = SIZE_MAX;  // the server goes away behind this many
  std::size_t seen = 0;            // octets handed out so far; shared by the connections of a run
};

// The client did something else than the trace says.
class TraceMismatch : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

// A ByteStream whose other end is one connection of a trace. Never waits: where a real one would, the trace is wrong.
class ScriptedStream : public haulier::imap::ByteStream {
 public:
  ScriptedStream(const TraceConnection& items, Cuts& cuts) : items_(items), cuts_(cuts) {}

  [[nodiscard]] Read read(std::span<char> into) override;
  [[nodiscard]] std::size_t write(std::string_view bytes) override;
  std::chrono::milliseconds wait(bool to_write, std::chrono::milliseconds timeout) override;
  [[nodiscard]] std::string description() const override { return "a trace"; }

 private:
  [[nodiscard]] bool match_client(const TraceItem& item);

  const TraceConnection& items_;
  Cuts& cuts_;
  std::size_t next_ = 0;
  std::string pending_;   // the server's octets on their way
  std::string received_;  // the client's
  Tags tags_;
};

}  // namespace replay
