#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/byte_stream.hpp"
#include "proto/session.hpp"

namespace haulier::imap {

struct Timeouts {
  std::chrono::milliseconds connect{20'000};
  std::chrono::milliseconds tls{20'000};
  /// Silence while an answer is due.
  std::chrono::milliseconds response{60'000};
  /// Waiting that may add up without a command's answer and with less than a KiB per second: who trickles is cut off.
  /// Twelve times that with neither answer nor body, however much comes: who talks and answers nothing is, too.
  std::chrono::milliseconds stall{300'000};
};

/// A session on a stream: pumps bytes both ways until there is an event. One thread; owned by the reader of an account.
class Connection {
 public:
  Connection(std::unique_ptr<ByteStream> stream, Session::Options options, Timeouts timeouts);

  /// The next event that is not NeedInput; sends what is queued first. Views in it live until the next call. Throws
  /// IoError: kClosed at the end of the stream, kTimeout, kCancelled.
  [[nodiscard]] Event next();
  /// The same while nothing is due: waits at most `left`, which is less afterwards; nullopt when it is over.
  [[nodiscard]] std::optional<Event> next_within(std::chrono::milliseconds& left);
  /// Sends what is queued without waiting for an answer.
  void flush();

  /// After STARTTLS was answered: `upgrade` turns the plain stream into an encrypted one.
  void start_tls(const std::function<std::unique_ptr<ByteStream>(std::unique_ptr<ByteStream>)>& upgrade);

  [[nodiscard]] Session& session() { return session_; }
  [[nodiscard]] const Session& session() const { return session_; }
  [[nodiscard]] std::uint64_t received_bytes() const { return received_bytes_; }
  [[nodiscard]] std::string description() const { return stream_->description(); }

 private:
  void fill();
  void note_wait(std::chrono::milliseconds waited);

  static constexpr std::size_t kReadBytes = std::size_t{256} << 10;

  std::unique_ptr<ByteStream> stream_;
  Session session_;
  Timeouts timeouts_;
  std::vector<char> buffer_;
  std::string unsent_;
  std::uint64_t received_bytes_ = 0;
  std::uint64_t window_bytes_ = 0;
  std::chrono::milliseconds window_waited_{0};
  std::chrono::milliseconds unanswered_waited_{0};
};

}  // namespace haulier::imap
