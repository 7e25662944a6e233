// SinkSchema: what the sinks get to know: the last stage's streams, the source's state stream, the host's quarantine.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/owned_record.hpp"
#include "haulier/abi/value.h"

namespace haulier::host {

// Index of the first stream with this flag.
[[nodiscard]] std::optional<std::uint32_t> find_stream(const haulier_schema& schema, std::uint32_t flag);
[[nodiscard]] std::optional<std::uint32_t> find_stream(const haulier_schema& schema, std::string_view name);

// The stream's first relation of this kind to that stream; null: none.
[[nodiscard]] const haulier_relation* find_relation(const haulier_stream& stream, std::uint32_t kind,
                                                    std::string_view target);

// Points into the schemas it was made of. Immutable; outlives the sinks. Indices of the last stage stay as they are.
class SinkSchema {
 public:
  // Fields of `quarantine`, in order (schemas/README.md).
  enum Quarantine : std::uint32_t { kPartition, kOrigin, kStage, kReason, kRaw, kQuarantinedAt, kQuarantineFields };

  // Throws std::invalid_argument when a stage took the name `quarantine`, or changed the state stream.
  SinkSchema(const haulier_schema& last, const haulier_schema& source);
  SinkSchema(const SinkSchema&) = delete;
  SinkSchema& operator=(const SinkSchema&) = delete;

  [[nodiscard]] const haulier_schema& c() const noexcept { return schema_; }
  [[nodiscard]] const haulier_stream& stream(std::uint32_t i) const { return *streams_[i]; }
  [[nodiscard]] std::uint32_t quarantine() const noexcept { return quarantine_; }
  // The state stream here, and in the source's own schema; none: the source keeps no state.
  [[nodiscard]] std::optional<std::uint32_t> state() const noexcept { return state_; }
  [[nodiscard]] std::optional<std::uint32_t> source_state() const noexcept { return source_state_; }

  // A row of `quarantine`. raw may be null.
  [[nodiscard]] OwnedRecord quarantine_record(std::uint64_t origin, std::string_view partition, std::string_view key,
                                              std::string_view stage, std::string_view reason, haulier_blob* raw,
                                              std::int64_t now_us) const;

 private:
  std::vector<const haulier_stream*> streams_;
  haulier_schema schema_{};
  std::uint32_t quarantine_ = 0;
  std::optional<std::uint32_t> state_;
  std::optional<std::uint32_t> source_state_;
};

}  // namespace haulier::host
