/* Looking up rows that are committed: an ability of sinks, and what the host makes of it for the other plugins. */
#ifndef HAULIER_ABI_LOOKUP_H
#define HAULIER_ABI_LOOKUP_H

#include "plugin.h"

#define HAULIER_ABILITY_LOOKUP "haulier.sink.lookup/1"
#define HAULIER_EXTENSION_LOOKUP "haulier.host.lookup/1"

#define HAULIER_LOOKUP_MAX_ROWS 10000u  /* of a page */
#define HAULIER_LOOKUP_MAX_VALUES 1000u /* of all matches of a request together */

/* The field has one of these values. */
typedef struct haulier_match {
  haulier_str field;
  const haulier_value* values; /* of the field's type; BOOL, INT64, TIMESTAMP or STRING, never null */
  uint64_t n_values;           /* 0: no row fits */
} haulier_match;

/* Borrowed for the call. Rows come in the order of the stream's key fields, ascending, texts by their bytes. Of the
 * streams whose rows belong to a pipeline (state, quarantine) only those of this pipeline are seen. */
typedef struct haulier_lookup_request {
  uint32_t struct_size;
  uint32_t limit;     /* rows of a page: 1 .. HAULIER_LOOKUP_MAX_ROWS */
  haulier_str stream; /* name of a stream that the sink was opened with, not a transient one */
  const haulier_match* matches;
  uint64_t n_matches;
  const haulier_str* fields; /* what a row is to hold, in this order */
  uint64_t n_fields;
  const haulier_value* after; /* where to go on: the key of the last row that was given, every key field in the order of
                                 the stream; null: from the start */
  uint64_t n_after;
} haulier_lookup_request;

typedef struct haulier_lookup {
  uint32_t struct_size;
  uint32_t reserved;

  /* Required. One page: at most `limit` records with n_fields values each; fewer: there are no more. Only what is
   * committed is seen. *out is owned by the caller. Called after open, also in inspect mode. Thread: any, one at a
   * time; it may overlap with every other call on the instance but open and destroy, so it does not use what they use.
   * Returns HAULIER_OK, UNSUPPORTED (no such stream or field, or a request beyond the limits), RETRY, LOCAL_IO,
   * BAD_STATE, CANCELLED. */
  int32_t (*lookup)(void* self, const haulier_lookup_request* request, haulier_batch* out, haulier_error* error);
} haulier_lookup;

/* What haulier_host.extension(HAULIER_EXTENSION_LOOKUP) gives a source: the rows that every sink of the pipeline has,
 * equal in the fields that are asked for. Null while the sinks are not open, or when one of them cannot be looked into.
 * Valid until destroy of the instance that asked. */
typedef struct haulier_host_lookup {
  uint32_t struct_size;
  uint32_t reserved;
  /* As above; ctx is that of haulier_host. Thread: any; calls wait for one another. HAULIER_CANCELLED once the run
   * ends. */
  int32_t (*lookup)(void* ctx, const haulier_lookup_request* request, haulier_batch* out, haulier_error* error);
} haulier_host_lookup;

#endif
