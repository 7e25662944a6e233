// BatchBuilder: makes a batch. Strings are copied into an arena of the batch, or borrowed from something it keeps
// alive.
#pragma once

#include <cstdint>
#include <cstring>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "haulier/batch.hpp"

namespace haulier {

namespace detail {

// What a finished batch owns. Freed by the batch's release().
struct BatchContents {
  static constexpr std::size_t kChunk = 64 * 1024;  // bytes

  std::vector<haulier_record> records;
  std::vector<haulier_reject> rejects;
  std::vector<std::unique_ptr<char[]>> chunks;
  std::size_t left = 0;  // bytes free at `at`
  char* at = nullptr;
  std::deque<std::string> strings;
  std::vector<haulier_blob*> blobs;
  std::deque<Batch> kept;
  haulier_record state{};
  haulier_str partition{};
  bool has_state = false;

  BatchContents() = default;
  BatchContents(const BatchContents&) = delete;
  BatchContents& operator=(const BatchContents&) = delete;
  ~BatchContents() {
    for (haulier_blob* blob : blobs) blob->release(blob);
  }

  void* allocate(std::size_t size, std::size_t align) {
    std::size_t skip = (align - reinterpret_cast<std::uintptr_t>(at) % align) % align;
    if (skip + size > left) {
      const std::size_t chunk = size + align > kChunk ? size + align : kChunk;
      chunks.emplace_back(new char[chunk]);
      at = chunks.back().get();
      left = chunk;
      skip = (align - reinterpret_cast<std::uintptr_t>(at) % align) % align;
    }
    char* out = at + skip;
    at += skip + size;
    left -= skip + size;
    return out;
  }
  haulier_str copy(std::string_view text) {
    if (text.empty()) return {"", 0};
    char* to = static_cast<char*>(allocate(text.size(), 1));
    std::memcpy(to, text.data(), text.size());
    return {to, text.size()};
  }
};

inline void release_batch(haulier_batch* batch) noexcept {
  delete static_cast<BatchContents*>(batch->owner);
  batch->release = nullptr;
  batch->owner = nullptr;
}

}  // namespace detail

// Fills the values of one record. Valid until the builder is finished. Fields that are not set are null in an upsert
// and absent in an update or delete.
class RecordBuilder {
 public:
  RecordBuilder(detail::BatchContents& contents, haulier_value* values) noexcept
      : contents_(&contents), values_(values) {}

  // Text is copied.
  RecordBuilder& text(std::uint32_t i, std::string_view value) {
    return put(i, HAULIER_STRING, contents_->copy(value));
  }
  RecordBuilder& json(std::uint32_t i, std::string_view value) { return put(i, HAULIER_JSON, contents_->copy(value)); }
  // Text is borrowed: it must live as long as the batch (a literal, or in a batch kept with BatchBuilder::keep).
  RecordBuilder& text_view(std::uint32_t i, std::string_view value) { return put(i, HAULIER_STRING, str(value)); }
  RecordBuilder& json_view(std::uint32_t i, std::string_view value) { return put(i, HAULIER_JSON, str(value)); }
  // Text is moved in; for long ones.
  RecordBuilder& text_move(std::uint32_t i, std::string&& value) {
    contents_->strings.push_back(std::move(value));
    return put(i, HAULIER_STRING, str(contents_->strings.back()));
  }
  RecordBuilder& integer(std::uint32_t i, std::int64_t value) { return put_int(i, HAULIER_INT64, value); }
  RecordBuilder& boolean(std::uint32_t i, bool value) { return put_int(i, HAULIER_BOOL, value ? 1 : 0); }
  // Microseconds since 1970 UTC.
  RecordBuilder& timestamp(std::uint32_t i, std::int64_t us) { return put_int(i, HAULIER_TIMESTAMP, us); }
  RecordBuilder& real(std::uint32_t i, double value) {
    values_[i].type = HAULIER_DOUBLE;
    values_[i].v.d = value;
    return *this;
  }
  RecordBuilder& blob(std::uint32_t i, Blob value) {
    values_[i].type = HAULIER_BLOB;
    values_[i].v.b = value.get();
    contents_->blobs.push_back(value.release());
    return *this;
  }
  RecordBuilder& null(std::uint32_t i) {
    values_[i].type = HAULIER_NULL;
    return *this;
  }
  // A value of a batch that is kept: borrowed as it is, blobs shared.
  RecordBuilder& value(std::uint32_t i, const haulier_value& from) {
    if (from.type == HAULIER_BLOB) return blob(i, Blob::share(from.v.b));
    values_[i] = from;
    return *this;
  }

 private:
  RecordBuilder& put(std::uint32_t i, haulier_type type, haulier_str value) noexcept {
    values_[i].type = type;
    values_[i].v.s = value;
    return *this;
  }
  RecordBuilder& put_int(std::uint32_t i, haulier_type type, std::int64_t value) noexcept {
    values_[i].type = type;
    values_[i].v.i = value;
    return *this;
  }

  detail::BatchContents* contents_;
  haulier_value* values_;
};

// One batch at a time; finish() gives it away and the builder starts anew.
class BatchBuilder {
 public:
  BatchBuilder() : contents_(std::make_unique<detail::BatchContents>()) {}

  // A new record with n_values fields of stream `stream` (index in this stage's own schema).
  RecordBuilder record(std::uint32_t stream, std::uint32_t n_values, haulier_op op, std::uint64_t origin) {
    haulier_value* values = new_values(n_values, op);
    contents_->records.push_back({stream, static_cast<std::uint32_t>(op), origin, n_values, 0, values});
    return RecordBuilder(*contents_, values);
  }
  // A record of a kept batch goes on as it is, under another stream index. Its values and blobs stay owned by that
  // batch: nothing is copied.
  void pass(const RecordView& from, std::uint32_t stream) {
    haulier_record record = from.c_record();
    record.stream = stream;
    contents_->records.push_back(record);
  }
  // Keeps another batch alive as long as this one, so that its strings and blobs can be borrowed.
  void keep(Batch&& batch) { contents_->kept.push_back(std::move(batch)); }

  void reject(std::uint64_t origin, std::string_view key_json, std::string_view reason, Blob raw = {}) {
    haulier_blob* blob = raw.release();
    if (blob) contents_->blobs.push_back(blob);
    contents_->rejects.push_back({origin, contents_->copy(key_json), contents_->copy(reason), blob});
  }

  // For sources: see haulier_batch.
  void partition(std::string_view name) { contents_->partition = contents_->copy(name); }
  RecordBuilder state(std::uint32_t stream, std::uint32_t n_values) {
    haulier_value* values = new_values(n_values, HAULIER_UPSERT);
    contents_->state = {stream, HAULIER_UPSERT, 0, n_values, 0, values};
    contents_->has_state = true;
    return RecordBuilder(*contents_, values);
  }
  void counts(std::uint64_t origin_count, std::uint64_t size_bytes) {
    origin_count_ = origin_count;
    size_bytes_ = size_bytes;
  }

  std::size_t record_count() const noexcept { return contents_->records.size(); }

  [[nodiscard]] Batch finish() {
    haulier_batch batch;
    std::memset(&batch, 0, sizeof batch);
    batch.struct_size = sizeof batch;
    batch.record_size = sizeof(haulier_record);
    batch.n_records = contents_->records.size();
    batch.records = contents_->records.data();
    batch.n_rejects = contents_->rejects.size();
    batch.rejects = contents_->rejects.data();
    batch.partition = contents_->partition;
    batch.origin_count = origin_count_;
    batch.size_bytes = size_bytes_;
    batch.state = contents_->has_state ? &contents_->state : nullptr;
    batch.release = detail::release_batch;
    batch.owner = contents_.release();
    contents_ = std::make_unique<detail::BatchContents>();
    origin_count_ = size_bytes_ = 0;
    return Batch(batch);
  }

 private:
  haulier_value* new_values(std::uint32_t n, haulier_op op) {
    auto* values = static_cast<haulier_value*>(contents_->allocate(n * sizeof(haulier_value), alignof(haulier_value)));
    std::memset(values, 0, n * sizeof(haulier_value));
    if (op == HAULIER_UPSERT) {
      for (std::uint32_t i = 0; i < n; ++i) values[i].type = HAULIER_NULL;
    }
    return values;
  }

  std::unique_ptr<detail::BatchContents> contents_;
  std::uint64_t origin_count_ = 0;
  std::uint64_t size_bytes_ = 0;
};

}  // namespace haulier
