// Batch: owns a haulier_batch; and how the host walks one.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "engine/abi_text.hpp"
#include "haulier/abi/batch.h"

namespace haulier::host {

// Moves only; gives the batch back to whoever made it.
class Batch {
 public:
  Batch() noexcept { std::memset(&c_, 0, sizeof c_); }
  // Takes over; the C struct is left empty.
  explicit Batch(haulier_batch& from) noexcept : c_(from) { from.release = nullptr; }
  Batch(Batch&& other) noexcept : c_(other.c_) { other.c_.release = nullptr; }
  Batch& operator=(Batch&& other) noexcept {
    if (this != &other) {
      reset();
      c_ = other.c_;
      other.c_.release = nullptr;
    }
    return *this;
  }
  ~Batch() { reset(); }

  [[nodiscard]] haulier_batch& c() noexcept { return c_; }
  [[nodiscard]] const haulier_batch& c() const noexcept { return c_; }
  void reset() noexcept {
    if (c_.release) c_.release(&c_);
    std::memset(&c_, 0, sizeof c_);
    c_.struct_size = sizeof c_;
  }

 private:
  haulier_batch c_;
};

// The i-th record; records are walked by the producer's stride.
inline const haulier_record& record_at(const haulier_batch& batch, std::uint64_t i) noexcept {
  const char* base = reinterpret_cast<const char*>(batch.records);
  return *reinterpret_cast<const haulier_record*>(base + i * batch.record_size);
}

}  // namespace haulier::host
