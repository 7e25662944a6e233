/* A transform: a pure function over batches. The host makes one instance per worker thread. */
#ifndef HAULIER_ABI_TRANSFORM_H
#define HAULIER_ABI_TRANSFORM_H

#include "plugin.h"

#define HAULIER_ABILITY_TRANSFORM "haulier.transform/1"

typedef struct haulier_transform {
  uint32_t struct_size;
  uint32_t reserved;

  /* Required. Called once, before apply. `in` is what the stage before produces, borrowed until destroy; *out is what
   * this one produces: streams it does not know are declared again so that they pass through.
   * Returns HAULIER_OK, BAD_CONFIG (a stream it needs is missing). */
  int32_t (*schema)(void* self, const haulier_schema* in, const haulier_schema** out, haulier_error* error);

  /* Required. Takes `in` over (moves it, also when it fails) and makes *out, owned by the caller. Strings and blobs of
   * `in` may be used in *out as long as *out keeps `in` alive. Each record of *out carries the origin of the record it
   * came from. A record it cannot use goes to the rejects of *out, never away in silence.
   * Returns HAULIER_OK, RETRY, LOCAL_IO, CANCELLED, FATAL. */
  int32_t (*apply)(void* self, haulier_batch* in, haulier_batch* out, haulier_error* error);
} haulier_transform;

#endif
