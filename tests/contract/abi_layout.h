/* The layout of the ABI as one language sees it: sizes and offsets in the order of the structs. */
#ifndef HAULIER_TESTS_CONTRACT_ABI_LAYOUT_H
#define HAULIER_TESTS_CONTRACT_ABI_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

#include "haulier/abi/diagnose.h"
#include "haulier/abi/enumerate.h"
#include "haulier/abi/erase.h"
#include "haulier/abi/lookup.h"
#include "haulier/abi/sink.h"
#include "haulier/abi/source.h"
#include "haulier/abi/transform.h"
#include "haulier/abi/upkeep.h"

typedef struct layout_entry {
  const char* name;
  uint64_t number;
} layout_entry;

#define LAYOUT_SIZE(STRUCT) \
  { #STRUCT, sizeof(STRUCT) }
#define LAYOUT_FIELD(STRUCT, FIELD) \
  { #STRUCT "." #FIELD, offsetof(STRUCT, FIELD) }

#define HAULIER_LAYOUT                                                                                                 \
  LAYOUT_SIZE(haulier_finding), LAYOUT_FIELD(haulier_finding, remedy), LAYOUT_SIZE(haulier_diagnosis),                 \
      LAYOUT_FIELD(haulier_diagnosis, transcript), LAYOUT_SIZE(haulier_diagnose), LAYOUT_SIZE(haulier_str),            \
      LAYOUT_SIZE(haulier_value), LAYOUT_FIELD(haulier_value, v), LAYOUT_SIZE(haulier_record),                         \
      LAYOUT_FIELD(haulier_record, origin), LAYOUT_FIELD(haulier_record, n_values),                                    \
      LAYOUT_FIELD(haulier_record, values), LAYOUT_SIZE(haulier_field), LAYOUT_FIELD(haulier_field, type),             \
      LAYOUT_FIELD(haulier_field, flags), LAYOUT_SIZE(haulier_stream), LAYOUT_FIELD(haulier_stream, name),             \
      LAYOUT_FIELD(haulier_stream, fields), LAYOUT_FIELD(haulier_stream, n_fields), LAYOUT_SIZE(haulier_schema),       \
      LAYOUT_FIELD(haulier_schema, n_streams), LAYOUT_FIELD(haulier_schema, streams), LAYOUT_SIZE(haulier_blob),       \
      LAYOUT_FIELD(haulier_blob, data), LAYOUT_FIELD(haulier_blob, size), LAYOUT_FIELD(haulier_blob, retain),          \
      LAYOUT_FIELD(haulier_blob, release), LAYOUT_FIELD(haulier_blob, done_with), LAYOUT_SIZE(haulier_reject),         \
      LAYOUT_FIELD(haulier_reject, raw), LAYOUT_SIZE(haulier_batch), LAYOUT_FIELD(haulier_batch, record_size),         \
      LAYOUT_FIELD(haulier_batch, n_records), LAYOUT_FIELD(haulier_batch, records),                                    \
      LAYOUT_FIELD(haulier_batch, n_rejects), LAYOUT_FIELD(haulier_batch, rejects),                                    \
      LAYOUT_FIELD(haulier_batch, partition), LAYOUT_FIELD(haulier_batch, origin_count),                               \
      LAYOUT_FIELD(haulier_batch, size_bytes), LAYOUT_FIELD(haulier_batch, state),                                     \
      LAYOUT_FIELD(haulier_batch, release), LAYOUT_FIELD(haulier_batch, owner), LAYOUT_SIZE(haulier_error),            \
      LAYOUT_FIELD(haulier_error, status), LAYOUT_FIELD(haulier_error, retry_after_ms),                                \
      LAYOUT_FIELD(haulier_error, record_index), LAYOUT_FIELD(haulier_error, pointer),                                 \
      LAYOUT_FIELD(haulier_error, message), LAYOUT_FIELD(haulier_error, hint), LAYOUT_SIZE(haulier_host),              \
      LAYOUT_FIELD(haulier_host, ctx), LAYOUT_FIELD(haulier_host, log), LAYOUT_FIELD(haulier_host, audit),             \
      LAYOUT_FIELD(haulier_host, now_us), LAYOUT_FIELD(haulier_host, cancel_fd), LAYOUT_FIELD(haulier_host, blob_new), \
      LAYOUT_FIELD(haulier_host, credential), LAYOUT_FIELD(haulier_host, crash_point),                                 \
      LAYOUT_FIELD(haulier_host, extension), LAYOUT_SIZE(haulier_credential_request), LAYOUT_SIZE(haulier_credential), \
      LAYOUT_SIZE(haulier_instance), LAYOUT_FIELD(haulier_instance, ability), LAYOUT_SIZE(haulier_descriptor),         \
      LAYOUT_FIELD(haulier_descriptor, config_schema_json), LAYOUT_FIELD(haulier_descriptor, create),                  \
      LAYOUT_SIZE(haulier_plugin_entry), LAYOUT_FIELD(haulier_plugin_entry, descriptors), LAYOUT_SIZE(haulier_source), \
      LAYOUT_FIELD(haulier_source, committed), LAYOUT_SIZE(haulier_source_options), LAYOUT_SIZE(haulier_transform),    \
      LAYOUT_FIELD(haulier_transform, apply), LAYOUT_SIZE(haulier_sink), LAYOUT_FIELD(haulier_sink, flush),            \
      LAYOUT_SIZE(haulier_sink_options), LAYOUT_SIZE(haulier_transaction),                                             \
      LAYOUT_FIELD(haulier_transaction, rollback), LAYOUT_SIZE(haulier_check), LAYOUT_SIZE(haulier_plan),              \
      LAYOUT_SIZE(haulier_match), LAYOUT_SIZE(haulier_lookup_request), LAYOUT_FIELD(haulier_lookup_request, after),    \
      LAYOUT_SIZE(haulier_lookup), LAYOUT_SIZE(haulier_host_lookup), LAYOUT_SIZE(haulier_comparison),                  \
      LAYOUT_FIELD(haulier_comparison, places), LAYOUT_FIELD(haulier_comparison, hash),                                \
      LAYOUT_SIZE(haulier_enumerate_options), LAYOUT_SIZE(haulier_place_page),                                         \
      LAYOUT_FIELD(haulier_place_page, standings), LAYOUT_SIZE(haulier_enumerate), LAYOUT_SIZE(haulier_recheck),       \
      LAYOUT_FIELD(haulier_comparison, received), LAYOUT_SIZE(haulier_relation),                                       \
      LAYOUT_FIELD(haulier_stream, relations), LAYOUT_SIZE(haulier_erase_age), LAYOUT_SIZE(haulier_erase_request),     \
      LAYOUT_FIELD(haulier_erase_request, limit), LAYOUT_SIZE(haulier_erased_query),                                   \
      LAYOUT_FIELD(haulier_erased_query, n_rows), LAYOUT_SIZE(haulier_erase), LAYOUT_SIZE(haulier_host_erased),        \
      LAYOUT_SIZE(haulier_discard), LAYOUT_SIZE(haulier_prepare), LAYOUT_SIZE(haulier_advice),                         \
      LAYOUT_FIELD(haulier_advice, command), LAYOUT_SIZE(haulier_upkeep)

#ifdef __cplusplus
extern "C" {
#endif
/* As C sees it; `count` entries. */
const layout_entry* layout_as_c(size_t* count);
#ifdef __cplusplus
}
#endif

#endif
