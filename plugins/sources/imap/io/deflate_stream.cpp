#include "io/deflate_stream.hpp"

#include <algorithm>
#include <new>

namespace haulier::imap {
namespace {

using Kind = IoError::Kind;

constexpr std::size_t kBufferBytes = std::size_t{64} << 10;
// Text comes to a fifth; a message of nothing but one letter to a thousandth. Beyond this there is no mail, or so
// little of it that it may come without compression.
constexpr std::uint64_t kFreeBytes = std::uint64_t{64} << 20;
constexpr std::uint64_t kMaxRatio = 256;
constexpr int kRawWindow = -15;  // negative: no zlib header (RFC 4978 section 3)
constexpr int kMemoryLevel = 8;

Bytef* bytes_of(const char* data) { return reinterpret_cast<Bytef*>(const_cast<char*>(data)); }

}  // namespace

DeflateStream::DeflateStream(std::unique_ptr<ByteStream> inner, std::string unread)
    : inner_(std::move(inner)), buffer_(std::max(kBufferBytes, unread.size())) {
  if (inflateInit2(&in_, kRawWindow) != Z_OK) throw std::bad_alloc();
  // Commands are short and few: the fastest level.
  if (deflateInit2(&out_, Z_BEST_SPEED, Z_DEFLATED, kRawWindow, kMemoryLevel, Z_DEFAULT_STRATEGY) != Z_OK) {
    inflateEnd(&in_);
    throw std::bad_alloc();
  }
  std::copy(unread.begin(), unread.end(), buffer_.begin());
  in_.next_in = bytes_of(buffer_.data());
  in_.avail_in = static_cast<uInt>(unread.size());
  compressed_bytes_ = unread.size();
}

DeflateStream::~DeflateStream() {
  inflateEnd(&in_);
  deflateEnd(&out_);
}

ByteStream::Read DeflateStream::read(std::span<char> into) {
  push();
  for (;;) {
    if (in_.avail_in > 0 || full_) {
      const auto size = inflate_into(into);
      if (size > 0) return {size, false};
    }
    if (inner_ended_) return {0, true};
    const auto got = inner_->read(buffer_);
    inner_ended_ = got.ended;
    if (got.size == 0 && !got.ended) return {};
    compressed_bytes_ += got.size;
    in_.next_in = bytes_of(buffer_.data());
    in_.avail_in = static_cast<uInt>(got.size);
  }
}

std::size_t DeflateStream::inflate_into(std::span<char> into) {
  in_.next_out = bytes_of(into.data());
  in_.avail_out = static_cast<uInt>(into.size());
  const int result = inflate(&in_, Z_SYNC_FLUSH);
  const auto size = into.size() - in_.avail_out;
  full_ = in_.avail_out == 0;
  if (result == Z_STREAM_END) {
    // Some servers close it before the connection; nothing can follow.
    inner_ended_ = true;
    full_ = false;
    in_.avail_in = 0;
  } else if (result != Z_OK && result != Z_BUF_ERROR) {
    throw IoError(Kind::kCompression, "the server's compression is damaged");
  }
  inflated_bytes_ += size;
  if (inflated_bytes_ > kFreeBytes + kMaxRatio * compressed_bytes_) {
    throw IoError(Kind::kCompression, "the server's compressed data grows beyond all reason");
  }
  return size;
}

std::size_t DeflateStream::write(std::string_view bytes) {
  push();
  if (!unsent_.empty()) return 0;
  char block[4096];
  out_.next_in = bytes_of(bytes.data());
  out_.avail_in = static_cast<uInt>(bytes.size());
  do {
    out_.next_out = bytes_of(block);
    out_.avail_out = sizeof block;
    deflate(&out_, Z_SYNC_FLUSH);
    unsent_.append(block, sizeof block - out_.avail_out);
  } while (out_.avail_out == 0);
  push();
  return bytes.size();
}

void DeflateStream::push() {
  while (!unsent_.empty()) {
    const auto size = inner_->write(unsent_);
    if (size == 0) return;
    unsent_.erase(0, size);
  }
}

std::chrono::milliseconds DeflateStream::wait(bool to_write, std::chrono::milliseconds timeout) {
  const auto waited = inner_->wait(to_write || !unsent_.empty(), timeout);
  push();
  return waited;
}

}  // namespace haulier::imap
