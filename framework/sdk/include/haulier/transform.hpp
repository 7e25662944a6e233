// A plain class becomes a transform:
//
//   class Uppercase {
//    public:
//     Uppercase(haulier::Config config, haulier::Host host);
//     void declare(haulier::SchemaView in, haulier::Schema& out);  // streams in, streams out
//     haulier::Batch apply(haulier::Batch in);                     // keeps `in` alive if it borrows from it
//   };
//   HAULIER_EXPORT(haulier::transform<Uppercase>("uppercase", "1.0.0", "Shouts", config_schema));
//
// The host makes one instance per worker thread. Each record of the result carries the origin of the one it came from.
#pragma once

#include "haulier/abi/transform.h"
#include "haulier/batch_builder.hpp"
#include "haulier/erase.hpp"
#include "haulier/plugin.hpp"

namespace haulier {

namespace detail {

template <class T>
struct TransformAdapter {
  static int32_t schema(void* self, const haulier_schema* in, const haulier_schema** out,
                        haulier_error* error) noexcept {
    return guarded(error, [&] {
      auto& holder = *static_cast<Holder<T>*>(self);
      holder.object.declare(SchemaView(in), holder.schema);
      *out = holder.schema.c_schema();
      return HAULIER_OK;
    });
  }
  static int32_t apply(void* self, haulier_batch* in, haulier_batch* out, haulier_error* error) noexcept {
    Batch batch(*in);
    return guarded(error, [&] {
      object_of<T>(self).apply(std::move(batch)).move_to(out);
      return HAULIER_OK;
    });
  }
  static constexpr haulier_transform kTransform{sizeof(haulier_transform), 0, schema, apply};

  static const void* ability(haulier_instance*, const char* id) noexcept {
    if (std::string_view(id) == HAULIER_ABILITY_TRANSFORM) return &kTransform;
    if (const void* found = discard_ability<T>(id)) return found;
    return shared_ability<T>(id);
  }
};

}  // namespace detail

template <class T>
constexpr haulier_descriptor transform(const char* id, const char* version, const char* summary,
                                       const char* config_schema) {
  return {sizeof(haulier_descriptor),
          HAULIER_TRANSFORM,
          id,
          version,
          summary,
          config_schema,
          detail::create<T, detail::TransformAdapter<T>::ability>};
}

}  // namespace haulier
