/* A source: reads records from somewhere, in batches, each with the state that makes the next run go on after it. */
#ifndef HAULIER_ABI_SOURCE_H
#define HAULIER_ABI_SOURCE_H

#include "plugin.h"

#define HAULIER_ABILITY_SOURCE "haulier.source/1"

typedef struct haulier_source_options {
  uint32_t struct_size;
  uint32_t watch;       /* 1: do not end; wait for new records */
  uint64_t max_records; /* stop after about this many; 0 = no limit. The host stops reading by itself as well */
} haulier_source_options;

typedef struct haulier_source {
  uint32_t struct_size;
  uint32_t reserved;

  /* Required. The streams it produces; at most one of them is the state stream (HAULIER_STREAM_STATE). Borrowed until
   * destroy. Returns HAULIER_OK. */
  int32_t (*schema)(void* self, const haulier_schema** out, haulier_error* error);

  /* Required. Called once, before the first read. `state` holds the rows of its state stream that were last committed
   * (stream index as in its own schema); borrowed for the call. May connect.
   * Returns HAULIER_OK, RETRY (called again), NEEDS_AUTH, BAD_CONFIG, BAD_STATE, PROTOCOL, CANCELLED. */
  int32_t (*open)(void* self, const haulier_source_options* options, const haulier_batch* state, haulier_error* error);

  /* Required. The next batch, owned by the caller. Blocks until there is one. A batch holds records of one partition
   * only, and its state counts once it and all earlier batches of that partition are durable.
   * Returns HAULIER_OK, END, RETRY (called again later; nothing that was given out may be lost or given twice),
   * NEEDS_AUTH, PROTOCOL, LOCAL_IO, CANCELLED. */
  int32_t (*read)(void* self, haulier_batch* out, haulier_error* error);

  /* Optional. All batches of `partition` up to and including its n-th one (counted from 1 since open) are durable in
   * every sink. */
  void (*committed)(void* self, haulier_str partition, uint64_t n);
} haulier_source;

#define HAULIER_ABILITY_PREPARE "haulier.source.prepare/1"
/* Optional. Saves the time of whatever a source must do before its first read and that needs no state. */
typedef struct haulier_prepare {
  uint32_t struct_size;
  uint32_t reserved;
  /* Required. Called at most once, before open, while the sinks are being opened: may begin on threads of its own, such
   * as connecting. Returns at once: HAULIER_OK, also when nothing can come of it; open or read tells what fails. */
  int32_t (*prepare)(void* self, haulier_error* error);
} haulier_prepare;

#endif
