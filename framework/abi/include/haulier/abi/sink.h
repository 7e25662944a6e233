/* A sink: writes records somewhere. With the transaction ability it is exactly-once, without it at-least-once. */
#ifndef HAULIER_ABI_SINK_H
#define HAULIER_ABI_SINK_H

#include "plugin.h"

#define HAULIER_ABILITY_SINK "haulier.sink/1"
#define HAULIER_ABILITY_TRANSACTION "haulier.sink.transaction/1"

/* What became of a record, for the counters. */
#define HAULIER_WRITTEN 0u
#define HAULIER_UNCHANGED 1u /* the row was there already, and equal */
#define HAULIER_FILTERED 2u  /* not written, because it was erased before (haulier.sink.erase/1) */

typedef struct haulier_sink_options {
  uint32_t struct_size;
  uint32_t inspect; /* 1: for plan and status. Reads only: creates, migrates and locks nothing */
} haulier_sink_options;

typedef struct haulier_sink {
  uint32_t struct_size;
  uint32_t reserved;

  /* Required. `schema`: every stream of the last stage, the source's state stream and the host's `quarantine`. Records
   * of transient streams are never written. Borrowed until destroy. Creates or migrates tables.
   * Returns HAULIER_OK, RETRY, BAD_CONFIG, BAD_STATE (newer, damaged, or its unique index is missing), LOCAL_IO,
   * NEEDS_AUTH. */
  int32_t (*open)(void* self, const haulier_schema* schema, const haulier_sink_options* options, haulier_error* error);

  /* Required. Borrows the batch for the call; all bytes it needs later it has copied or retained when it returns.
   * Idempotent: the same record again leaves the same row. `outcomes`: n_records bytes to fill, or null.
   * Returns HAULIER_OK, BAD_RECORD (record_index; the host rolls back, quarantines and writes the rest again), RETRY,
   * LOCAL_IO, BAD_STATE, FENCED, CANCELLED. */
  int32_t (*write)(void* self, const haulier_batch* batch, uint8_t* outcomes, haulier_error* error);

  /* Required without the transaction ability. HAULIER_OK: every write before is durable. */
  int32_t (*flush)(void* self, haulier_error* error);
} haulier_sink;

/* Order of calls: fence, load_state, then any number of { begin, write..., commit | rollback }. */
typedef struct haulier_transaction {
  uint32_t struct_size;
  uint32_t reserved;

  /* Takes the pipeline over: raises its epoch by one, durably, and remembers it. From then on a commit of any earlier
   * holder fails. Returns HAULIER_OK, RETRY, LOCAL_IO. */
  int32_t (*fence)(void* self, uint64_t* epoch, haulier_error* error);

  /* The state rows of this pipeline, as records of the state stream. *out is owned by the caller. Also called in
   * inspect mode, without fence. */
  int32_t (*load_state)(void* self, haulier_batch* out, haulier_error* error);

  int32_t (*begin)(void* self, haulier_error* error);

  /* Upserts the state rows and makes all since begin durable in one transaction, on condition that the epoch is still
   * ours. Returns HAULIER_OK, FENCED, RETRY (rolled back; begin again), COMMIT_UNKNOWN, LOCAL_IO. */
  int32_t (*commit)(void* self, const haulier_record* states, uint64_t n_states, haulier_error* error);

  int32_t (*rollback)(void* self, haulier_error* error);
} haulier_transaction;

#endif
