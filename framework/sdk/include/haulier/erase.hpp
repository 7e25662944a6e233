// Erasing for good: what a sink is asked (EraseView), and what a source may ask (ErasedRows); see haulier/abi/erase.h.
//
// A sink that has these can erase, found at compile time; within a transaction but for erased(), which any thread
// calls:
//
//     void erase(const haulier_erase_request& request, const haulier::EraseTally& tell);
//     std::vector<std::uint8_t> erased(const haulier_erased_query& query);
//     haulier::Batch outside();
//
// A transform or source that keeps bytes of OUTSIDE streams has
//
//     std::uint64_t discard(std::string_view stream, std::string_view key);   // bytes that were there
#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "haulier/abi/erase.h"
#include "haulier/batch.hpp"
#include "haulier/host.hpp"
#include "haulier/plugin.hpp"

namespace haulier {

// Told once per stream that lost rows.
class EraseTally {
 public:
  using Tell = void (*)(void* user, haulier_str stream, std::uint64_t rows, std::uint64_t bytes);
  EraseTally(Tell tell, void* user) noexcept : tell_(tell), user_(user) {}
  void operator()(std::string_view stream, std::uint64_t rows, std::uint64_t bytes) const {
    tell_(user_, str(stream), rows, bytes);
  }

 private:
  Tell tell_;
  void* user_;
};

// What was erased from the pipeline's sink. Thread: any.
class ErasedRows {
 public:
  // None: there is no sink that could tell.
  static std::optional<ErasedRows> of(const Host& host) {
    const auto* found = static_cast<const haulier_host_erased*>(host.extension(HAULIER_EXTENSION_ERASED));
    if (!found) return std::nullopt;
    return ErasedRows(*host.get(), *found);
  }
  // `values`: one after the other, those of each row in the order of `fields`, which are those of one relation of the
  // stream. One byte per row. Throws Error.
  std::vector<std::uint8_t> among(std::string_view stream, const std::vector<std::string_view>& fields,
                                  const std::vector<haulier_value>& values) const {
    std::vector<haulier_str> names;
    for (const std::string_view field : fields) names.push_back(str(field));
    const std::size_t rows = fields.empty() ? 0 : values.size() / fields.size();
    std::vector<std::uint8_t> out(rows);
    for (std::size_t from = 0; from < rows; from += HAULIER_LOOKUP_MAX_VALUES) {
      const std::size_t some = std::min<std::size_t>(rows - from, HAULIER_LOOKUP_MAX_VALUES);
      const haulier_erased_query query{sizeof query, static_cast<std::uint32_t>(names.size()), str(stream),
                                       names.data(), values.data() + from * fields.size(),     some};
      haulier_error error = detail::new_error();
      detail::require_ok(erased_->erased(host_->ctx, &query, out.data() + from, &error), error);
    }
    return out;
  }

 private:
  ErasedRows(const haulier_host& host, const haulier_host_erased& erased) noexcept : host_(&host), erased_(&erased) {}
  const haulier_host* host_;
  const haulier_host_erased* erased_;
};

namespace detail {

template <class T, class = void>
struct HasErase : std::false_type {};
template <class T>
struct HasErase<T, std::void_t<decltype(std::declval<T&>().erase(std::declval<const haulier_erase_request&>(),
                                                                 std::declval<const EraseTally&>())),
                               decltype(std::declval<T&>().erased(std::declval<const haulier_erased_query&>())),
                               decltype(std::declval<T&>().outside())>> : std::true_type {};

// Null when `id` is another one, or T cannot erase.
template <class T>
const void* erase_ability(std::string_view id) noexcept {
  if constexpr (HasErase<T>::value) {
    static constexpr haulier_erase kErase{
        sizeof(haulier_erase), 0,
        [](void* self, const haulier_erase_request* request, EraseTally::Tell tell, void* user,
           haulier_error* error) -> int32_t {
          return guarded(error, [&] {
            object_of<T>(self).erase(*request, EraseTally(tell, user));
            return HAULIER_OK;
          });
        },
        [](void* self, const haulier_erased_query* query, uint8_t* out, haulier_error* error) -> int32_t {
          return guarded(error, [&] {
            const std::vector<std::uint8_t> found = object_of<T>(self).erased(*query);
            std::copy(found.begin(), found.end(), out);
            return HAULIER_OK;
          });
        },
        [](void* self, haulier_batch* out, haulier_error* error) -> int32_t {
          return guarded(error, [&] {
            object_of<T>(self).outside().move_to(out);
            return HAULIER_OK;
          });
        }};
    if (id == HAULIER_ABILITY_ERASE) return &kErase;
  }
  return nullptr;
}

template <class T, class = void>
struct HasDiscard : std::false_type {};
template <class T>
struct HasDiscard<T, std::void_t<decltype(std::declval<T&>().discard(std::string_view(), std::string_view()))>>
    : std::true_type {};

// Null when `id` is another one, or T keeps nothing outside.
template <class T>
const void* discard_ability(std::string_view id) noexcept {
  if constexpr (HasDiscard<T>::value) {
    static constexpr haulier_discard kDiscard{
        sizeof(haulier_discard), 0,
        [](void* self, haulier_str stream, haulier_str key, uint64_t* size, haulier_error* error) -> int32_t {
          return guarded(error, [&] {
            *size = object_of<T>(self).discard(view(stream), view(key));
            return HAULIER_OK;
          });
        }};
    if (id == HAULIER_ABILITY_DISCARD) return &kDiscard;
  }
  return nullptr;
}

}  // namespace detail
}  // namespace haulier
