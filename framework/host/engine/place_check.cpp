#include "engine/place_check.hpp"

#include <utility>

namespace haulier::host {

void PlaceCounts::add(const PlaceCounts& other) noexcept {
  on_source += other.on_source;
  present += other.present;
  missing += other.missing;
  arrived += other.arrived;
  waiting += other.waiting;
  quarantined += other.quarantined;
  erased += other.erased;
  extra += other.extra;
  gone += other.gone;
  other_size += other.other_size;
  hashed += other.hashed;
  other_hash += other.other_hash;
}

PlaceCheck::PlaceCheck(SourceInstance& source, std::vector<SinkInstance*> sinks, const ComparedFields& fields,
                       Retried retried)
    : source_(source),
      sinks_(std::move(sinks)),
      fields_(fields),
      retried_(std::move(retried)),
      results_(sinks_.size()) {}

std::vector<PlaceResult> PlaceCheck::run(std::uint64_t contents) {
  retried_([&] { source_.start_enumeration(contents); });
  while (true) {
    haulier_place_page page;
    Batch places;
    bool more = false;
    retried_([&] { more = source_.next_places(page, places); });
    if (!more) return std::move(results_);
    if (!within_) begin(page, places);
    for (std::size_t sink = 0; sink < sinks_.size(); ++sink) {
      for (std::uint64_t i = 0; i < places.c().n_records; ++i) {
        compare(sink, record_at(places.c(), i), page.standings[i]);
      }
    }
    if (page.last) end();
  }
}

void PlaceCheck::begin(const haulier_place_page& page, const Batch& places) {
  within_ = true;
  partition_ = view(places.c().partition);
  sides_.clear();
  for (SinkInstance* sink : sinks_) {
    sides_.push_back({std::make_unique<PlaceRows>(*sink, fields_, page.key, retried_),
                      quarantined_places(*sink, fields_, partition_, retried_),
                      {},
                      std::nullopt});
  }
}

// Rows before the place, or all that are left: the source does not have them.
void PlaceCheck::pass_extras(std::size_t sink, const haulier_record* until) {
  Side& side = sides_[sink];
  while (const auto row = side.rows->peek()) {
    int order = -1;
    for (std::uint32_t i = fields_.c().n_partition_fields; until && i < fields_.n_keys(); ++i) {
      order = compare_values(row->key[i], until->values[i]);
      if (order != 0) break;
    }
    if (order >= 0) return;
    if (row->gone) {
      ++side.counts.gone;
    } else {
      ++side.counts.extra;
      find(sink, PlaceFault::extra, row->key, "is in the sink and not at the source any more");
    }
    side.rows->pop();
  }
}

void PlaceCheck::compare(std::size_t sink, const haulier_record& place, std::uint8_t standing) {
  Side& side = sides_[sink];
  ++side.counts.on_source;
  pass_extras(sink, &place);
  const auto row = side.rows->peek();
  bool same = row.has_value();
  for (std::uint32_t i = fields_.c().n_partition_fields; same && i < fields_.n_keys(); ++i) {
    same = compare_values(row->key[i], place.values[i]) == 0;
  }
  if (!same) {
    absent(sink, place, standing, "has no row");
    return;
  }
  if (row->gone) {
    absent(sink, place, standing, "is marked as gone and is at the source");
  } else if (!row->whole) {
    absent(sink, place, HAULIER_PLACE_SETTLED,
           "has a row, but none in " + std::string(view(fields_.c().detail)) + " that it names");
  } else {
    present(sink, place, *row);
  }
  side.rows->pop();
}

void PlaceCheck::absent(std::size_t sink, const haulier_record& place, std::uint8_t standing,
                        const std::string& words) {
  Side& side = sides_[sink];
  if (side.quarantined.count(place_text(fields_, place.values)) != 0) {
    ++side.counts.quarantined;
  } else if (was_erased(sink, place, standing)) {
    ++side.counts.erased;
  } else if (standing == HAULIER_PLACE_ARRIVED) {
    ++side.counts.arrived;
  } else if (standing == HAULIER_PLACE_WAITING) {
    ++side.counts.waiting;
    find(sink, PlaceFault::waiting, place.values, "was not read yet");
  } else {
    ++side.counts.missing;
    find(sink, PlaceFault::missing, place.values, words);
  }
}

// One place after the other: there are few that are settled and have no row.
bool PlaceCheck::was_erased(std::size_t sink, const haulier_record& place, std::uint8_t standing) {
  if (!sinks_[sink]->can_erase()) return false;
  const haulier_comparison& c = fields_.c();
  std::vector<haulier_str> names;
  for (std::uint32_t i = 0; i < fields_.n_keys(); ++i) names.push_back(fields_.key_field(i).name);
  const auto ask = [&](std::uint32_t n) {
    const haulier_erased_query query{sizeof query, n, c.places->name, names.data(), place.values, 1};
    bool out = false;
    retried_([&] { out = sinks_[sink]->erased(query)[0] != 0; });
    return out;
  };
  Side& side = sides_[sink];
  if (!side.group_erased) side.group_erased = ask(1);
  return *side.group_erased || (standing == HAULIER_PLACE_SETTLED && ask(fields_.n_keys()));
}

void PlaceCheck::present(std::size_t sink, const haulier_record& place, const PlaceRow& row) {
  PlaceCounts& counts = sides_[sink].counts;
  ++counts.present;
  const auto number = [](const haulier_value& value) {
    return value.type == HAULIER_INT64 ? std::to_string(value.v.i) : std::string("nothing");
  };
  if (fields_.size() && row.size) {
    const haulier_value& told = place.values[*fields_.size()];
    if (told.type == HAULIER_INT64 && (row.size->type != HAULIER_INT64 || row.size->v.i != told.v.i)) {
      ++counts.other_size;
      find(sink, PlaceFault::other_size, place.values,
           number(*row.size) + " bytes in the sink, " + number(told) + " as the source says");
    }
  }
  if (!fields_.hash() || !row.hash) return;
  const haulier_value& read = place.values[*fields_.hash()];
  if (read.type != HAULIER_STRING) return;
  ++counts.hashed;
  if (row.hash->type == HAULIER_STRING && view(row.hash->v.s) == view(read.v.s)) return;
  ++counts.other_hash;
  find(sink, PlaceFault::other_hash, place.values,
       std::string(view(fields_.c().hash)) + " of the content at the source is " + std::string(view(read.v.s)));
}

void PlaceCheck::end() {
  for (std::size_t sink = 0; sink < sinks_.size(); ++sink) {
    pass_extras(sink, nullptr);
    results_[sink].partitions.emplace_back(partition_, sides_[sink].counts);
    results_[sink].total.add(sides_[sink].counts);
  }
  sides_.clear();
  within_ = false;
}

void PlaceCheck::find(std::size_t sink, PlaceFault kind, const haulier_value* key, const std::string& words) {
  auto& found = results_[sink].first[static_cast<std::size_t>(kind)];
  if (found.size() < kFirst) found.push_back({partition_, place_text(fields_, key), words});
}

}  // namespace haulier::host
