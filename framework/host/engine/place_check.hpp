// PlaceCheck: compares what a source has now with what the sinks hold, place by place. Knows no mail and no SQL: what
// is compared is the source's haulier_comparison. Holds one page of the source and one of each sink.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/place_rows.hpp"

namespace haulier::host {

// Of one partition, or of all.
struct PlaceCounts {
  std::uint64_t on_source = 0;
  std::uint64_t present = 0;      // on the source, and a row that is whole
  std::uint64_t missing = 0;      // settled, and no row, or one without its detail or marked as gone
  std::uint64_t arrived = 0;      // no row yet: came after the last complete pass
  std::uint64_t waiting = 0;      // no row yet, although it was there before
  std::uint64_t quarantined = 0;  // no row, but one in quarantine
  std::uint64_t erased = 0;       // no row, because it was erased
  std::uint64_t extra = 0;        // a row, not on the source, and not marked as gone
  std::uint64_t gone = 0;         // a row that is marked as gone, not on the source
  std::uint64_t other_size = 0;   // the source may be wrong about sizes
  std::uint64_t hashed = 0;
  std::uint64_t other_hash = 0;

  void add(const PlaceCounts& other) noexcept;
};

enum class PlaceFault { missing, waiting, extra, other_size, other_hash };
inline constexpr std::size_t kPlaceFaults = 5;

struct PlaceFinding {
  std::string partition;
  std::string place;  // JSON
  std::string words;
};

// What came out for one sink.
struct PlaceResult {
  std::vector<std::pair<std::string, PlaceCounts>> partitions;  // in the order of the source
  PlaceCounts total;
  std::array<std::vector<PlaceFinding>, kPlaceFaults> first;  // the first ones of each kind
};

class PlaceCheck {
 public:
  static constexpr std::size_t kFirst = 5;  // findings kept of each kind

  // The source is open; the sinks are open and can be looked into. The references outlive this.
  PlaceCheck(SourceInstance& source, std::vector<SinkInstance*> sinks, const ComparedFields& fields, Retried retried);

  // contents: see haulier_enumerate_options. One result per sink. Throws PluginFault or Failed.
  [[nodiscard]] std::vector<PlaceResult> run(std::uint64_t contents);

 private:
  // One sink while a partition is compared.
  struct Side {
    std::unique_ptr<PlaceRows> rows;
    std::set<std::string> quarantined;
    PlaceCounts counts;
    std::optional<bool> group_erased;  // that the partition belongs to; not asked yet
  };
  [[nodiscard]] bool was_erased(std::size_t sink, const haulier_record& place, std::uint8_t standing);
  void begin(const haulier_place_page& page, const Batch& places);
  void compare(std::size_t sink, const haulier_record& place, std::uint8_t standing);
  void pass_extras(std::size_t sink, const haulier_record* until);
  void present(std::size_t sink, const haulier_record& place, const PlaceRow& row);
  void absent(std::size_t sink, const haulier_record& place, std::uint8_t standing, const std::string& words);
  void end();
  void find(std::size_t sink, PlaceFault kind, const haulier_value* key, const std::string& words);

  SourceInstance& source_;
  std::vector<SinkInstance*> sinks_;
  const ComparedFields& fields_;
  Retried retried_;
  std::string partition_;
  bool within_ = false;
  std::vector<Side> sides_;
  std::vector<PlaceResult> results_;
};

}  // namespace haulier::host
