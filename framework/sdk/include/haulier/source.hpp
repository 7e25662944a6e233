// A plain class becomes a source:
//
//   class Numbers {
//    public:
//     Numbers(haulier::Config config, haulier::Host host);
//     void declare(haulier::Schema& streams);                                     // its streams
//     void open(const haulier::SourceOptions& options, haulier::BatchView state); // last committed state rows
//     std::optional<haulier::Batch> read();                                       // none: nothing more in this run
//     void committed(std::string_view partition, std::uint64_t n);                // optional
//     void prepare();                                 // optional: before open, begins what needs no state; returns at
//     once void check();                                                               // optional: validate --connect
//     void plan(haulier::PlanLines& lines);                                       // optional: haulier plan
//     void diagnose(haulier::Diagnosis& diagnosis);                               // optional: haulier doctor
//     void cancel();                                                              // optional, any thread
//   };
// and what is there, place by place, for `haulier verify`: see haulier/enumerate.hpp.
//   HAULIER_EXPORT(haulier::source<Numbers>("numbers", "1.0.0", "Counts", config_schema));
//
// Errors are thrown as haulier::Error. One thread at a time, except cancel. The ABI header says what each status does.
#pragma once

#include <optional>

#include "haulier/abi/source.h"
#include "haulier/batch_builder.hpp"
#include "haulier/diagnose.hpp"
#include "haulier/enumerate.hpp"
#include "haulier/plugin.hpp"

namespace haulier {

struct SourceOptions {
  bool watch = false;
  std::uint64_t max_records = 0;  // 0 = no limit
};

namespace detail {

template <class T, class = void>
struct HasCommitted : std::false_type {};
template <class T>
struct HasCommitted<T, std::void_t<decltype(std::declval<T&>().committed(std::string_view{}, std::uint64_t{}))>>
    : std::true_type {};

template <class T, class = void>
struct HasPrepare : std::false_type {};
template <class T>
struct HasPrepare<T, std::void_t<decltype(std::declval<T&>().prepare())>> : std::true_type {};

template <class T>
const void* prepare_ability(std::string_view id) noexcept {
  if constexpr (HasPrepare<T>::value) {
    static constexpr haulier_prepare kPrepare{sizeof(haulier_prepare), 0,
                                              [](void* self, haulier_error* error) -> int32_t {
                                                return guarded(error, [&] {
                                                  object_of<T>(self).prepare();
                                                  return HAULIER_OK;
                                                });
                                              }};
    if (id == HAULIER_ABILITY_PREPARE) return &kPrepare;
  }
  return nullptr;
}

template <class T>
struct SourceAdapter {
  static int32_t schema(void* self, const haulier_schema** out, haulier_error* error) noexcept {
    return guarded(error, [&] {
      auto& holder = *static_cast<Holder<T>*>(self);
      if (holder.schema.size() == 0) holder.object.declare(holder.schema);
      *out = holder.schema.c_schema();
      return HAULIER_OK;
    });
  }
  static int32_t open(void* self, const haulier_source_options* options, const haulier_batch* state,
                      haulier_error* error) noexcept {
    return guarded(error, [&] {
      SourceOptions cpp{options->watch != 0, options->max_records};
      object_of<T>(self).open(cpp, BatchView(*state));
      return HAULIER_OK;
    });
  }
  static int32_t read(void* self, haulier_batch* out, haulier_error* error) noexcept {
    return guarded(error, [&] {
      std::optional<Batch> batch = object_of<T>(self).read();
      if (!batch) return HAULIER_END;
      batch->move_to(out);
      return HAULIER_OK;
    });
  }
  static void committed(void* self, haulier_str partition, uint64_t n) noexcept {
    if constexpr (HasCommitted<T>::value) {
      guarded(nullptr, [&] {
        object_of<T>(self).committed(view(partition), n);
        return HAULIER_OK;
      });
    }
  }
  static constexpr haulier_source kSource{sizeof(haulier_source), 0, schema, open, read, committed};

  static const void* ability(haulier_instance*, const char* id) noexcept {
    if (std::string_view(id) == HAULIER_ABILITY_SOURCE) return &kSource;
    if (const void* found = diagnose_ability<T>(id)) return found;
    if (const void* found = enumerate_ability<T>(id)) return found;
    if (const void* found = recheck_ability<T>(id)) return found;
    if (const void* found = prepare_ability<T>(id)) return found;
    return shared_ability<T>(id);
  }
};

}  // namespace detail

template <class T>
constexpr haulier_descriptor source(const char* id, const char* version, const char* summary,
                                    const char* config_schema) {
  return {sizeof(haulier_descriptor),
          HAULIER_SOURCE,
          id,
          version,
          summary,
          config_schema,
          detail::create<T, detail::SourceAdapter<T>::ability>};
}

}  // namespace haulier
