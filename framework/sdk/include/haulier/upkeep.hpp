// A sink with `std::vector<haulier::Advice> upkeep()` has a part in `haulier status`; see haulier/abi/upkeep.h.
#pragma once

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "haulier/abi/upkeep.h"
#include "haulier/plugin.hpp"

namespace haulier {

// One thing to do, and the command that does it.
struct Advice {
  std::string words;
  std::string command;
};

namespace detail {

template <class T, class = void>
struct HasUpkeep : std::false_type {};
template <class T>
struct HasUpkeep<T, std::void_t<decltype(std::declval<T&>().upkeep())>> : std::true_type {};

// The ability's struct when T has the function, else null.
template <class T>
const void* upkeep_ability(std::string_view id) noexcept {
  if constexpr (HasUpkeep<T>::value) {
    static constexpr haulier_upkeep kUpkeep{
        sizeof(haulier_upkeep), 0,
        [](void* self, void (*tell)(void* user, const haulier_advice* advice), void* user,
           haulier_error* error) -> int32_t {
          return guarded(error, [&] {
            const std::vector<Advice> found = object_of<T>(self).upkeep();
            for (const Advice& each : found) {
              const haulier_advice advice{sizeof(haulier_advice), 0, str(each.words), str(each.command)};
              tell(user, &advice);
            }
            return HAULIER_OK;
          });
        }};
    if (id == HAULIER_ABILITY_UPKEEP) return &kUpkeep;
  }
  return nullptr;
}

}  // namespace detail
}  // namespace haulier
