// Batch (owning), BatchView (borrowed) and RecordView: typed reading of what flows.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "haulier/abi/batch.h"
#include "haulier/blob.hpp"
#include "haulier/view.hpp"

namespace haulier {

// Borrowed from a batch. Reading a field of another type than declared is a bug and gives an empty value.
class RecordView {
 public:
  explicit RecordView(const haulier_record& record) noexcept : record_(&record) {}

  std::uint32_t stream() const noexcept { return record_->stream; }
  haulier_op op() const noexcept { return static_cast<haulier_op>(record_->op); }
  std::uint64_t origin() const noexcept { return record_->origin; }
  std::uint32_t size() const noexcept { return record_->n_values; }
  const haulier_value& operator[](std::uint32_t i) const noexcept { return record_->values[i]; }

  bool absent(std::uint32_t i) const noexcept { return (*this)[i].type == HAULIER_ABSENT; }
  // Null or absent.
  bool empty(std::uint32_t i) const noexcept { return (*this)[i].type <= HAULIER_NULL; }
  // STRING and JSON.
  std::string_view text(std::uint32_t i) const noexcept {
    const haulier_value& value = (*this)[i];
    return value.type == HAULIER_STRING || value.type == HAULIER_JSON ? view(value.v.s) : std::string_view();
  }
  // INT64, TIMESTAMP and BOOL.
  std::optional<std::int64_t> integer(std::uint32_t i) const noexcept {
    const haulier_value& value = (*this)[i];
    if (value.type != HAULIER_INT64 && value.type != HAULIER_TIMESTAMP && value.type != HAULIER_BOOL)
      return std::nullopt;
    return value.v.i;
  }
  // Shares the batch's reference.
  Blob blob(std::uint32_t i) const noexcept {
    const haulier_value& value = (*this)[i];
    return value.type == HAULIER_BLOB ? Blob::share(value.v.b) : Blob();
  }
  const haulier_record& c_record() const noexcept { return *record_; }

 private:
  const haulier_record* record_;
};

// Borrowed; valid as long as the batch.
class BatchView {
 public:
  explicit BatchView(const haulier_batch& batch) noexcept : batch_(&batch) {}
  std::uint64_t size() const noexcept { return batch_->n_records; }
  RecordView operator[](std::uint64_t i) const noexcept {
    const char* base = reinterpret_cast<const char*>(batch_->records);
    return RecordView(*reinterpret_cast<const haulier_record*>(base + i * batch_->record_size));
  }
  std::string_view partition() const noexcept { return view(batch_->partition); }
  std::uint64_t origin_count() const noexcept { return batch_->origin_count; }
  std::uint64_t size_bytes() const noexcept { return batch_->size_bytes; }
  const haulier_batch& c_batch() const noexcept { return *batch_; }

 private:
  const haulier_batch* batch_;
};

// Owns a batch; moves only.
class Batch {
 public:
  Batch() noexcept : batch_{} {}
  // Takes over; the C struct is left empty.
  explicit Batch(haulier_batch& from) noexcept : batch_(from) { from.release = nullptr; }
  Batch(Batch&& other) noexcept : batch_(other.batch_) { other.batch_.release = nullptr; }
  Batch& operator=(Batch&& other) noexcept {
    if (this != &other) {
      reset();
      batch_ = other.batch_;
      other.batch_.release = nullptr;
    }
    return *this;
  }
  ~Batch() { reset(); }

  explicit operator bool() const noexcept { return batch_.release != nullptr; }
  BatchView view() const noexcept { return BatchView(batch_); }
  void move_to(haulier_batch* out) noexcept {
    *out = batch_;
    batch_.release = nullptr;
  }

 private:
  void reset() noexcept {
    if (batch_.release) batch_.release(&batch_);
    batch_.release = nullptr;
  }
  haulier_batch batch_;
};

}  // namespace haulier
