// PlaceRows: the rows that a sink has for the places of one partition, in the order of their key, page by page.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/plugin_instance.hpp"
#include "engine/sink_schema.hpp"

namespace haulier::host {

// Calls f until it reports no passing fault any more.
using Retried = std::function<void(const std::function<void()>& f)>;

// A comparison that fits the streams of the pipeline. Borrows both.
class ComparedFields {
 public:
  // Throws Failed (bad config) when the pipeline makes no rows that could be compared.
  ComparedFields(const haulier_comparison& comparison, const SinkSchema& schema, const PluginUse& source);

  [[nodiscard]] const haulier_comparison& c() const noexcept { return c_; }
  [[nodiscard]] std::uint32_t n_keys() const noexcept { return n_keys_; }
  [[nodiscard]] const haulier_field& key_field(std::uint32_t i) const noexcept { return c_.places->fields[i]; }
  // Positions in the places; none: not compared.
  [[nodiscard]] std::optional<std::uint32_t> size() const noexcept { return size_; }
  [[nodiscard]] std::optional<std::uint32_t> hash() const noexcept { return hash_; }
  // Whether the sinks' stream of the places has the field itself.
  [[nodiscard]] bool in_place(std::string_view field) const;
  [[nodiscard]] bool has_detail() const noexcept { return c_.detail.size > 0; }

 private:
  const haulier_comparison& c_;
  const haulier_stream* rows_ = nullptr;  // as the sinks have it
  std::uint32_t n_keys_ = 0;
  std::optional<std::uint32_t> size_, hash_;
};

// Less than, equal to or greater than zero; of values of the same type, texts by their bytes.
[[nodiscard]] int compare_values(const haulier_value& a, const haulier_value& b) noexcept;

// A row as it is compared. Valid until the next call of next().
struct PlaceRow {
  const haulier_value* key = nullptr;  // every key field
  bool gone = false;
  bool whole = true;  // its detail is there
  const haulier_value* size = nullptr;
  const haulier_value* hash = nullptr;
};

// One pass over one partition in one sink. One thread.
class PlaceRows {
 public:
  // partition: the values of its key fields; copied.
  PlaceRows(SinkInstance& sink, const ComparedFields& fields, const haulier_value* partition, const Retried& retried);

  // The row that is next in order; none: that was all.
  [[nodiscard]] std::optional<PlaceRow> peek();
  void pop() { ++at_; }

 private:
  void load_page();
  void load_details();

  SinkInstance& sink_;
  const ComparedFields& fields_;
  const Retried& retried_;
  OwnedRecord partition_;
  Batch page_;
  Batch details_;
  std::map<std::string_view, const haulier_record*> detail_by_key_;
  std::vector<haulier_str> page_fields_;    // keys, then gone, then reference or compared fields
  std::vector<haulier_str> detail_fields_;  // key, then compared fields
  std::uint64_t at_ = 0;
  bool last_page_ = false;
};

// The places of a partition that the host's `quarantine` holds: their keys behind the partition, as place_text() spells
// them.
[[nodiscard]] std::set<std::string> quarantined_places(SinkInstance& sink, const ComparedFields& fields,
                                                       std::string_view partition, const Retried& retried);

// The key fields behind the partition, as JSON: {"uidvalidity":7,"uid":12}.
[[nodiscard]] std::string place_text(const ComparedFields& fields, const haulier_value* key);

}  // namespace haulier::host
