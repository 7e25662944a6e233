#pragma once
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/byte_stream.hpp"
#include "io/deflate_stream.hpp"
#include "io/pace.hpp"
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
  /// `pace` is borrowed; null: as fast as it goes.
  Connection(std::unique_ptr<ByteStream> stream, Session::Options options, Timeouts timeouts, Pace* pace = nullptr);

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
  /// As they came over the wire, inside TLS.
  [[nodiscard]] std::uint64_t received_bytes() const;
  /// Silence that is borne while an answer is due, until expect_usual_answers().
  void expect_answers_within(std::chrono::milliseconds time) { silence_ = std::min(time, timeouts_.response); }
  void expect_usual_answers() { silence_ = timeouts_.response; }
  [[nodiscard]] std::string description() const { return stream_->description(); }

 private:
  void fill();
  /// False: nothing there now.
  [[nodiscard]] bool take_input();
  void wait_for_leave();
  void begin_compression();
  void note_link(std::size_t bytes, std::chrono::microseconds waited);
  void note_wait(std::chrono::milliseconds waited);

  static constexpr std::size_t kReadBytes = std::size_t{256} << 10;

  std::unique_ptr<ByteStream> stream_;
  Session session_;
  Timeouts timeouts_;
  Pace* pace_;
  DeflateStream* deflate_ = nullptr;  ///< stream_, once it is one
  std::chrono::milliseconds silence_;
  std::unique_ptr<char[]> buffer_;  ///< not set to zero: most connections never fill its pages
  std::string unsent_;
  std::uint64_t received_bytes_ = 0;  ///< as the session got them
  std::uint64_t plain_bytes_ = 0;     ///< of them, those before compression began
  std::uint64_t window_bytes_ = 0;
  std::chrono::milliseconds window_waited_{0};
  std::chrono::milliseconds unanswered_waited_{0};
  std::uint64_t link_bytes_ = 0;
  std::chrono::microseconds link_waited_{0};
};

}  // namespace haulier::imap
