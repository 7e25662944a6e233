#pragma once
#include <zlib.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "io/byte_stream.hpp"

namespace haulier::imap {

/// Raw DEFLATE both ways on top of another stream (RFC 4978). Memory is bounded by zlib's windows and one buffer: what
/// does not fit into the caller's buffer stays compressed. A server whose bytes grow beyond all reason is cut off.
/// Throws IoError(kCompression) for what is no DEFLATE stream.
class DeflateStream : public ByteStream {
 public:
  /// `unread`: compressed bytes that were read already.
  DeflateStream(std::unique_ptr<ByteStream> inner, std::string unread);
  ~DeflateStream() override;
  DeflateStream(const DeflateStream&) = delete;
  DeflateStream& operator=(const DeflateStream&) = delete;

  [[nodiscard]] Read read(std::span<char> into) override;
  [[nodiscard]] std::size_t write(std::string_view bytes) override;
  std::chrono::milliseconds wait(bool to_write, std::chrono::milliseconds timeout) override;
  [[nodiscard]] std::string description() const override { return inner_->description() + " deflate"; }
  /// As they came over the wire.
  [[nodiscard]] std::uint64_t compressed_bytes() const { return compressed_bytes_; }

 private:
  [[nodiscard]] std::size_t inflate_into(std::span<char> into);
  void push();

  std::unique_ptr<ByteStream> inner_;
  z_stream in_{};
  z_stream out_{};
  std::vector<char> buffer_;  ///< compressed bytes, in_.next_in points into it
  std::string unsent_;        ///< compressed bytes that the inner stream did not take yet
  std::uint64_t compressed_bytes_ = 0;
  std::uint64_t inflated_bytes_ = 0;
  bool full_ = false;  ///< the last read filled its buffer: zlib may hold more
  bool inner_ended_ = false;
};

}  // namespace haulier::imap
