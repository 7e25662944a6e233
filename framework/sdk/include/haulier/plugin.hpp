// What the three kinds of adapters share: creating an instance of a plain class, and exporting descriptors.
#pragma once

#include <cstring>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

#include "haulier/abi/plugin.h"
#include "haulier/config.hpp"
#include "haulier/host.hpp"
#include "haulier/schema.hpp"

namespace haulier {

namespace detail {

template <class T, class = void>
struct HasCancel : std::false_type {};
template <class T>
struct HasCancel<T, std::void_t<decltype(std::declval<T&>().cancel())>> : std::true_type {};

template <class T, class = void>
struct HasCheck : std::false_type {};
template <class T>
struct HasCheck<T, std::void_t<decltype(std::declval<T&>().check())>> : std::true_type {};

// Called by plan(): one JSON object.
using PlanLine = void (*)(void* user, haulier_str json);
class PlanLines {
 public:
  PlanLines(PlanLine line, void* user) noexcept : line_(line), user_(user) {}
  void operator()(std::string_view json) const { line_(user_, str(json)); }

 private:
  PlanLine line_;
  void* user_;
};

template <class T, class = void>
struct HasPlan : std::false_type {};
template <class T>
struct HasPlan<T, std::void_t<decltype(std::declval<T&>().plan(std::declval<PlanLines&>()))>> : std::true_type {};

// The instance and the author's object in one allocation; freed by destroy.
template <class T>
struct Holder {
  Holder(const haulier_host* host, std::string_view config) : object(Config(config), Host(host)) {}
  haulier_instance instance{};
  T object;
  Schema schema;               // what the plugin declared
  std::shared_ptr<void> lent;  // what the last call gave out and the host borrows until the next one
};

template <class T>
T& object_of(void* self) noexcept {
  return static_cast<Holder<T>*>(self)->object;
}

template <class T>
const void* shared_ability(std::string_view id) noexcept {
  if constexpr (HasCheck<T>::value) {
    static constexpr haulier_check kCheck{sizeof(haulier_check), 0, [](void* self, haulier_error* error) -> int32_t {
                                            return guarded(error, [&] {
                                              object_of<T>(self).check();
                                              return HAULIER_OK;
                                            });
                                          }};
    if (id == HAULIER_ABILITY_CHECK) return &kCheck;
  }
  if constexpr (HasPlan<T>::value) {
    static constexpr haulier_plan kPlan{sizeof(haulier_plan), 0,
                                        [](void* self, PlanLine line, void* user, haulier_error* error) -> int32_t {
                                          return guarded(error, [&] {
                                            PlanLines lines(line, user);
                                            object_of<T>(self).plan(lines);
                                            return HAULIER_OK;
                                          });
                                        }};
    if (id == HAULIER_ABILITY_PLAN) return &kPlan;
  }
  return nullptr;
}

template <class T, const void* (*Ability)(haulier_instance*, const char*)>
int32_t create(const haulier_host* host, haulier_str config, haulier_instance** out, haulier_error* error) noexcept {
  return guarded(error, [&] {
    auto holder = std::make_unique<Holder<T>>(host, view(config));
    haulier_instance& instance = holder->instance;
    instance.struct_size = sizeof instance;
    instance.self = holder.get();
    instance.destroy = [](haulier_instance* it) { delete static_cast<Holder<T>*>(it->self); };
    if constexpr (HasCancel<T>::value) {
      instance.cancel = [](haulier_instance* it) { object_of<T>(it->self).cancel(); };
    }
    instance.ability = Ability;
    *out = &holder.release()->instance;
    return HAULIER_OK;
  });
}

}  // namespace detail

using PlanLines = detail::PlanLines;

}  // namespace haulier

// Exports one or more descriptors: HAULIER_EXPORT(haulier::sink<JsonLines>("jsonl", "1.0.0", "...", config_schema)).
#define HAULIER_EXPORT(...)                                                                         \
  namespace {                                                                                       \
  constexpr haulier_descriptor kHaulierDescriptors[] = {__VA_ARGS__};                               \
  template <std::size_t... I>                                                                       \
  struct HaulierPointers {                                                                          \
    static constexpr const haulier_descriptor* values[] = {&kHaulierDescriptors[I]...};             \
  };                                                                                                \
  template <std::size_t... I>                                                                       \
  constexpr const haulier_descriptor* const* haulier_pointers(std::index_sequence<I...>) {          \
    return HaulierPointers<I...>::values;                                                           \
  }                                                                                                 \
  constexpr std::size_t kHaulierCount = sizeof kHaulierDescriptors / sizeof kHaulierDescriptors[0]; \
  }                                                                                                 \
  extern "C" {                                                                                      \
  extern __attribute__((visibility("default"))) const haulier_plugin_entry haulier_plugin;          \
  }                                                                                                 \
  const haulier_plugin_entry haulier_plugin = {HAULIER_ABI_MAGIC,                                   \
                                               HAULIER_ABI_MAJOR,                                   \
                                               HAULIER_ABI_MINOR,                                   \
                                               sizeof(haulier_plugin_entry),                        \
                                               static_cast<uint32_t>(kHaulierCount),                \
                                               haulier_pointers(std::make_index_sequence<kHaulierCount>())}
