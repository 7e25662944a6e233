#pragma once
#include <functional>
#include <memory>
#include <utility>

#include "io/byte_stream.hpp"

namespace haulier::imap {

/// A stream whose bytes are also shown to somebody else, after decryption and before encryption.
class RecordingStream : public ByteStream {
 public:
  using Seen = std::function<void(std::string_view bytes)>;
  RecordingStream(std::unique_ptr<ByteStream> inner, Seen read, Seen written)
      : inner_(std::move(inner)), read_(std::move(read)), written_(std::move(written)) {}

  [[nodiscard]] Read read(std::span<char> into) override {
    const Read result = inner_->read(into);
    if (result.size > 0) read_({into.data(), result.size});
    return result;
  }
  [[nodiscard]] std::size_t write(std::string_view bytes) override {
    const std::size_t size = inner_->write(bytes);
    if (size > 0) written_(bytes.substr(0, size));
    return size;
  }
  std::chrono::milliseconds wait(bool to_write, std::chrono::milliseconds timeout) override {
    return inner_->wait(to_write, timeout);
  }
  [[nodiscard]] std::string description() const override { return inner_->description(); }
  /// For STARTTLS; this one is of no use afterwards.
  [[nodiscard]] std::unique_ptr<ByteStream> release() { return std::move(inner_); }

 private:
  std::unique_ptr<ByteStream> inner_;
  Seen read_, written_;
};

}  // namespace haulier::imap
