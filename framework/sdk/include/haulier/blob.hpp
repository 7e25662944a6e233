// Blob: one reference to a host blob. BlobWriter: a blob that is being filled.
#pragma once

#include <string_view>
#include <utility>

#include "haulier/abi/host.h"
#include "haulier/error.hpp"

namespace haulier {

// Owns one reference; copying takes one more. The bytes never change.
class Blob {
 public:
  Blob() = default;
  // Takes over a reference.
  static Blob adopt(haulier_blob* blob) noexcept { return Blob(blob); }
  // Takes one more reference.
  static Blob share(haulier_blob* blob) noexcept {
    if (blob) blob->retain(blob);
    return Blob(blob);
  }
  Blob(const Blob& other) noexcept : blob_(other.blob_) {
    if (blob_) blob_->retain(blob_);
  }
  Blob(Blob&& other) noexcept : blob_(std::exchange(other.blob_, nullptr)) {}
  Blob& operator=(Blob other) noexcept {
    std::swap(blob_, other.blob_);
    return *this;
  }
  ~Blob() {
    if (blob_) blob_->release(blob_);
  }

  explicit operator bool() const noexcept { return blob_ != nullptr; }
  std::string_view bytes() const noexcept {
    return blob_ ? std::string_view(reinterpret_cast<const char*>(blob_->data), static_cast<std::size_t>(blob_->size))
                 : std::string_view();
  }
  std::uint64_t size() const noexcept { return blob_ ? blob_->size : 0; }
  bool spilled() const noexcept { return blob_ && (blob_->flags & HAULIER_BLOB_SPILLED); }
  // See haulier_blob.done_with: the pages of a spilled blob may leave memory.
  void done_with(std::uint64_t offset, std::uint64_t size) const noexcept {
    if (blob_) blob_->done_with(blob_, offset, size);
  }
  haulier_blob* get() const noexcept { return blob_; }
  // Gives the reference away.
  haulier_blob* release() noexcept { return std::exchange(blob_, nullptr); }

 private:
  explicit Blob(haulier_blob* blob) noexcept : blob_(blob) {}
  haulier_blob* blob_ = nullptr;
};

// Used by the one thread that made it. Destroyed without seal(): the bytes are gone.
class BlobWriter {
 public:
  BlobWriter(const haulier_host* host, std::uint64_t expected_size) : host_(host) {
    haulier_error error = detail::new_error();
    haulier_blob* blob = nullptr;
    detail::require_ok(host_->blob_new(host_->ctx, expected_size, &blob, &error), error);
    blob_ = Blob::adopt(blob);
  }
  void append(std::string_view bytes) {
    haulier_error error = detail::new_error();
    detail::require_ok(host_->blob_append(host_->ctx, blob_.get(), bytes.data(), bytes.size(), &error), error);
    size_ += bytes.size();
  }
  std::uint64_t size() const noexcept { return size_; }
  [[nodiscard]] Blob seal() {
    haulier_error error = detail::new_error();
    detail::require_ok(host_->blob_seal(host_->ctx, blob_.get(), &error), error);
    return std::move(blob_);
  }

 private:
  const haulier_host* host_;
  Blob blob_;
  std::uint64_t size_ = 0;
};

}  // namespace haulier
