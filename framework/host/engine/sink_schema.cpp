#include "engine/sink_schema.hpp"

#include <array>
#include <stdexcept>
#include <string>

#include "engine/abi_text.hpp"
#include "haulier/abi/version.h"

namespace haulier::host {

namespace {

constexpr haulier_str text(std::string_view words) { return {words.data(), words.size()}; }

constexpr std::string_view kQuarantineName = "quarantine";
constexpr std::array<haulier_field, SinkSchema::kQuarantineFields> kFields{{
    {text("partition"), HAULIER_STRING, HAULIER_FIELD_KEY | HAULIER_FIELD_NOT_NULL},
    {text("origin"), HAULIER_STRING, HAULIER_FIELD_KEY | HAULIER_FIELD_NOT_NULL},
    {text("stage"), HAULIER_STRING, HAULIER_FIELD_NOT_NULL},
    {text("reason"), HAULIER_STRING, HAULIER_FIELD_NOT_NULL},
    {text("raw"), HAULIER_BLOB, 0},
    {text("quarantined_at"), HAULIER_TIMESTAMP, HAULIER_FIELD_NOT_NULL | HAULIER_FIELD_INSERT_ONLY},
}};
constexpr haulier_stream kQuarantine{
    sizeof(haulier_stream), 0, text(kQuarantineName), kFields.data(), kFields.size(), 0, nullptr};

}  // namespace

std::optional<std::uint32_t> find_stream(const haulier_schema& schema, std::uint32_t flag) {
  for (std::uint32_t i = 0; i < schema.n_streams; ++i) {
    if (schema.streams[i]->flags & flag) return i;
  }
  return std::nullopt;
}

std::optional<std::uint32_t> find_stream(const haulier_schema& schema, std::string_view name) {
  for (std::uint32_t i = 0; i < schema.n_streams; ++i) {
    if (view(schema.streams[i]->name) == name) return i;
  }
  return std::nullopt;
}

const haulier_relation* find_relation(const haulier_stream& stream, std::uint32_t kind, std::string_view target) {
  if (!HAULIER_HAS(&stream, relations) || !stream.relations) return nullptr;
  for (std::uint32_t i = 0; i < stream.n_relations; ++i) {
    const haulier_relation& relation = stream.relations[i];
    if (relation.kind == kind && relation.n_fields == 1 && view(relation.stream) == target) return &relation;
  }
  return nullptr;
}

SinkSchema::SinkSchema(const haulier_schema& last, const haulier_schema& source)
    : streams_(last.streams, last.streams + last.n_streams), source_state_(find_stream(source, HAULIER_STREAM_STATE)) {
  if (find_stream(last, kQuarantineName)) {
    throw std::invalid_argument("a stage declares the stream \"quarantine\", which belongs to the host");
  }
  if (source_state_) {
    const haulier_stream& own = *source.streams[*source_state_];
    state_ = find_stream(last, view(own.name));
    if (!state_) {
      state_ = static_cast<std::uint32_t>(streams_.size());
      streams_.push_back(&own);
    } else if (streams_[*state_]->n_fields != own.n_fields) {
      throw std::invalid_argument("a transform changed the state stream \"" + std::string(view(own.name)) + "\"");
    }
  }
  quarantine_ = static_cast<std::uint32_t>(streams_.size());
  streams_.push_back(&kQuarantine);
  schema_ = {sizeof(haulier_schema), static_cast<std::uint32_t>(streams_.size()), streams_.data()};
}

OwnedRecord SinkSchema::quarantine_record(std::uint64_t origin, std::string_view partition, std::string_view key,
                                          std::string_view stage, std::string_view reason, haulier_blob* raw,
                                          std::int64_t now_us) const {
  OwnedRecord out(quarantine_, kQuarantineFields);
  out.origin(origin);
  out.text(kPartition, HAULIER_STRING, partition);
  out.text(kOrigin, HAULIER_STRING, key);
  out.text(kStage, HAULIER_STRING, stage);
  out.text(kReason, HAULIER_STRING, reason);
  if (raw) out.blob(kRaw, raw);
  out.integer(kQuarantinedAt, HAULIER_TIMESTAMP, now_us);
  return out;
}

}  // namespace haulier::host
