// OwnedRecord: a record with everything it points to, for what must outlive its batch: state rows and quarantine.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/abi_text.hpp"
#include "haulier/abi/value.h"

namespace haulier::host {

// Owns copies of its texts and one reference of each blob. Moves only; the C view stays valid when it is moved.
class OwnedRecord {
 public:
  OwnedRecord() = default;
  OwnedRecord(std::uint32_t stream, std::uint32_t n_values);
  // A deep copy.
  explicit OwnedRecord(const haulier_record& from);
  OwnedRecord(OwnedRecord&&) noexcept = default;
  OwnedRecord& operator=(OwnedRecord&&) noexcept = default;
  ~OwnedRecord();

  void text(std::uint32_t i, haulier_type type, std::string_view value);  // STRING, JSON
  void integer(std::uint32_t i, haulier_type type, std::int64_t value);   // INT64, BOOL, TIMESTAMP
  void real(std::uint32_t i, double value);
  void blob(std::uint32_t i, haulier_blob* value);  // takes one more reference
  void stream(std::uint32_t index) noexcept { record_.stream = index; }
  void origin(std::uint64_t index) noexcept { record_.origin = index; }

  [[nodiscard]] const haulier_record& c() const noexcept { return record_; }
  [[nodiscard]] const haulier_value& operator[](std::uint32_t i) const { return values_[i]; }
  [[nodiscard]] std::uint32_t size() const noexcept { return record_.n_values; }

 private:
  haulier_record record_{};
  std::unique_ptr<haulier_value[]> values_;
  std::vector<std::unique_ptr<char[]>> texts_;
};

// Same type and same content; blobs are equal when they are the same blob.
[[nodiscard]] bool same_value(const haulier_value& a, const haulier_value& b) noexcept;

// A value as JSON; a blob as {"bytes": n}, texts longer than max_text bytes cut with "...".
[[nodiscard]] std::string value_json(const haulier_value& value, std::size_t max_text = SIZE_MAX);

// The key fields of a record: a text that is equal exactly for equal keys. Also JSON: {"account":"me","uid":17}.
[[nodiscard]] std::string key_json(const haulier_record& record, const haulier_stream& stream);

}  // namespace haulier::host
