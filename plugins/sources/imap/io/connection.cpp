#include "io/connection.hpp"

#include <algorithm>
#include <utility>

namespace haulier::imap {
namespace {
constexpr std::uint64_t kMinBytesPerSecond = 1024;
constexpr int kStallsWithoutAnswer = 12;
// A link is measured over this much, and only where nothing but the link was waited for: longer pauses are the
// server's.
constexpr std::uint64_t kLinkSampleBytes = std::uint64_t{512} << 10;
constexpr std::chrono::milliseconds kLongestLinkWait{500};
}  // namespace

Connection::Connection(std::unique_ptr<ByteStream> stream, Session::Options options, Timeouts timeouts, Pace* pace)
    : stream_(std::move(stream)),
      session_(std::move(options)),
      timeouts_(timeouts),
      pace_(pace),
      silence_(timeouts.response),
      buffer_(std::make_unique_for_overwrite<char[]>(kReadBytes)) {
  if (pace_) session_.hold_back();
}

Event Connection::next() {
  for (;;) {
    flush();
    auto event = session_.next();
    if (!std::holds_alternative<NeedInput>(event)) {
      if (const auto* completed = std::get_if<Completed>(&event)) {
        window_waited_ = {};
        window_bytes_ = 0;
        unanswered_waited_ = {};
        if (completed->verb == Verb::kCompress && completed->ok()) begin_compression();
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
    if (take_input()) continue;
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
  while (pace_ && session_.held_back() && pace_->take_commands(1) > 0) session_.allow(1);
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

bool Connection::take_input() {
  const auto read = stream_->read({buffer_.get(), kReadBytes});
  if (read.size == 0) {
    if (read.ended) throw IoError(IoError::Kind::kClosed, "the server closed the connection");
    return false;
  }
  received_bytes_ += read.size;
  if (pace_) pace_->received(read.size);
  session_.feed({buffer_.get(), read.size});
  return true;
}

void Connection::fill() {
  using std::chrono::microseconds;
  microseconds waited{0};
  for (const auto before = received_bytes_;;) {
    if (take_input()) {
      const auto size = static_cast<std::size_t>(received_bytes_ - before);
      window_bytes_ += size;
      note_link(size, waited);
      return;
    }
    if (session_.held_back()) {
      wait_for_leave();
    } else {
      const auto start = std::chrono::steady_clock::now();
      note_wait(stream_->wait(!unsent_.empty(), silence_));
      waited += std::chrono::duration_cast<microseconds>(std::chrono::steady_clock::now() - start);
    }
    flush();
  }
}

// There are commands that may not be sent yet: until they may, or something arrives.
void Connection::wait_for_leave() {
  const auto time = pace_->until_next_command();
  if (time.count() == 0) return;
  if (session_.idle()) return pace_->rest(time);
  try {
    note_wait(stream_->wait(!unsent_.empty(), std::min(time, silence_)));
  } catch (const IoError& error) {
    if (error.kind() != IoError::Kind::kTimeout || time >= silence_) throw;
    note_wait(time);
  }
}

void Connection::note_link(std::size_t bytes, std::chrono::microseconds waited) {
  if (!pace_ || deflate_) return;
  if (waited > kLongestLinkWait) {
    link_bytes_ = 0;
    link_waited_ = {};
    return;
  }
  link_bytes_ += bytes;
  link_waited_ += waited;
  if (link_bytes_ < kLinkSampleBytes) return;
  const auto us = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(link_waited_.count()));
  pace_->measured(std::exchange(link_bytes_, 0) * 1'000'000 / us);
  link_waited_ = {};
}

std::uint64_t Connection::received_bytes() const {
  return deflate_ ? plain_bytes_ + deflate_->compressed_bytes() : received_bytes_;
}

// What follows the answer is compressed already; the session must not see it as it is.
void Connection::begin_compression() {
  auto unread = session_.compression_begins();
  plain_bytes_ = received_bytes_ - unread.size();
  auto stream = std::make_unique<DeflateStream>(std::move(stream_), std::move(unread));
  deflate_ = stream.get();
  stream_ = std::move(stream);
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
