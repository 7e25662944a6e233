// What a source has now, place by place, for `haulier verify`. A source class that also has these offers it, found at
// compile time:
//
//     const haulier::Comparison& comparison();                   // what is compared with what
//     void start_enumeration(std::uint64_t contents);            // after open, instead of read
//     std::optional<haulier::PlacePage> next_places();           // none: that was all
//
// And for `haulier run --recheck`, also on its own:
//
//     void recheck();                                            // before open: do not believe the state
#pragma once

#include <cstdint>
#include <deque>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "haulier/abi/enumerate.h"
#include "haulier/batch_builder.hpp"
#include "haulier/plugin.hpp"

namespace haulier {

// Made once by a source; see haulier_comparison for what each name means.
class Comparison {
 public:
  struct Names {
    std::string_view places;
    std::string_view gone = {}, detail = {}, detail_ref = {}, detail_key = {}, size = {}, hash = {}, received = {};
  };
  Comparison(const Names& names, std::uint32_t n_partition_fields, std::initializer_list<Field> fields) {
    places_.add(names.places, 0, fields);
    for (const std::string_view name :
         {names.gone, names.detail, names.detail_ref, names.detail_key, names.size, names.hash, names.received}) {
      texts_.emplace_back(name);
    }
    c_ = {sizeof(haulier_comparison),
          n_partition_fields,
          places_.c_schema()->streams[0],
          str(texts_[0]),
          str(texts_[1]),
          str(texts_[2]),
          str(texts_[3]),
          str(texts_[4]),
          str(texts_[5]),
          str(texts_[6])};
  }
  Comparison(const Comparison&) = delete;
  Comparison& operator=(const Comparison&) = delete;
  const haulier_comparison& c() const noexcept { return c_; }

 private:
  Schema places_;
  std::deque<std::string> texts_;
  haulier_comparison c_{};
};

// Some places of one partition, in the order of their key.
struct PlacePage {
  Batch places;                         // records of stream 0
  Batch key;                            // one record of stream 0: the values that name the partition
  std::vector<std::uint8_t> standings;  // HAULIER_PLACE_..., one per place
  bool last = false;                    // of the partition
};

namespace detail {

template <class T, class = void>
struct HasEnumerate : std::false_type {};
template <class T>
struct HasEnumerate<T,
                    std::void_t<decltype(std::declval<T&>().comparison()), decltype(std::declval<T&>().next_places()),
                                decltype(std::declval<T&>().start_enumeration(std::uint64_t{}))>> : std::true_type {};

template <class T>
int32_t next_page(void* self, haulier_place_page* out, haulier_error* error) noexcept {
  return guarded(error, [&] {
    std::optional<PlacePage> page = object_of<T>(self).next_places();
    if (!page) return HAULIER_END;
    page->places.move_to(&out->places);
    const auto lent = std::make_shared<PlacePage>(std::move(*page));
    out->last = lent->last ? 1 : 0;
    out->key = lent->key.view()[0].c_record().values;
    out->standings = lent->standings.data();
    static_cast<Holder<T>*>(self)->lent = lent;
    return HAULIER_OK;
  });
}

// Null when `id` is another one, or T cannot enumerate.
template <class T>
const void* enumerate_ability(std::string_view id) noexcept {
  if constexpr (HasEnumerate<T>::value) {
    static constexpr haulier_enumerate kEnumerate{
        sizeof(haulier_enumerate), 0,
        [](void* self, const haulier_comparison** out, haulier_error* error) -> int32_t {
          return guarded(error, [&] {
            *out = &object_of<T>(self).comparison().c();
            return HAULIER_OK;
          });
        },
        [](void* self, const haulier_enumerate_options* options, haulier_error* error) -> int32_t {
          return guarded(error, [&] {
            object_of<T>(self).start_enumeration(options->contents);
            return HAULIER_OK;
          });
        },
        next_page<T>};
    if (id == HAULIER_ABILITY_ENUMERATE) return &kEnumerate;
  }
  return nullptr;
}

template <class T, class = void>
struct HasRecheck : std::false_type {};
template <class T>
struct HasRecheck<T, std::void_t<decltype(std::declval<T&>().recheck())>> : std::true_type {};

template <class T>
const void* recheck_ability(std::string_view id) noexcept {
  if constexpr (HasRecheck<T>::value) {
    static constexpr haulier_recheck kRecheck{sizeof(haulier_recheck), 0,
                                              [](void* self, haulier_error* error) -> int32_t {
                                                return guarded(error, [&] {
                                                  object_of<T>(self).recheck();
                                                  return HAULIER_OK;
                                                });
                                              }};
    if (id == HAULIER_ABILITY_RECHECK) return &kRecheck;
  }
  return nullptr;
}

}  // namespace detail
}  // namespace haulier
