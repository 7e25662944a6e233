#include "io/connection.hpp"

#include <algorithm>
#include <utility>

namespace haulier::imap {
namespace {
constexpr std::uint64_t kMinBytesPerSecond = 1024;
constexpr int kStallsWithoutAnswer = 12;
}  // namespace

Connection::Connection(std::unique_ptr<ByteStream> stream, Session::Options options, Timeouts timeouts)
    : stream_(std::move(stream)), session_(std::move(options)), timeouts_(timeouts), buffer_(kReadBytes) {}

Event Connection::next() {
  for (;;) {
    flush();
    auto event = session_.next();
    if (!std::holds_alternative<NeedInput>(event)) {
      if (std::holds_alternative<Completed>(event)) {
        window_waited_ = {};
        window_bytes_ = 0;
        unanswered_waited_ = {};
      }
      if (std::holds_alternative<BodyChunk>(event)) unanswered_waited_ = {};
      return event;
    }
    flush();
    fill();
  }
}

std::optional<Event> Connection::next_within(std::chrono::milliseconds& left) {
  for (;;) {
    flush();
    auto event = session_.next();
    if (!std::holds_alternative<NeedInput>(event)) return event;
    flush();
    const auto read = stream_->read(buffer_);
    if (read.size > 0) {
      received_bytes_ += read.size;
      session_.feed({buffer_.data(), read.size});
      continue;
    }
    if (read.ended) throw IoError(IoError::Kind::kClosed, "the server closed the connection");
    if (left.count() <= 0) return std::nullopt;
    try {
      left -= std::max(stream_->wait(!unsent_.empty(), left), std::chrono::milliseconds(1));
    } catch (const IoError& error) {
      if (error.kind() != IoError::Kind::kTimeout) throw;
      left = {};
      return std::nullopt;
    }
  }
}

void Connection::flush() {
  auto output = session_.take_output();
  if (unsent_.empty()) {
    unsent_ = std::move(output);
  } else {
    unsent_ += output;
  }
  while (!unsent_.empty()) {
    const auto size = stream_->write(unsent_);
    if (size == 0) return;
    unsent_.erase(0, size);
  }
}

void Connection::fill() {
  for (;;) {
    const auto read = stream_->read(buffer_);
    if (read.size > 0) {
      received_bytes_ += read.size;
      window_bytes_ += read.size;
      session_.feed({buffer_.data(), read.size});
      return;
    }
    if (read.ended) throw IoError(IoError::Kind::kClosed, "the server closed the connection");
    note_wait(stream_->wait(!unsent_.empty(), timeouts_.response));
    flush();
  }
}

void Connection::note_wait(std::chrono::milliseconds waited) {
  window_waited_ += waited;
  unanswered_waited_ += waited;
  if (unanswered_waited_ >= timeouts_.stall * kStallsWithoutAnswer) {
    throw IoError(IoError::Kind::kTimeout, "the server talks and answers nothing");
  }
  if (window_waited_ < timeouts_.stall) return;
  const auto seconds = static_cast<std::uint64_t>(window_waited_.count()) / 1000;
  if (window_bytes_ < seconds * kMinBytesPerSecond) {
    throw IoError(IoError::Kind::kTimeout, "the server sends less than a KiB per second");
  }
  window_waited_ = {};
  window_bytes_ = 0;
}

void Connection::start_tls(const std::function<std::unique_ptr<ByteStream>(std::unique_ptr<ByteStream>)>& upgrade) {
  stream_ = upgrade(std::move(stream_));
  session_.tls_established();
}

}  // namespace haulier::imap
